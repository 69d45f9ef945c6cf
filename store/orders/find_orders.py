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


async def order_numbers(order_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await db.fetch("select id, number from sales_order where id = any($1)", list(order_ids))
    return {row["id"]: row["number"] for row in rows}


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


# Each branch is one look into one index, so that no search reads a whole table (DSK-1).
SEARCH = """
select o.id from sales_order o where o.id in (
    select id from sales_order where number = $5
    union select order_id from shipment where number = $6
    union select id from (
        select id from sales_order where lower(email) = lower($7) order by placed_at desc, id desc limit 1000) e
    union select id from (
        select id from sales_order where lower(shipping_address ->> 'name') collate "C" >= lower($8)
        and lower(shipping_address ->> 'name') collate "C" < lower($8) || $9 limit 1000) n
    union select id from sales_order where phone = $7
    union select id from sales_order where channel_reference = $7
    union select id from sales_order where origin_number = $5
    union select order_id from shipment where tracking_number = $7
    union select order_id from shipment_serial where serial = upper($7)
    union select order_id from payment where transfer_reference is not null
        and translate(upper(regexp_replace(transfer_reference, '[^A-Za-z0-9]', '', 'g')), 'OILZ', '0112')
        = translate(upper(regexp_replace($7, '[^A-Za-z0-9]', '', 'g')), 'OILZ', '0112')
    union select order_id from payment where purchase_order_number = $7
)
and ($1::text is null or o.market = $1) and ($2::timestamptz is null or (o.placed_at, o.id) < ($2, $3))
order by o.placed_at desc, o.id desc limit $4
"""
_RECENT = """
select id from sales_order where ($1::text is null or market = $1)
and ($2::timestamptz is null or (placed_at, id) < ($2, $3)) order by placed_at desc, id desc limit $4
"""
NAME_LENGTH_MIN = 3
_BEYOND = "\U0010ffff"  # sorts after every sign that may follow a prefix


async def search_orders(
    query: str, *, market: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[UUID]:
    """For agents, the newest first; all orders for an empty query (DSK-1).

    By order or shipment number, e-mail, beginning of the recipient's name, phone, tracking number, serial, transfer
    reference, purchase order number, the marketplace's number, or that of the return which the order was opened for.
    """
    text = query.strip()
    page = (market, after[0] if after else None, after[1] if after else None, limit)
    rows = await db.fetch(SEARCH, *page, *search_keys(text)) if text else await db.fetch(_RECENT, *page)
    return [row["id"] for row in rows]


def search_keys(text: str) -> tuple[str, str, str, str, str]:
    """What SEARCH looks for: order number, shipment number, the text itself, a name's beginning, and its end."""
    order_number, _, sequence = text.rpartition("-")
    name = text if len(text) >= NAME_LENGTH_MIN else _BEYOND
    return normalize_number(text), f"{normalize_number(order_number)}-{sequence}", text, name, _BEYOND


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
