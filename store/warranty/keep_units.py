"""Goods leave and undeliverable ones come back: each serialised item has a unit that says so (WAR-5, SHP-6).

One consumer for both facts: it brings the units in line with the serial numbers of the shipment, whatever came first,
however often. Three statements and some inserts for any number of items.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.markets import get_market
from store.markets.calendar import local_date
from store.shipments import lock_shipment
from store.warranty.passport import record_events
from store.warranty.take_back import end_registrations

WAIT_SECONDS = 2.0

# What left with the shipment, and the unit of that serial number if there is one. Serial numbers of before they were
# checked may have an S: nobody can ask for these.
_ITEMS = """
select n.serial, n.shipment_line_id, n.returned_at, v.id as variant_id, p.id as product_id, p.manufacturer_id,
       p.warranty_months, u.id as unit_id, u.shipment_line_id as unit_line_id, before.dispatched_at as unit_sold_at,
       before.returned_at as unit_came_back_at, gone.returned_at as unit_freed_at
from shipment_line l
join shipment_serial n on n.shipment_line_id = l.id and n.serial ~ '^[0-9A-RT-Z][0-9A-RT-Z./-]{2,39}$'
join variant v on v.id = n.variant_id
join product p on p.id = v.product_id
left join unit u on u.product_id = p.id and u.serial = n.serial
left join shipment_line unit_line on unit_line.id = u.shipment_line_id
left join shipment before on before.id = unit_line.shipment_id
left join shipment_serial gone on gone.shipment_line_id = u.shipment_line_id and gone.serial = u.serial
where l.shipment_id = $1
order by p.id, n.serial
"""
_COLUMNS = {
    "id": "uuid",
    "serial": "text",
    "product_id": "uuid",
    "variant_id": "uuid",
    "manufacturer_id": "uuid",
    "shipment_line_id": "uuid",
    "warranty_months": "int",
}
_SELL_AGAIN = """
update unit u set origin = 'sold', status = 'active', status_at = $1, market = $2, order_id = $3,
       shipment_line_id = n.shipment_line_id, variant_id = n.variant_id, warranty_starts_on = $4,
       warranty_months = n.warranty_months, replaces_unit_id = null, inherited_until = null
from unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::int[]) as n (unit_id, shipment_line_id, variant_id, warranty_months)
where u.id = n.unit_id
"""


async def on_shipment_moved(order_id: str, shipment_id: str) -> None:
    """Consumer of `shipment.dispatched` and `shipment.returned`."""
    async with db.unit_of_work():
        shipment = await lock_shipment(UUID(shipment_id))
        if shipment["dispatched_at"] is None:
            return
        items = await db.fetch(_ITEMS, shipment["id"])
        await _make_units(UUID(order_id), shipment, [item for item in items if item["unit_id"] is None])
        again = [item for item in items if _sold_again(item, shipment)]
        await _sell_again(UUID(order_id), shipment, [item for item in again if _free(item)])
        for item in again:
            if not _free(item):
                await audit.open_exception(
                    "serial_sold_twice", item["serial"], order_id=UUID(order_id), unit_id=str(item["unit_id"])
                )
        if shipment["returned_at"] is not None:
            await _came_back(shipment)


def _sold_again(item: db.Row, shipment: db.Row) -> bool:
    """The unit's sale that we know of is an older one, or none; a newer one means that this fact comes late."""
    if item["unit_id"] is None or item["unit_line_id"] == item["shipment_line_id"]:
        return False
    return item["unit_sold_at"] is None or bool(item["unit_sold_at"] < shipment["dispatched_at"])


def _free(item: db.Row) -> bool:
    """It can be sold again: it was not sold by us, or came back from there."""
    return item["unit_line_id"] is None or any(item[name] for name in ("unit_came_back_at", "unit_freed_at"))


async def _make_units(order_id: UUID, shipment: db.Row, items: Sequence[db.Row]) -> None:
    if not items:
        return
    rows = [{**_facts(item, shipment), "id": new_id()} for item in items]
    made = await db.fetch(
        "insert into unit (id, serial, product_id, variant_id, manufacturer_id, shipment_line_id, warranty_months,"
        " origin, status, status_at, market, order_id, warranty_starts_on, created_at)"
        " select n.*, 'sold', 'active', $8, $9, $10, $11, $12 from unnest($1::uuid[], $2::text[], $3::uuid[],"
        " $4::uuid[], $5::uuid[], $6::uuid[], $7::int[]) as n on conflict (product_id, serial) do nothing returning id",
        *([row[name] for row in rows] for name in _COLUMNS),
        shipment["dispatched_at"],
        shipment["market"],
        order_id,
        _day(shipment),
        clock.now(),
    )
    if len(made) < len(rows):
        raise outbox.Later(WAIT_SECONDS)  # Somebody registered one of them this very moment: look again.
    await record_events([(row["id"], {}) for row in rows], "sold")


async def _sell_again(order_id: UUID, shipment: db.Row, items: Sequence[db.Row]) -> None:
    """A new life: warranty and owner anew, the services of the last owner ended, the passport kept."""
    if not items:
        return
    unit_ids = [item["unit_id"] for item in items]
    await db.fetch("select from unit where id = any($1) order by id for update", unit_ids)
    await end_registrations(unit_ids)
    await db.execute(
        "update unit_service set ended_at = $2 where unit_id = any($1) and ended_at is null", unit_ids, clock.now()
    )
    facts = [_facts(item, shipment) for item in items]
    await db.execute(
        _SELL_AGAIN,
        shipment["dispatched_at"],
        shipment["market"],
        order_id,
        _day(shipment),
        unit_ids,
        *([each[name] for each in facts] for name in ("shipment_line_id", "variant_id", "warranty_months")),
    )
    await record_events([(unit_id, {}) for unit_id in unit_ids], "sold_again")


async def _came_back(shipment: db.Row) -> None:
    rows = await db.fetch(
        "update unit u set status = 'returned', status_at = $2 from shipment_line l where l.id = u.shipment_line_id"
        " and l.shipment_id = $1 and u.status = 'active' returning u.id",
        shipment["id"],
        shipment["returned_at"],
    )
    unit_ids = [row["id"] for row in rows]
    await end_registrations(unit_ids)
    await record_events([(unit_id, {}) for unit_id in unit_ids], "came_back")


def _facts(item: db.Row, shipment: db.Row) -> dict[str, Any]:
    months = item["warranty_months"] or get_market(shipment["market"]).policy.warranty_months
    return {**{name: item[name] for name in _COLUMNS if name != "id"}, "warranty_months": months}


def _day(shipment: db.Row) -> date:
    return local_date(get_market(shipment["market"]), shipment["dispatched_at"])
