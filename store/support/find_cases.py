"""Reading cases: one with its thread, a customer's own, and the queue of the agents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from store.customers import Principal
from store.kernel import db, signing
from store.kernel.errors import NotFound
from store.kernel.ids import normalize_number

Position = tuple[datetime, UUID]

TOKEN_PURPOSE = "case"  # noqa: S105 - what a token is for, not a token
_NUMBER_LENGTH_MAX = 40

_CASE = """
select c.*, o.number as order_number, p.slug as product, p.names as product_names
from support_case c left join sales_order o on o.id = c.order_id left join product p on p.id = c.product_id
"""


async def find_case(number: str) -> db.Row:
    """By its number as a person may have typed it. Raises NotFound."""
    if len(number) > _NUMBER_LENGTH_MAX:
        raise NotFound
    return _one(await db.fetchrow(f"{_CASE} where c.number = $1", normalize_number(number)))


async def get_case(case_id: UUID) -> db.Row:
    """Raises NotFound."""
    return _one(await db.fetchrow(f"{_CASE} where c.id = $1", case_id))


async def case_for(number: str, principal: Principal, token: str | None) -> db.Row:
    """The case, if it is the caller's: the account's, or that of whoever holds the token of its e-mails.

    Raises NotFound for one that isn't, as for one that doesn't exist (ACC-4).
    """
    case = await find_case(number)
    own = principal.account_id is not None and case["account_id"] == principal.account_id
    if own or (token is not None and signing.check_token(token, TOKEN_PURPOSE, case["id"])):
        return case
    raise NotFound


def case_token(case_id: UUID) -> str:
    """What opens a case without an account; it is told by e-mail only, to the address that the case was opened with."""
    return signing.make_token(TOKEN_PURPOSE, case_id)


async def messages_of(case_id: UUID) -> list[db.Row]:
    """The thread, the oldest message first."""
    return await db.fetch("select * from case_message where case_id = $1 order by sent_at, id", case_id)


async def get_message(message_id: UUID) -> db.Row:
    """Raises NotFound."""
    return _one(await db.fetchrow("select * from case_message where id = $1", message_id))


async def cases_of(account_id: UUID, *, after: Position | None = None, limit: int = 25) -> list[db.Row]:
    """A customer's own, the newest first, from a keyset position (opened_at, id) on."""
    return await db.fetch(
        f"{_CASE} where c.account_id = $1 and ($2::timestamptz is null or (c.opened_at, c.id) < ($2, $3))"
        " order by c.opened_at desc, c.id desc limit $4",
        account_id,
        *(after or (None, None)),
        limit,
    )


async def case_queue(
    *,
    status: str = "open",
    topic: str | None = None,
    market: str | None = None,
    assignee: str | None = None,
    unassigned: bool = False,
    after: Position | None = None,
    limit: int = 50,
) -> list[db.Row]:
    """The longest waiting first, from a keyset position (waiting_since, id) on; `assignee` is an identity."""
    conditions: list[str] = ["c.status = $1"]
    values: list[Any] = [status]

    def add(condition: str, *given: Any) -> None:
        first = len(values) + 1
        values.extend(given)
        conditions.append(condition.format(*(f"${first + at}" for at in range(len(given)))))

    for column, value in (("topic", topic), ("market", market), ("assignee", assignee)):
        if value is not None:
            add(f"c.{column} = {{}}", value)
    if unassigned:
        conditions.append("c.assignee is null")
    if after is not None:
        add("(c.waiting_since, c.id) > ({}, {})", *after)
    return await db.fetch(
        f"{_CASE} where {' and '.join(conditions)} order by c.waiting_since, c.id limit {int(limit)}", *values
    )


async def cases_of_orders(order_ids: Sequence[UUID]) -> list[db.Row]:
    """All cases about these orders, the oldest first: for the desk's page of an order (DSK-1)."""
    return await db.fetch(f"{_CASE} where c.order_id = any($1) order by c.opened_at, c.id", list(order_ids))


async def attach_cases(account_id: UUID) -> int:
    """Cases that were opened with the account's e-mail address before, without signing in, become the account's.

    Only for an address that has been proved; returns how many.
    """
    return await db.execute(
        "update support_case c set account_id = a.id from account a"
        " where a.id = $1 and a.kind = 'customer' and c.account_id is null and lower(c.email) = lower(a.email)",
        account_id,
    )


async def on_email_verified(account_id: str, **_: Any) -> None:
    """Consumer of account.email_verified: twice is as good as once."""
    await attach_cases(UUID(account_id))


def _one(row: db.Row | None) -> db.Row:
    if row is None:
        raise NotFound
    return row
