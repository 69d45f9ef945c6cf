"""Posting journals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from store.kernel import clock, db
from store.kernel.ids import new_id
from store.kernel.money import Money

Entry = tuple[str, Money]


async def post(
    kind: str,
    source_id: UUID | str,
    entries: Sequence[Entry],
    *,
    order_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> bool:
    """Post one journal in the current unit of work; False when this fact was posted before.

    `entries` are (account, signed amount): debit positive, credit negative; zero amounts are left out. Raises
    ValueError when they don't sum to zero per currency (the database would refuse them at commit as well).
    """
    lines = [(account, money) for account, money in entries if money]
    sums: dict[str, int] = {}
    for _, money in lines:
        sums[money.currency] = sums.get(money.currency, 0) + money.amount_minor
    if any(sums.values()):
        msg = f"journal {kind} {source_id} does not balance: {sums}"
        raise ValueError(msg)
    if not lines:
        return False
    posted = await db.fetchval(
        "with posted as ("
        " insert into journal (id, occurred_at, kind, source_id, order_id) values ($1, $2, $3, $4, $5)"
        " on conflict (kind, source_id) do nothing returning id)"
        " insert into journal_entry (journal_id, position, account, currency, amount_minor, order_id)"
        " select posted.id, entry.position, entry.account, entry.currency, entry.amount_minor, $5"
        " from posted, unnest($6::text[], $7::text[], $8::bigint[]) with ordinality"
        " as entry (account, currency, amount_minor, position) returning true",
        new_id(),
        occurred_at or clock.now(),
        kind,
        str(source_id),
        order_id,
        [str(account) for account, _ in lines],
        [money.currency for _, money in lines],
        [money.amount_minor for _, money in lines],
    )
    return bool(posted)


async def order_balance(order_id: UUID, account: str) -> dict[str, int]:
    """{currency: signed minor units} of one account for one order."""
    rows = await db.fetch(
        "select currency, sum(amount_minor)::bigint as amount from journal_entry"
        " where order_id = $1 and account = $2 group by currency",
        order_id,
        account,
    )
    return {row["currency"]: row["amount"] for row in rows}
