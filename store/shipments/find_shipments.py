"""Reading shipments: of orders, of a warehouse's queue, by tracking number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.ids import normalize_number


async def shipments_of(order_ids: Sequence[UUID]) -> list[db.Row]:
    """All shipments of these orders with their lines and serials, one statement.

    Each row has `lines`: [{id, order_line_id, variant_id, sku, quantity, reserved_quantity, canceled_quantity,
    goods_minor, tax_minor, serials}].
    """
    return await db.fetch(
        "select s.*, (select jsonb_agg(jsonb_build_object('id', l.id, 'order_line_id', l.order_line_id,"
        " 'variant_id', l.variant_id, 'sku', l.sku, 'quantity', l.quantity, 'serialized', l.serialized,"
        " 'reserved_quantity', l.reserved_quantity, 'canceled_quantity', l.canceled_quantity,"
        " 'goods_minor', l.goods_minor, 'tax_minor', l.tax_minor, 'serials',"
        " coalesce((select jsonb_agg(n.serial order by n.serial) from shipment_serial n"
        "   where n.shipment_line_id = l.id), '[]'::jsonb)) order by l.id)"
        " from shipment_line l where l.shipment_id = s.id) as lines"
        " from shipment s where s.order_id = any($1) order by s.order_id, s.sequence",
        list(order_ids),
    )


async def find_shipment(number: str) -> db.Row:
    """By its number as a person may have typed it: id, order_id, status. Raises NotFound."""
    order_number, _, sequence = number.rpartition("-")
    row = await db.fetchrow(
        "select id, order_id, number, status, warehouse from shipment where number = $1",
        f"{normalize_number(order_number)}-{sequence.strip()}",
    )
    if row is None:
        raise NotFound
    return row


async def queue(
    warehouse: str | None, statuses: Sequence[str], *, after: tuple[datetime, UUID] | None, limit: int
) -> list[db.Row]:
    """Shipments of a warehouse in some statuses, oldest order first, from a keyset position on.

    The statuses must be among those of the queue's index: waiting, ready, on_hold, released.
    """
    return await db.fetch(
        "select * from shipment where ($1::text is null or warehouse = $1) and status = any($2)"
        " and status in ('waiting', 'ready', 'on_hold', 'released')"
        " and ($3::timestamptz is null or (placed_at, id) > ($3, $4)) order by placed_at, id limit $5",
        warehouse,
        list(statuses),
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
