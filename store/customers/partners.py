"""Partners: resellers that buy on purchase orders within a credit limit (PAY-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from store.customers.principal import Principal
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.kernel.money import CurrencyMismatch, Money


class CreditLimitExceeded(StoreError):
    code = "credit_limit_exceeded"
    status = 409
    title = N_("The credit limit does not cover this order.")
    detail = N_("Your limit is {limit}, {available} of it is free, and {needed} is needed.")


class PartnerNotApproved(StoreError):
    code = "partner_not_approved"
    status = 403
    title = N_("Purchase orders are for approved partners.")
    detail = N_("Your partner account is not approved yet. Please choose another payment method or contact us.")


class LimitBelowUse(StoreError):
    code = "limit_below_use"
    status = 409
    title = N_("The credit limit can't be lower than what is in use.")
    detail = N_("{used} of the credit is in use. To let no more be ordered, take the approval back.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A reseller. Amounts are minor units of `currency`; `net_days` is when its invoices fall due."""

    id: UUID
    name: str
    vat_id: str | None
    approved: bool
    currency: str
    credit_limit_minor: int
    credit_used_minor: int
    net_days: int
    created_at: datetime

    @property
    def credit_limit(self) -> Money:
        return Money(self.credit_limit_minor, self.currency)

    @property
    def available(self) -> Money:
        return Money(self.credit_limit_minor - self.credit_used_minor, self.currency)


async def create_partner(
    *,
    name: str,
    currency: str,
    credit_limit_minor: int = 0,
    net_days: int = 30,
    approved: bool = False,
    vat_id: str | None = None,
    by: Principal | str = "system",
) -> Partner:
    """Register a reseller; approval, limit and terms are the act of the person named in `by`."""
    actor = by if isinstance(by, str) else by.name
    partner_id = new_id()
    async with db.unit_of_work():
        await db.insert(
            "partner",
            id=partner_id,
            name=name,
            vat_id=vat_id,
            approved=approved,
            currency=currency,
            credit_limit_minor=credit_limit_minor,
            net_days=net_days,
            created_at=clock.now(),
        )
        await audit.record(
            actor, "create_partner", "partner", partner_id, approved=approved, credit_limit_minor=credit_limit_minor
        )
    return await get_partner(partner_id)


async def get_partner(partner_id: UUID) -> Partner:
    row = await db.fetchrow("select * from partner where id = $1", partner_id)
    if row is None:
        raise NotFound
    return _partner(row)


def _partner(row: db.Row) -> Partner:
    return Partner(**{name: row[name] for name in Partner.__slots__})


async def list_partners(*, after: tuple[str, UUID] | None, limit: int) -> list[Partner]:
    """By name, from a keyset position (name, id) on."""
    rows = await db.fetch(
        "select * from partner where ($1::text is null or (name, id) > ($1, $2)) order by name, id limit $3",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_partner(row) for row in rows]


async def change_terms(
    partner_id: UUID,
    *,
    by: Principal,
    approved: bool | None = None,
    credit_limit_minor: int | None = None,
    net_days: int | None = None,
) -> Partner:
    """Approve a partner, or change its limit and terms; None leaves a thing as it is. Raises LimitBelowUse."""
    async with db.unit_of_work():
        row = await db.fetchrow("select * from partner where id = $1 for update", partner_id)
        if row is None:
            raise NotFound
        if credit_limit_minor is not None and credit_limit_minor < row["credit_used_minor"]:
            raise LimitBelowUse(used=Money(row["credit_used_minor"], row["currency"]))
        await db.execute(
            "update partner set approved = coalesce($2, approved), net_days = coalesce($4, net_days),"
            " credit_limit_minor = coalesce($3, credit_limit_minor) where id = $1",
            partner_id,
            approved,
            credit_limit_minor,
            net_days,
        )
        await audit.record(
            by.name,
            "change_partner_terms",
            "partner",
            partner_id,
            approved=approved,
            credit_limit_minor=credit_limit_minor,
            net_days=net_days,
        )
    return await get_partner(partner_id)


async def use_credit(partner_id: UUID, amount_minor: int, *, currency: str | None = None) -> None:
    """Take an amount from a partner's credit in one conditional update, so the limit holds whatever races.

    Called in the placement's unit of work: a rolled-back order gives its credit back. Raises CreditLimitExceeded,
    PartnerNotApproved, CurrencyMismatch, NotFound.
    """
    assert amount_minor >= 0
    touched = await db.execute(
        "update partner set credit_used_minor = credit_used_minor + $2"
        " where id = $1 and approved and credit_used_minor + $2 <= credit_limit_minor"
        " and currency = coalesce($3, currency)",
        partner_id,
        amount_minor,
        currency,
    )
    if not touched:
        raise await _refusal(partner_id, amount_minor, currency)


async def free_credit(partner_id: UUID, amount_minor: int) -> None:
    """Give credit back: an invoice was paid, or goods on it were canceled or refunded.

    Giving back more than is in use violates the table's constraint (asyncpg.CheckViolationError).
    """
    assert amount_minor >= 0
    touched = await db.execute(
        "update partner set credit_used_minor = credit_used_minor - $2 where id = $1", partner_id, amount_minor
    )
    if not touched:
        raise NotFound


async def _refusal(partner_id: UUID, amount_minor: int, currency: str | None) -> StoreError:
    partner = await get_partner(partner_id)
    if not partner.approved:
        return PartnerNotApproved()
    if currency and currency != partner.currency:
        return CurrencyMismatch(expected=partner.currency, actual=currency)
    return CreditLimitExceeded(
        limit=partner.credit_limit,
        available=partner.available,
        needed=Money(amount_minor, partner.currency),
    )
