"""The warehouse's and the desk's queues, and parcels that came without a return number (RMA-14, RMA-17)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from store.catalog.serial_numbers import InvalidSerial, read_serial
from store.kernel import db
from store.kernel.ids import normalize_number

# Each branch is one look into one index. A draft was never sent, so it is none of them.
SEARCH = """
select r.id from rma r where r.number is not null and r.id in (
    select id from rma where number = $1
    union select rma_id from rma_unit where serial = $2
    union select id from rma where tracking_number = $3
    union select id from (
        select id from rma where lower(email) = lower($3) order by created_at desc, id desc limit 100) e
    union select id from (
        select id from rma where return_address is not null
        and lower(return_address ->> 'name') collate "C" >= lower($4)
        and lower(return_address ->> 'name') collate "C" < lower($4) || $5 limit 100) n
    union select id from (
        select id from rma where return_address is not null
        and lower(return_address ->> 'company') collate "C" >= lower($4)
        and lower(return_address ->> 'company') collate "C" < lower($4) || $5 limit 100) c
)
order by r.status in ('confirmed', 'receiving') desc, r.created_at desc, r.id desc limit $6
"""
NAME_LENGTH_MIN = 3
_BEYOND = "\U0010ffff"  # sorts after every sign that may follow a prefix


async def return_queue(status: str, *, after: tuple[datetime, UUID] | None, limit: int) -> list[UUID]:
    """Returns whose goods are awaited (confirmed) or arriving (receiving), the oldest first, by (created_at, id)."""
    rows = await db.fetch(
        "select id from rma where status = $1 and status in ('confirmed', 'receiving')"
        " and ($2::timestamptz is null or (created_at, id) > ($2, $3)) order by created_at, id limit $4",
        status,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [row["id"] for row in rows]


async def find_parcels(query: str, *, limit: int = 25) -> list[UUID]:
    """What a parcel may belong to: by return number, serial, tracking number, e-mail, or the sender's name.

    Those whose goods are awaited come first.
    """
    text = query.strip()
    try:
        serial = read_serial(text)
    except InvalidSerial:
        serial = text.upper()
    name = text if len(text) >= NAME_LENGTH_MIN else _BEYOND
    rows = await db.fetch(SEARCH, normalize_number(text), serial, text, name, _BEYOND, limit)
    return [row["id"] for row in rows]


async def undecided_units(*, after: UUID | None, limit: int) -> list[db.Row]:
    """Items that wait for customer service, those registered first before others: id, rma_id, position."""
    return await db.fetch(
        "select id, rma_id, position from rma_unit where acceptance_status = 'needs_decision' and closed_at is null"
        " and ($1::uuid is null or id > $1) order by id limit $2",
        after,
        limit,
    )
