"""Give arrived or freed stock to those who wait for it, oldest order first (SHP-3)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.inventory import Want, lock_stock, reserve
from store.kernel import clock, db, outbox

outbox.declare("shipment.ready")


async def waiting_units(variant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many units of each variant are promised to orders that wait."""
    rows = await db.fetch(
        "select variant_id, sum(quantity - canceled_quantity - reserved_quantity)::int as units from shipment_line"
        " where variant_id = any($1) and reserved_quantity + canceled_quantity < quantity group by variant_id",
        list(variant_ids),
    )
    return {row["variant_id"]: row["units"] for row in rows}


async def on_stock_freed(items: list[tuple[str, str]]) -> None:
    """The outbox's consumer of `stock.freed`: each (variant, warehouse) in a unit of work of its own."""
    for variant_id, warehouse in items:
        await allot(UUID(variant_id), warehouse)


async def allot(variant_id: UUID, warehouse: str) -> list[UUID]:
    """Reserve what is free for the waiting lines; returns the shipments that became ready.

    Locks the waiting lines first and the stock after them, the order that cancellation uses too.
    """
    async with db.unit_of_work():
        lines = await db.fetch(
            "select l.id, l.shipment_id, l.quantity - l.canceled_quantity - l.reserved_quantity as missing"
            " from shipment_line l join shipment s on s.id = l.shipment_id"
            " where l.variant_id = $1 and l.reserved_quantity + l.canceled_quantity < l.quantity"
            " and s.warehouse = $2 and s.status in ('waiting', 'on_hold') order by l.placed_at, l.id for update of l",
            variant_id,
            warehouse,
        )
        free = (await lock_stock([(variant_id, warehouse)])).get((variant_id, warehouse), 0) if lines else 0
        given: list[tuple[UUID, UUID, int]] = []
        for line in lines:
            part = min(free, line["missing"])
            if part <= 0:
                break
            given.append((line["id"], line["shipment_id"], part))
            free -= part
        if not given:
            return []
        await reserve([Want(variant_id, warehouse, part) for _, _, part in given], reference="waiting orders")
        await db.execute(
            "update shipment_line l set reserved_quantity = l.reserved_quantity + g.part"
            " from unnest($1::uuid[], $2::int[]) as g (id, part) where l.id = g.id",
            [line_id for line_id, _, _ in given],
            [part for _, _, part in given],
        )
        return await mark_ready([shipment_id for _, shipment_id, _ in given])


async def mark_ready(shipment_ids: Sequence[UUID]) -> list[UUID]:
    """waiting → ready for those whose lines are all reserved; stages `shipment.ready` for each."""
    rows = await db.fetch(
        "update shipment s set status = 'ready', ready_at = $2 where s.id = any($1) and s.status = 'waiting'"
        " and not exists (select from shipment_line l where l.shipment_id = s.id"
        "   and l.reserved_quantity + l.canceled_quantity < l.quantity)"
        " returning s.id, s.order_id",
        list(shipment_ids),
        clock.now(),
    )
    for row in rows:
        await outbox.stage("shipment.ready", order_id=row["order_id"], shipment_id=row["id"])
    return [row["id"] for row in rows]
