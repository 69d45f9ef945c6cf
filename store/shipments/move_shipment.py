"""Steps in a shipment's life, each a compare-and-set along its transition table, in the caller's unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from store.catalog.serial_numbers import read_serial
from store.inventory import Want, restock, ship
from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError, WrongState
from store.kernel.i18n import N_
from store.shipments.statuses import SHIPMENT, ShipmentStatus


class SerialsMismatch(StoreError):
    code = "serials_mismatch"
    status = 422
    title = N_("The serial numbers don't match the shipment.")
    detail = N_("{sku} needs {expected} different serial numbers, {given} were given.")


class SerialTaken(StoreError):
    code = "serial_taken"
    status = 409
    title = N_("This serial number was shipped before.")
    detail = N_("One of the serial numbers belongs to another shipment.")


async def lock_shipment(shipment_id: UUID) -> db.Row:
    row = await db.fetchrow("select * from shipment where id = $1 for update", shipment_id)
    if row is None:
        raise NotFound
    return row


async def order_of(shipment_id: UUID) -> UUID:
    """Whose shipment it is: looked up before locking, since the order is locked first."""
    order_id: UUID | None = await db.fetchval("select order_id from shipment where id = $1", shipment_id)
    if order_id is None:
        raise NotFound
    return order_id


async def lines_of(shipment_ids: Sequence[UUID]) -> list[db.Row]:
    return await db.fetch(
        "select * from shipment_line where shipment_id = any($1) order by shipment_id, id", list(shipment_ids)
    )


async def move(shipment: db.Row, after: ShipmentStatus, **changes: Any) -> None:
    """Set the status (and further columns). Raises WrongState when the table has no such step."""
    SHIPMENT.check(ShipmentStatus(shipment["status"]), after)
    names = "".join(f", {name} = ${position}" for position, name in enumerate(changes, start=4))
    touched = await db.execute(
        f"update shipment set status = $2{names} where id = $1 and status = $3",
        shipment["id"],
        after,
        shipment["status"],
        *changes.values(),
    )
    if not touched:
        raise WrongState(object="shipment", state=shipment["status"], target=after)


async def keep_serials(lines: Sequence[db.Row], serials: Mapping[str, Sequence[str]]) -> None:
    """Note which unit left with which line (SHP-4): each serialised unit has one, each is out once at a time.

    Raises InvalidSerial, SerialsMismatch, SerialTaken.
    """
    rows: list[tuple[str, UUID, UUID, UUID]] = []
    pool = {sku: list(dict.fromkeys(map(read_serial, given))) for sku, given in serials.items()}
    for line in lines:
        units = line["quantity"] - line["canceled_quantity"]
        if not line["serialized"] or not units:
            continue
        given = pool.get(line["sku"], [])
        if len(given) < units:
            raise SerialsMismatch(sku=line["sku"], expected=units, given=len(given))
        rows += [(serial, line["variant_id"], line["id"], line["order_id"]) for serial in given[:units]]
        pool[line["sku"]] = given[units:]
    left_over = next((sku for sku, rest in pool.items() if rest), None)
    if left_over is not None:
        raise SerialsMismatch(sku=left_over, expected=0, given=len(pool[left_over]))
    if not rows:
        return
    try:
        await db.execute(
            "insert into shipment_serial (serial, variant_id, shipment_line_id, order_id)"
            " select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[])",
            *map(list, zip(*rows, strict=True)),
        )
    except asyncpg.UniqueViolationError as error:
        raise SerialTaken from error


async def free_serials(shipment_line_id: UUID, serials: Sequence[str]) -> None:
    """These units are back on the shelf and may be sold again."""
    await db.execute(
        "update shipment_serial set returned_at = $3 where shipment_line_id = $1 and serial = any($2)"
        " and returned_at is null",
        shipment_line_id,
        list(serials),
        clock.now(),
    )


async def goods_leave(shipment: db.Row, lines: Sequence[db.Row]) -> None:
    """The reserved units leave the warehouse's books."""
    await ship(_wants(shipment, lines), reference=shipment["number"])


async def goods_return(shipment: db.Row, lines: Sequence[db.Row]) -> None:
    """An undeliverable parcel's units go back on the shelf (SHP-6)."""
    await restock(_wants(shipment, lines), reference=shipment["number"])
    await db.execute(
        "update shipment_serial set returned_at = $2 where shipment_line_id = any($1) and returned_at is null",
        [line["id"] for line in lines],
        clock.now(),
    )


def _wants(shipment: db.Row, lines: Sequence[db.Row]) -> list[Want]:
    return [
        Want(line["variant_id"], shipment["warehouse"], line["quantity"] - line["canceled_quantity"])
        for line in lines
        if line["tracks_stock"] and line["quantity"] > line["canceled_quantity"]
    ]


async def cancel_units(line: db.Row, units: int, warehouse: str) -> Want | None:
    """Take units out of a line that has not been released; returns what is free by it.

    The caller gives everything free back to the stock in one call of `inventory.release`, which keeps the lock order.
    """
    left = line["quantity"] - line["canceled_quantity"] - units
    freed = max(line["reserved_quantity"] - left, 0)
    await db.execute(
        "update shipment_line set canceled_quantity = canceled_quantity + $2,"
        " reserved_quantity = reserved_quantity - $3 where id = $1",
        line["id"],
        units,
        freed,
    )
    return Want(line["variant_id"], warehouse, freed) if freed and line["tracks_stock"] else None


async def mark_dispatched(
    shipment: db.Row, *, carrier: str, tracking_number: str | None, tracking_url: str, refundable_until: datetime
) -> None:
    await move(
        shipment,
        ShipmentStatus.DISPATCHED,
        carrier=carrier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        dispatched_at=clock.now(),
        refundable_until=refundable_until,
    )
