"""Whatever is registered, changed, confirmed, cancelled and left lying, in whatever order: the laws of returns hold.

A unit is in one open return at most; nothing that costs something is sent without its quote being accepted; accepted
quotes are invoiced to the cent; fees stay within their bounds; a refused step leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from refunds.desk import Desk

from rma.owner import (
    CABLE,
    HOME,
    OURS,
    THEIRS,
    broken,
    confirm,
    fault_confirmed,
    guest,
    mistaken,
    order_number,
    serials_of,
    sold,
)
from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.rma.cancel_return import cancel_return
from store.rma.expire_returns import expire_returns
from store.rma.find_returns import lock_return
from store.rma.item import ItemRequest
from store.rma.register_return import OpenReturn, add_items, change_item, open_return, remove_item
from store.rma.review_return import ReviewReturn, review_return

REASONS = ["wrong_order", "wrong_delivery", "defective"]
KINDS = (
    "open", "open", "add", "change", "quote", "quote", "remove", "confirm", "confirm", "confirm", "cancel", "refund",
    "expire", "later",
)  # fmt: skip


def steps_of(dice: random.Random, count: int) -> list[tuple[str, tuple[Any, ...]]]:
    """What happens, in its order: (kind, which return, what with it)."""
    what: dict[str, Any] = {
        "open": lambda: (dice.randrange(4), dice.randrange(4), dice.random() < 0.5),
        "later": lambda: (dice.choice([1, 5, 29]), 0),
        "add": lambda: (dice.randrange(4), dice.randrange(4)),
        "change": lambda: (dice.randrange(4), dice.choice(REASONS)),
        "quote": lambda: (dice.randrange(4), dice.choice([True, True, False, None])),
    }
    kinds = dice.choices(KINDS, k=count)
    return [(kind, what.get(kind, lambda: (dice.randrange(4), 0))()) for kind in kinds]


class Owner:
    """A customer who does all sorts of things with the returns of one order."""

    def __init__(self, desk: Desk, order_id: UUID, number: str, serials: list[str]) -> None:
        self.desk, self.order_id, self.number, self.serials = desk, order_id, number, serials
        self.caller = guest(order_id)
        self.returns: list[UUID] = []

    def item(self, which: int) -> ItemRequest:
        """The headsets as wrong orders, the phone as defective, or a piece of cable."""
        if which == 3:
            return ItemRequest(reason="wrong_order", order_number=self.number, sku=CABLE, unused=True)
        if which == 2:
            return broken(self.serials[which], ticket_number="GS-100", accept_quote=True)
        return mistaken(self.serials[which])

    async def step(self, kind: str, first: Any, *more: Any) -> None:
        rma_id = self.returns[first % len(self.returns)] if self.returns else None
        if kind == "open":
            rma_id = await open_return(
                OpenReturn(
                    caller=self.caller,
                    locale="fr",
                    items=[self.item(each) for each in dict.fromkeys((first, more[0]))],
                    return_address=HOME if more[1] else None,
                )
            )
            self.returns.append(rma_id)
        elif kind == "later":
            self.desk.later(days=first)
        elif kind == "expire":
            await expire_returns()
        elif kind == "refund":
            await self.desk.commit(self.order_id)
        elif rma_id is not None:
            await self._with(rma_id, kind, *more)

    async def _with(self, rma_id: UUID, kind: str, what: Any) -> None:
        async with db.unit_of_work():
            whole = await lock_return(rma_id)
        position = whole.units[0]["position"] if whole.units else 1
        if kind == "add":
            await add_items(rma_id, [self.item(what)], self.caller)
        elif kind == "change":
            changes = {"reason": what, "received_sku": THEIRS, "symptom": "display", "unused": True}
            await change_item(rma_id, position, changes, self.caller)
        elif kind == "quote":
            await change_item(rma_id, position, {"accept_quote": what}, self.caller)
        elif kind == "remove":
            await remove_item(rma_id, position, self.caller)
        elif kind == "confirm":
            with contextlib.suppress(StoreError):
                await review_return(ReviewReturn(rma_id=rma_id, return_address=HOME))
            await confirm(rma_id, self.caller)
        elif kind == "cancel":
            await cancel_return(rma_id, self.caller)


async def rows_of_returns() -> list[int]:
    tables = ("rma", "rma_unit", "rma_event", "sales_order", "invoice")
    return [await db.fetchval(f"select count(*) from {table}") for table in tables]


async def check_laws() -> None:
    twice = await db.fetchval(
        "select count(*) from (select unit_id from rma_unit where confirmed_at is not null and closed_at is null"
        " and unit_id is not null group by 1 having count(*) > 1) t"
    )
    assert twice == 0
    too_many = await db.fetchval(
        "select count(*) from shipment_line l where (select count(*) from rma_unit u where u.shipment_line_id = l.id"
        " and u.confirmed_at is not null and u.closed_at is null) > l.quantity - l.canceled_quantity"
    )
    assert too_many == 0
    for row in await db.fetch("select u.*, r.status, r.number from rma_unit u join rma r on r.id = u.rma_id"):
        assert 0 <= row["fee_minor"] <= row["goods_minor"] // 2
        assert row["fee_minor"] == 0 or row["reason"] == "wrong_order"
        assert row["selected"] is False or row["quote_minor"] == 0 or row["quote_accepted"]
        if row["status"] == "confirmed" and row["quote_minor"] and row["confirmed_at"]:
            total = await db.fetchval("select total_minor from sales_order where id = $1", row["repair_order_id"])
            assert total == row["quote_minor"]
        if row["status"] in {"canceled", "expired"}:
            assert row["confirmed_at"] is None or row["closed_at"] is not None
    owed = await db.fetchval(
        "select coalesce(sum(quote_minor), 0)::bigint from rma_unit where repair_order_id is not null"
    )
    billed = await db.fetchval("select coalesce(sum(total_minor), 0)::bigint from sales_order where origin = 'repair'")
    assert owed == billed


@pytest.mark.requirement("RMA-2", "RMA-6", "RMA-8", "RMA-9")
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(old=st.booleans(), seed=st.integers(0, 2**32), count=st.integers(4, 24))
async def test_whatever_customers_do_the_laws_of_returns_hold(desk: Desk, old: bool, seed: int, count: int) -> None:
    offset = clock.offset()
    try:
        order_id = await sold(desk, (OURS, 2), (THEIRS, 1), (CABLE, 2))
        rows = await db.fetch("select u.serial, v.sku from unit u join variant v on v.id = u.variant_id")
        own = set(await serials_of(order_id))
        headsets = sorted(row["serial"] for row in rows if row["sku"] == OURS and row["serial"] in own)
        phones = [row["serial"] for row in rows if row["sku"] == THEIRS and row["serial"] in own]
        await fault_confirmed(headsets[0])
        owner = Owner(desk, order_id, await order_number(order_id), [*headsets, *phones])
        start = (
            [("later", (800, 0)), ("open", (2, 2, True))] if old else [("open", (0, 2, True)), ("open", (1, 3, False))]
        )
        for kind, facts in [*start, *steps_of(random.Random(seed), count)]:
            before = await rows_of_returns()
            try:
                await owner.step(kind, *facts)
                event(f"{kind}: done")
            except StoreError as refusal:
                event(f"{kind}: {refusal.code}")
                if kind != "confirm":  # which reviews the address before it confirms
                    assert await rows_of_returns() == before, "a refused step leaves nothing behind"
            await check_laws()
        await desk.work()
        await check_laws()
        await desk.check_books()
    finally:
        clock.set_offset(offset)
