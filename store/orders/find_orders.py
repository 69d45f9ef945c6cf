"""Reading orders: one whole, or a page of them, without a statement per order (ORD-2, SHP-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.ids import normalize_number
from store.shipments import shipments_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeOrder:
    """An order's row with its lines, shipments (with lines and serials) and history rows."""

    order: db.Row
    lines: Sequence[db.Row]
    shipments: Sequence[db.Row]


async def find_order(number: str) -> db.Row:
    """By its number as a person may have typed it. Raises NotFound."""
    row = await db.fetchrow("select * from sales_order where number = $1", normalize_number(number))
    if row is None:
        raise NotFound
    return row


async def load_orders(order_ids: Sequence[UUID]) -> list[WholeOrder]:
    """Three statements for any number of orders, in the order of the ids."""
    ids = list(order_ids)
    orders = {row["id"]: row for row in await db.fetch("select * from sales_order where id = any($1)", ids)}
    lines: dict[UUID, list[db.Row]] = {order_id: [] for order_id in ids}
    for line in await db.fetch("select * from order_line where order_id = any($1) order by order_id, position", ids):
        lines[line["order_id"]].append(line)
    shipments: dict[UUID, list[db.Row]] = {order_id: [] for order_id in ids}
    for shipment in await shipments_of(ids):
        shipments[shipment["order_id"]].append(shipment)
    return [
        WholeOrder(order=orders[order_id], lines=lines[order_id], shipments=shipments[order_id])
        for order_id in ids
        if order_id in orders
    ]


async def orders_of_account(
    account_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int, partner_id: UUID | None = None
) -> list[UUID]:
    """Newest first, from a keyset position (placed_at, id) on; a partner sees all orders of its company."""
    column, key = ("partner_id", partner_id) if partner_id else ("account_id", account_id)
    rows = await db.fetch(
        f"select id from sales_order where {column} = $1 and ($2::timestamptz is null or (placed_at, id) < ($2, $3))"
        " order by placed_at desc, id desc limit $4",
        key,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [row["id"] for row in rows]


async def search_orders(
    query: str, *, market: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[UUID]:
    """For agents: by number, e-mail, tracking number, serial or payment reference; all when empty (DSK-1)."""
    text = query.strip()
    if not text:
        where, keys = "true", []
    else:
        where, keys = (
            "(o.number = $5 or lower(o.email) = lower($6)"
            " or o.id in (select order_id from shipment where tracking_number = $6)"
            " or o.id in (select order_id from shipment_serial where serial = upper($6))"
            " or o.id in (select order_id from payment where transfer_reference = upper($6)"
            "   or (purchase_order_number = $6 and partner_id is not null))"
            " or o.channel_reference = $6)",
            [normalize_number(text), text],
        )
    rows = await db.fetch(
        f"select o.id from sales_order o where {where} and ($1::text is null or o.market = $1)"
        " and ($2::timestamptz is null or (o.placed_at, o.id) < ($2, $3))"
        " order by o.placed_at desc, o.id desc limit $4",
        market,
        after[0] if after else None,
        after[1] if after else None,
        limit,
        *keys,
    )
    return [row["id"] for row in rows]


async def guest_order(number: str, email: str) -> db.Row:
    """ORD-2: a guest's order by number and e-mail, without telling which of the two was wrong."""
    row = await db.fetchrow(
        "select * from sales_order where number = $1 and lower(email) = lower($2)",
        normalize_number(number),
        email.strip(),
    )
    if row is None:
        raise NotFound
    return row
