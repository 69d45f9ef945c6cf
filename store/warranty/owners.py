"""Whose a unit is: who bought it from us, and who is registered as its owner. Never shown to the public (WAR-1)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """`account_id` and `partner_id` are the registration's, else the order's; the sets have both.

    `emails` are in lower case: the order's, and the registered holder's.
    """

    unit_id: UUID
    order_id: UUID | None
    account_id: UUID | None
    partner_id: UUID | None
    account_ids: frozenset[UUID]
    partner_ids: frozenset[UUID]
    emails: frozenset[str]
    registered: bool

    @property
    def known(self) -> bool:
        """Somebody bought it from us or registered it."""
        return self.registered or self.order_id is not None


async def owner_of(unit_id: UUID) -> Owner:
    """Of a unit that is with its owner, and of the last one of a unit that came back. Raises NotFound."""
    row = await db.fetchrow(
        "select u.order_id, o.account_id as buyer_id, o.partner_id as buying_partner_id, o.email as buyer_email,"
        " r.id as registration_id, r.account_id, r.partner_id, r.holder_email from unit u"
        " left join sales_order o on o.id = u.order_id"
        " left join registration r on r.unit_id = u.id and r.ended_at is null where u.id = $1",
        unit_id,
    )
    if row is None:
        raise NotFound
    return Owner(
        unit_id=unit_id,
        order_id=row["order_id"],
        account_id=row["account_id"] or row["buyer_id"],
        partner_id=row["partner_id"] or row["buying_partner_id"],
        account_ids=frozenset(each for each in (row["account_id"], row["buyer_id"]) if each),
        partner_ids=frozenset(each for each in (row["partner_id"], row["buying_partner_id"]) if each),
        emails=frozenset(each.strip().lower() for each in (row["holder_email"], row["buyer_email"]) if each),
        registered=row["registration_id"] is not None,
    )
