"""What other rooms tell about the orders and goods of returns: parcels that leave or come back, orders given up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.money import Money
from store.rma import history
from store.rma.find_returns import WholeReturn, lock_return
from store.rma.statuses import Acceptance, Outcome
from store.rma.write_unit import close_unit, item_of, leave_to_a_person, set_unit
from store.warranty import UnitReplacedBefore, inherit, record_event, units_of_line

WAIT_SECONDS = 2.0  # until the replacement's own record is written

UNIT_OF_ORDER = """
select u.id, u.rma_id from rma_unit u where u.replacement_order_id = $1
union all select u.id, u.rma_id from rma_unit u where u.repair_order_id = $1
union all select u.id, u.rma_id from rma_unit u
    where u.return_shipment_id = any(array(select s.id from shipment s where s.order_id = $1))
"""


async def on_shipment_dispatched(order_id: str, shipment_id: str, **_: Any) -> None:
    """Consumer of `shipment.dispatched`: what was sent for an item closes it; a replacement inherits (RMA-18)."""
    found = await db.fetchrow(UNIT_OF_ORDER, UUID(order_id))
    if found is None:
        return
    shipment = await db.fetchrow("select id, number from shipment where id = $1", UUID(shipment_id))
    assert shipment is not None
    async with db.unit_of_work():
        whole, unit = await _locked(found)
        if unit["closed_at"] is not None:
            return
        await history.record(
            whole.rma["id"], "unit_left", unit_id=unit["id"], item=item_of(unit), shipment=shipment["number"]
        )
        if unit["repair_order_id"] == UUID(order_id):
            await close_unit(
                whole,
                unit,
                outcome=Outcome.REPAIRED,
                outcome_at=clock.now(),
                obstacle=None,
                acceptance_status=Acceptance.ACCEPTED,
            )
            return
        if unit["replacement_order_id"] == UUID(order_id):
            await _inherit(unit, shipment["id"])
        elif unit["unit_id"] is not None:
            await record_event(unit["unit_id"], "sent_back")
        await close_unit(whole, unit)


async def on_shipment_returned(order_id: str, shipment_id: str, **_: Any) -> None:
    """Consumer of `shipment.returned`: nobody got what a return led to, so a person sees to it (SHP-6)."""
    row = await db.fetchrow(
        "select o.origin, o.origin_number, s.number from sales_order o join shipment s on s.order_id = o.id"
        " where o.id = $1 and s.id = $2",
        UUID(order_id),
        UUID(shipment_id),
    )
    if row is None or row["origin"] == "shop":
        return
    async with db.unit_of_work():
        await audit.open_exception(
            "return_parcel_undeliverable", row["number"], order_id=UUID(order_id), return_number=row["origin_number"]
        )


async def on_order_canceled(order_id: str, **_: Any) -> None:
    """Consumer of `order.canceled`: customer service gave up the order of an item, and decides about it anew."""
    found = await db.fetchrow(UNIT_OF_ORDER, UUID(order_id))
    if found is None:
        return
    async with db.unit_of_work():
        unit = (await _locked(found))[1]
        if unit["closed_at"] is not None:
            return
        if unit["repair_order_id"] == UUID(order_id):
            if unit["repair_given_up"]:
                return
            await set_unit(unit, repair_given_up=True)
            if unit["acceptance_status"] != Acceptance.ACCEPTED or unit["outcome"] is not None:
                return  # Still awaited, or settled otherwise.
        elif unit["outcome"] not in {Outcome.REPLACED, Outcome.SENT_BACK}:
            return
        await set_unit(unit, outcome=None, outcome_at=None, replacement_order_id=None, return_shipment_id=None)
        await leave_to_a_person(unit, "order_canceled")


async def on_refund_created(refund_id: str, **_: Any) -> None:
    """Consumer of `refund.created`: customer service is told when an item of an open return is refunded elsewhere."""
    rows = await db.fetch(
        "select distinct on (u.id) u.*, r.amount_minor, r.currency from refund r"
        " join refund_line l on l.refund_id = r.id join rma_unit u on u.shipment_line_id = l.shipment_line_id"
        " where r.id = $1 and coalesce(r.request_key, '') not like 'rma:%' and u.confirmed_at is not null"
        " and u.closed_at is null order by u.id",
        UUID(refund_id),
    )
    for unit in rows:
        async with db.unit_of_work():
            await lock_return(unit["rma_id"])
            if not await _told(unit, refund_id):
                await history.record(
                    unit["rma_id"],
                    "unit_refunded_elsewhere",
                    unit_id=unit["id"],
                    public=False,
                    item=item_of(unit),
                    amount=Money(unit["amount_minor"], unit["currency"]),
                    source=refund_id,
                )


async def _told(unit: db.Row, refund_id: str) -> bool:
    told: bool = await db.fetchval(
        "select exists (select from rma_event where rma_id = $1 and unit_id = $2"
        " and kind = 'unit_refunded_elsewhere' and facts ->> 'source' = $3)",
        unit["rma_id"],
        unit["id"],
        refund_id,
    )
    return told


async def _locked(found: db.Row) -> tuple[WholeReturn, db.Row]:
    whole = await lock_return(found["rma_id"])
    return whole, next(unit for unit in whole.units if unit["id"] == found["id"])


async def _inherit(unit: db.Row, shipment_id: UUID) -> None:
    """The rest of the warranty goes over to the replacement; after a wrong delivery it has its own."""
    if unit["unit_id"] is None or unit["reason"] != "defective":
        return
    line = await db.fetchrow("select id, serialized from shipment_line where shipment_id = $1", shipment_id)
    if line is None or not line["serialized"]:
        return
    new = await units_of_line(line["id"])
    if not new:
        raise outbox.Later(WAIT_SECONDS)
    try:
        await inherit(unit["unit_id"], new[0].id)
    except UnitReplacedBefore:
        await audit.open_exception("unit_replaced_twice", str(unit["serial"]), return_unit=str(unit["id"]))
