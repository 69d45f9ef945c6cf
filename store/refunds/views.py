"""Refunds, requests and credit notes for pages and the API: one statement each, for any number of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.ids import normalize_number

_REFUND = """
select r.*, q.number as request_number, n.number as credit_note_number, o.number as order_number,
  (select coalesce(jsonb_agg(jsonb_build_object('shipment_line_id', l.shipment_line_id, 'shipment_id', l.shipment_id,
     'sku', s.sku, 'names', i.names, 'quantity', l.quantity, 'reason', l.reason, 'goods_minor', l.goods_minor,
     'tax_minor', l.tax_minor) order by l.shipment_line_id), '[]')
   from refund_line l join shipment_line s on s.id = l.shipment_line_id join order_line i on i.id = s.order_line_id
   where l.refund_id = r.id) as lines,
  (select coalesce(jsonb_agg(jsonb_build_object('shipment_id', h.shipment_id, 'amount_minor', h.amount_minor,
     'tax_minor', h.tax_minor)), '[]') from refund_shipping h where h.refund_id = r.id) as shipping,
  (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'charge_id', c.charge_id, 'provider', p.provider,
     'status', p.status, 'origin', p.origin, 'amount_minor', p.amount_minor, 'failure_code', p.failure_code)
     order by p.created_at, p.id), '[]')
   from payment_refund p join capture c on c.id = p.capture_id
   where p.subject_id = r.id or p.id = r.payment_refund_id) as parts
from refund r join sales_order o on o.id = r.order_id
left join refund_request q on q.id = r.request_id left join credit_note n on n.refund_id = r.id
"""
_REQUEST = (
    "select q.*, o.number as order_number, o.market from refund_request q join sales_order o on o.id = q.order_id"
)
_CREDIT_NOTE = (
    "select n.*, o.number as order_number, r.number as refund_number, r.reason, r.fee_minor from credit_note n"
    " join sales_order o on o.id = n.order_id join refund r on r.id = n.refund_id"
)
QUEUE = ("awaiting_approval", "manual", "partly_failed", "failed")


async def refunds_of(order_ids: Sequence[UUID]) -> list[db.Row]:
    """Oldest first, each with lines, shipping, the payment refunds that carry it, and its numbers."""
    return await db.fetch(f"{_REFUND} where r.order_id = any($1) order by r.requested_at, r.id", list(order_ids))


async def get_refund(refund_id: UUID) -> db.Row:
    """Raises NotFound."""
    return _one(await db.fetchrow(f"{_REFUND} where r.id = $1", refund_id))


async def find_refund(number: str) -> db.Row:
    """By its number as a person may have typed it. Raises NotFound."""
    return _one(await db.fetchrow(f"{_REFUND} where r.number = $1", normalize_number(number)))


async def refund_queue(
    statuses: Sequence[str] = QUEUE, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[db.Row]:
    """What waits for a person, oldest first, from a keyset position (requested_at, id) on."""
    return await db.fetch(
        f"{_REFUND} where r.status = any($1) and r.status in ('awaiting_approval', 'manual', 'partly_failed', 'failed')"
        " and ($2::timestamptz is null or (r.requested_at, r.id) > ($2, $3)) order by r.requested_at, r.id limit $4",
        list(statuses),
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )


async def requests_of(order_ids: Sequence[UUID]) -> list[db.Row]:
    return await db.fetch(f"{_REQUEST} where q.order_id = any($1) order by q.asked_at, q.id", list(order_ids))


async def get_request(request_id: UUID) -> db.Row:
    """Raises NotFound."""
    return _one(await db.fetchrow(f"{_REQUEST} where q.id = $1", request_id))


async def find_request(number: str) -> db.Row:
    """Raises NotFound."""
    return _one(await db.fetchrow(f"{_REQUEST} where q.number = $1", normalize_number(number)))


async def open_requests(
    *, market: str | None = None, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[db.Row]:
    """Cases that nobody has decided, oldest first, from a keyset position (asked_at, id) on (REF-2)."""
    return await db.fetch(
        f"{_REQUEST} where q.status = 'open' and ($1::text is null or o.market = $1)"
        " and ($2::timestamptz is null or (q.asked_at, q.id) > ($2, $3)) order by q.asked_at, q.id limit $4",
        market,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )


async def credit_notes_of(order_ids: Sequence[UUID]) -> list[db.Row]:
    """Each with order_number, refund_number and the lines that its document prints (see issue_credit_note)."""
    return await db.fetch(f"{_CREDIT_NOTE} where n.order_id = any($1) order by n.issued_at, n.id", list(order_ids))


async def get_credit_note(number: str) -> db.Row:
    """Raises NotFound."""
    return _one(await db.fetchrow(f"{_CREDIT_NOTE} where n.number = $1", number))


def _one(row: Any) -> db.Row:
    if row is None:
        raise NotFound
    found: db.Row = row
    return found
