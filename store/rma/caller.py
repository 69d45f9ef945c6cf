"""Who asks for a return, and what is theirs (ACC-4, contract of ownership in docs/returns.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from store.customers import Principal
from store.kernel import db, signing


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`tokens` are a guest's rights to orders.

    `proven` are orders that were theirs when the return was registered, `held` the units that stand in it: these may be
    gone on with, which says nothing about who paid for them.
    """

    name: str
    identity: str
    account_id: UUID | None = None
    partner_id: UUID | None = None
    staff: bool = False
    tokens: tuple[str, ...] = ()
    proven: frozenset[UUID] = frozenset()
    held: frozenset[UUID] = frozenset()


def caller_of(principal: Principal, tokens: Iterable[str] = ()) -> Caller:
    """The caller of a request. Customer service may act for everybody, warehouses for nobody."""
    return Caller(
        name=principal.name,
        identity=principal.identity,
        account_id=principal.account_id if not principal.staff else None,
        partner_id=principal.partner_id,
        staff=principal.kind in {"agent", "admin"},
        tokens=tuple(tokens),
    )


def bought(caller: Caller, order: Mapping[str, object]) -> bool:
    """Whether an order is the caller's: {order_id, account_id, partner_id}."""
    order_id = order["order_id"]
    if not isinstance(order_id, UUID):
        return False
    if caller.staff or order_id in caller.proven:
        return True
    if caller.account_id is not None and order["account_id"] == caller.account_id:
        return True
    if caller.partner_id is not None and order["partner_id"] == caller.partner_id:
        return True
    return any(signing.check_token(token, "order", order_id) for token in caller.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """`bought`: the order is theirs; `holds`: they are registered as its owner; `known`: somebody has one of both."""

    bought: bool
    holds: bool
    known: bool


_OWNERS = """
select u.id, o.id as order_id, o.account_id, o.partner_id, r.account_id as holder_account, r.partner_id as
       holder_partner, lower(r.holder_email) as holder_email, r.id is not null as registered,
       (select lower(a.email) from account a where a.id = $2 and a.email_verified_at is not null) as own_email
from unit u left join sales_order o on o.id = u.order_id
left join registration r on r.unit_id = u.id and r.ended_at is null
where u.id = any($1)
"""


async def ownership_of(caller: Caller, unit_ids: Iterable[UUID]) -> dict[UUID, Ownership]:
    """What the caller has to do with units, in one statement. An e-mail address counts only once it is verified."""
    rows = await db.fetch(_OWNERS, list(unit_ids), caller.account_id)
    return {
        row["id"]: Ownership(
            bought=bought(caller, dict(row)),
            holds=caller.staff
            or row["id"] in caller.held
            or (caller.account_id is not None and row["holder_account"] == caller.account_id)
            or (caller.partner_id is not None and row["holder_partner"] == caller.partner_id)
            or (row["own_email"] is not None and row["holder_email"] == row["own_email"]),
            known=row["registered"] or row["order_id"] is not None,
        )
        for row in rows
    }
