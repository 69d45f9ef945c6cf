"""Whatever happens to returns in whatever order: paid back within what was paid, fees within bounds, books balanced."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refunds.desk import ALEX, Desk

from rma.owner import (
    AGENT,
    CABLE,
    OURS,
    broken,
    confirm,
    draft,
    fault_confirmed,
    guest,
    mistaken,
    order_number,
    serials_of,
    sold,
)
from rma.workshop import A, Bench, O, check_laws
from store.kernel import db
from store.kernel.errors import StoreError
from store.orders.cancel_order import CancelOrder, cancel_order
from store.refunds import CommitRefund, RefundLine, commit_refund
from store.rma.cancel_return import cancel_return
from store.rma.expire_returns import ask_about_unpaid_repairs, expire_returns
from store.rma.item import ItemRequest
from store.rma.match_parcel import ScannedUnit
from store.rma.receive_units import complete_reception, report_lost
from store.rma.repair_unit import report_not_repairable, report_repaired

STEPS = (
    "register", "register", "receive", "receive", "receive", "inspect", "inspect", "inspect", "decide", "decide",
    "refund", "cancel", "complete", "lost", "workshop", "workshop", "ship", "ship", "pay", "wait", "cancel_order",
)  # fmt: skip


class Traffic:
    """Customers, a warehouse, a workshop and a desk; each step may be refused by name, never half-done."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.dice, self.orders = desk, random.Random(seed), list[UUID]()

    async def step(self, name: str) -> None:
        try:
            await getattr(self, name)()
        except StoreError as refused:
            assert refused.status < 500, refused
        await self.desk.work()

    async def pick(self, sql: str) -> db.Row | None:
        rows = await db.fetch(f"{sql} order by 1")
        return self.dice.choice(rows) if rows else None

    async def register(self) -> None:
        if len(self.orders) < 2:
            method = self.dice.choice(("card", "paypal", "wire"))
            self.orders.append(await sold(self.desk, (OURS, 2), (CABLE, 2), method=method))
        order_id = self.dice.choice(self.orders)
        serials = await serials_of(order_id)
        number = await order_number(order_id)
        serial = self.dice.choice(serials)
        asked = self.dice.choice(
            (
                mistaken(serial),
                broken(serial, accept_quote=True),
                broken(serial, wish="replacement"),
                ItemRequest(reason="wrong_delivery", serial=serial, received_sku=CABLE, wish="refund"),
                ItemRequest(reason="wrong_delivery", serial=serial, received_sku=CABLE, wish="replacement"),
                ItemRequest(reason="wrong_order", order_number=number, sku=CABLE, unused=True),
            )
        )
        if asked.reason == "defective":
            await fault_confirmed(serial)
        await confirm(await draft(guest(order_id), asked), guest(order_id))

    async def bench(self, due: str = "true") -> tuple[Bench, db.Row] | None:
        """An item for which the step is due, most of the time; any other now and then."""
        unit = await self.pick(
            "select u.id, u.rma_id, u.order_id, u.serial, u.position from rma_unit u join rma r on r.id = u.rma_id"
            f" where r.number is not null and ({due if self.dice.random() < 0.8 else 'true'})"
        )
        return None if unit is None else (Bench(self.desk, unit["rma_id"], unit["order_id"], []), unit)

    async def receive(self) -> None:
        if found := await self.bench("u.reception_status = 'awaited'"):
            bench, unit = found
            scan = ScannedUnit(serial=unit["serial"]) if unit["serial"] else ScannedUnit(position=unit["position"])
            other = ScannedUnit(serial="OTHER1", position=unit["position"])
            await bench.receive(other if self.dice.random() < 0.1 else scan)

    async def inspect(self) -> None:
        if found := await self.bench("u.acceptance_status = 'pending' and u.reception_status = 'received'"):
            bench, unit = found
            verdict = self.dice.choice((A.ACCEPTED, A.ACCEPTED, A.REJECTED, A.NEEDS_DECISION))
            await bench.inspect(verdict, position=unit["position"], as_new=self.dice.random() < 0.7)

    async def decide(self) -> None:
        if found := await self.bench("u.acceptance_status = 'needs_decision'"):
            bench, unit = found
            verdict = self.dice.choice((A.ACCEPTED, A.REJECTED))
            outcome = self.dice.choice((None, None, *O))
            await bench.decide(verdict, outcome, position=unit["position"], by=ALEX)

    async def refund(self) -> None:
        line = await self.pick(
            "select l.id, l.order_id from shipment_line l join charge c on c.shipment_id = l.shipment_id"
        )
        if line:
            reason = self.dice.choice(("withdrawal", "goodwill", "wrong_delivery"))
            units = [RefundLine(shipment_line_id=line["id"], quantity=1)]
            await commit_refund(CommitRefund(order_id=line["order_id"], lines=units, reason=reason))

    async def cancel(self) -> None:
        if found := await self.bench():
            await cancel_return(found[0].id, AGENT)

    async def complete(self) -> None:
        if found := await self.bench():
            await complete_reception(found[0].id, actor="warehouse")

    async def lost(self) -> None:
        if found := await self.bench():
            await report_lost(found[0].id, found[1]["position"], actor="agent")

    async def workshop(self) -> None:
        if found := await self.bench("u.repair_order_id is not null and u.acceptance_status = 'accepted'"):
            bench, unit = found
            report = self.dice.choice((report_repaired, report_repaired, report_not_repairable))
            await report(bench.id, unit["position"], actor="workshop")

    async def ship(self) -> None:
        order = await self.pick("select id from sales_order where origin <> 'shop' and status = 'confirmed'")
        if order:
            await self.desk.ship(order["id"])

    async def pay(self) -> None:
        charge = await self.pick("select id, order_id, amount_minor from charge where status = 'invoiced'")
        if charge:
            await self.desk.transfer(charge["order_id"], charge["amount_minor"])

    async def wait(self) -> None:
        self.desk.later(days=self.dice.choice((1, 10, 40)))
        await expire_returns()
        await ask_about_unpaid_repairs()

    async def cancel_order(self) -> None:
        order = await self.pick("select id from sales_order where origin <> 'shop'")
        if order:
            await cancel_order(CancelOrder(order_id=order["id"], actor="agent", any_day=True))


async def check_money() -> None:
    """Paid back for items is at most what they were sold for, less a fee within its bounds."""
    assert not await db.fetch(
        "select u.id from rma_unit u join refund r on r.id = u.refund_id where r.fee_minor > 0 and not r.fee_minor"
        " between 0 and u.goods_minor * (u.policy ->> 'restocking_fee_cap_ppm')::bigint / 1000000"
    )
    assert not await db.fetch(
        "select l.order_id from refund_line l join refund r on r.id = l.refund_id and r.status <> 'rejected'"
        " join shipment_line s on s.id = l.shipment_line_id group by l.order_id, s.id having sum(l.quantity) > s.quantity"
    )
    assert not await db.fetch("select u.id from rma_unit u where (u.outcome = 'not_sent') and u.refund_id is not null")


@pytest.mark.requirement("RMA-2", "RMA-17", "RMA-18", "REF-7", "PAY-13")
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(seed=st.integers(0, 2**32), steps=st.lists(st.sampled_from(STEPS), min_size=25, max_size=45))
async def test_no_sequence_of_returns_breaks_the_books(desk: Desk, seed: int, steps: list[str]) -> None:
    traffic = Traffic(desk, seed)
    for _ in range(3):
        await traffic.step("register")
    for name in steps:
        await traffic.step(name)
    await check_laws()
    await check_money()
    await desk.check_books()
