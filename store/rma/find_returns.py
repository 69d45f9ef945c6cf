"""Reading returns: one whole, locked or not, and pages of them, without a statement per return (RMA-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.ids import normalize_number


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeReturn:
    """A return's row with the rows of its items, by position."""

    rma: db.Row
    units: tuple[db.Row, ...]

    def unit(self, position: int) -> db.Row:
        """Raises NotFound."""
        for row in self.units:
            if row["position"] == position:
                return row
        raise NotFound


async def load_return(rma_id: UUID) -> WholeReturn:
    """Raises NotFound."""
    found = await load_returns([rma_id])
    if not found:
        raise NotFound
    return found[0]


async def find_return(number: str) -> WholeReturn:
    """By its number as a person may have typed it. Raises NotFound."""
    rma_id = await db.fetchval("select id from rma where number = $1", normalize_number(number))
    if rma_id is None:
        raise NotFound
    return await load_return(rma_id)


async def lock_return(rma_id: UUID) -> WholeReturn:
    """The return's row and then its items', locked. The orders of its items were locked before. Raises NotFound."""
    assert db.in_unit_of_work()
    rma = await db.fetchrow("select * from rma where id = $1 for update", rma_id)
    if rma is None:
        raise NotFound
    units = await db.fetch("select * from rma_unit where rma_id = $1 order by position for update", rma_id)
    return WholeReturn(rma=rma, units=tuple(units))


async def lock_orders_of(rma_id: UUID) -> list[UUID]:
    """Lock the orders that a return's items come from, sorted by id: always before the return itself."""
    assert db.in_unit_of_work()
    rows = await db.fetch(
        "select id from sales_order where id in (select order_id from rma_unit where rma_id = $1) order by id"
        " for update",
        rma_id,
    )
    return [row["id"] for row in rows]


async def load_returns(rma_ids: Sequence[UUID]) -> list[WholeReturn]:
    """Two statements for any number of returns, in the order of the ids."""
    ids = list(rma_ids)
    found = {row["id"]: row for row in await db.fetch("select * from rma where id = any($1)", ids)}
    units: dict[UUID, list[db.Row]] = {rma_id: [] for rma_id in ids}
    for row in await db.fetch("select * from rma_unit where rma_id = any($1) order by rma_id, position", ids):
        units[row["rma_id"]].append(row)
    return [WholeReturn(rma=found[rma_id], units=tuple(units[rma_id])) for rma_id in ids if rma_id in found]


async def returns_of(
    *,
    account_id: UUID | None = None,
    partner_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 25,
) -> list[UUID]:
    """A person's or a company's own, newest first, from a keyset position (created_at, id) on."""
    column, key = ("partner_id", partner_id) if partner_id else ("account_id", account_id)
    rows = await db.fetch(
        f"select id from rma where {column} = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))"
        " order by created_at desc, id desc limit $4",
        key,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [row["id"] for row in rows]


# Each branch is one look into one index (DSK-1).
_SEARCH = """
select r.id from rma r where r.id in (
    select id from rma where number = $5
    union select rma_id from rma_unit where serial = upper($6)
    union select id from (
        select id from rma where lower(email) = lower($6) order by created_at desc, id desc limit 1000) e
    union select id from rma where customer_reference = $6
    union select id from rma where tracking_number = $6
    union select u.rma_id from rma_unit u join sales_order o on o.id = u.order_id where o.number = $5
)
and ($1::text is null or r.market = $1) and ($2::timestamptz is null or (r.created_at, r.id) < ($2, $3))
order by r.created_at desc, r.id desc limit $4
"""
_RECENT = """
select id from rma where $1::text is null
and ($2::timestamptz is null or (created_at, id) < ($2, $3)) order by created_at desc, id desc limit $4
"""
_RECENT_OF_MARKET = """
select id from rma where market = $1
and ($2::timestamptz is null or (created_at, id) < ($2, $3)) order by created_at desc, id desc limit $4
"""


async def search_returns(
    query: str, *, market: str | None = None, after: tuple[datetime, UUID] | None = None, limit: int = 25
) -> list[UUID]:
    """For agents, the newest first; all returns for an empty query.

    By return or order number, serial, e-mail, the customer's reference or a tracking number.
    """
    text = query.strip()
    page = (market, after[0] if after else None, after[1] if after else None, limit)
    if text:
        rows = await db.fetch(_SEARCH, *page, normalize_number(text), text)
    else:
        rows = await db.fetch(_RECENT_OF_MARKET if market else _RECENT, *page)
    return [row["id"] for row in rows]
