"""What the warehouse, its workshop and customer service do with returns in tests, and the laws that hold after it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from refunds.desk import ADMIN, ALEX, Desk

from rma.owner import OURS, broken, confirm, draft, fault_confirmed, guest, mistaken, serials_of, sold
from store import ledger
from store.customers import Principal
from store.kernel import db
from store.rma.decide_unit import DecideUnit, decide_unit
from store.rma.find_returns import WholeReturn, load_return
from store.rma.inspect_unit import InspectUnit, inspect_unit
from store.rma.item import ItemRequest
from store.rma.match_parcel import ScannedUnit
from store.rma.receive_units import ReceiveUnits, receive_units
from store.rma.statuses import Acceptance, Outcome

A, O = Acceptance, Outcome  # noqa: E741
FR_REPAIR_YEARS = 900  # days after which no warranty runs


class Bench:
    """One return on its way through the house."""

    def __init__(self, desk: Desk, rma_id: UUID, order_id: UUID, serials: list[str]) -> None:
        self.desk, self.id, self.order_id, self.serials = desk, rma_id, order_id, serials

    async def whole(self) -> WholeReturn:
        return await load_return(self.id)

    async def status(self) -> str:
        return str((await self.whole()).rma["status"])

    async def unit(self, position: int = 1) -> db.Row:
        return (await self.whole()).unit(position)

    async def receive(self, *scans: ScannedUnit | str) -> list[int]:
        each = [ScannedUnit(serial=scan) if isinstance(scan, str) else scan for scan in scans or self.serials]
        changed = await receive_units(ReceiveUnits(rma_id=self.id, scans=each, actor="warehouse"))
        await self.desk.work()
        return changed

    async def inspect(self, verdict: Acceptance = A.ACCEPTED, position: int = 1, **facts: Any) -> None:
        facts = {"as_new": verdict is A.ACCEPTED, **facts}
        if verdict is A.REJECTED:
            facts = {"rejection": "used", **facts}
        await inspect_unit(InspectUnit(rma_id=self.id, position=position, verdict=verdict, actor="warehouse", **facts))
        await self.desk.work()

    async def decide(
        self, verdict: Acceptance, outcome: Outcome | None = None, position: int = 1, by: Principal = ALEX
    ) -> None:
        await decide_unit(DecideUnit(rma_id=self.id, position=position, verdict=verdict, outcome=outcome, principal=by))
        await self.desk.work()

    async def ship(self, order_id: UUID) -> None:
        await self.desk.ship(order_id)
        await self.desk.work()

    async def kinds(self, *, staff: bool = True) -> list[str]:
        rows = await db.fetch(
            "select kind from rma_event where rma_id = $1 and (public or $2) order by id", self.id, staff
        )
        return [row["kind"] for row in rows]


async def returned(desk: Desk, *items: str, quantity: int = 1, reason: str = "wrong_order", **facts: Any) -> Bench:
    """A confirmed return of everything of an order of so many headsets."""
    order_id = await sold(desk, (facts.pop("sku", OURS), quantity), **facts.pop("order", {}))
    serials = await serials_of(order_id)
    asked = [_asked(reason, serial, **facts) for serial in serials]
    if reason == "defective":
        for serial in serials:
            await fault_confirmed(serial)
    rma_id = await draft(guest(order_id), *asked)
    await confirm(rma_id, guest(order_id))
    await desk.work()
    return Bench(desk, rma_id, order_id, serials)


async def repair_to_pay(desk: Desk) -> Bench:
    """A confirmed return of a headset out of warranty whose quote was accepted."""
    order_id = await sold(desk, (OURS, 1))
    (serial,) = await serials_of(order_id)
    desk.later(days=FR_REPAIR_YEARS)
    rma_id = await draft(guest(order_id), broken(serial, accept_quote=True))
    await confirm(rma_id, guest(order_id))
    await desk.work()
    return Bench(desk, rma_id, order_id, [serial])


def _asked(reason: str, serial: str, **facts: Any) -> ItemRequest:
    if reason == "wrong_order":
        return mistaken(serial, **facts)
    if reason == "wrong_delivery":
        return ItemRequest(**{"reason": "wrong_delivery", "serial": serial, "received_sku": "PIN-FLAT-1M", **facts})
    return broken(serial, **facts)


async def stock(sku: str = OURS) -> int:
    found: int = await db.fetchval(
        "select sum(s.on_hand)::int from stock s join variant v on v.id = s.variant_id where v.sku = $1", sku
    )
    return found


async def check_laws() -> None:
    """Books balance, nothing is paid back beyond what came in, stock is what its movements say, one return a unit."""
    balance = await ledger.check()
    assert balance.ok, balance
    assert not await db.fetch(
        "select id from payment where refunded_minor > captured_minor or captured_minor > total_minor"
    )
    assert not await db.fetch(
        "select unit_id from rma_unit where confirmed_at is not null and closed_at is null and unit_id is not null"
        " group by unit_id having count(*) > 1"
    )
    assert not await db.fetch(
        "select s.variant_id from stock s join stock_movement m using (variant_id, warehouse)"
        " group by s.variant_id, s.warehouse, s.on_hand, s.reserved"
        " having sum(m.on_hand_change) <> s.on_hand or sum(m.reserved_change) <> s.reserved"
    )
    assert not await db.fetch(
        "select u.id from rma_unit u join refund r on r.id = u.refund_id where u.acceptance_status <> 'accepted'"
        " or r.fee_minor not in (0, u.fee_minor)"
    )
    assert not await db.fetch(
        "select u.id from rma_unit u join rma r on r.id = u.rma_id where r.status = 'closed' and u.closed_at is null"
    )
    assert not await db.fetchval("select count(*) from outbox where dead or last_error is not null")


__all__ = ["ADMIN", "ALEX", "A", "Bench", "O", "check_laws", "repair_to_pay", "returned", "stock"]
