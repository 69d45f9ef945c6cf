"""What the answers about accounts and sessions consist of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from store.customers import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Account, Session, get_partner
from store.kernel.wording import status_label
from store.web.edge.schemas import MoneyOut, Out, money_out

Password = Annotated[str, Meta(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
NewPassword = Annotated[str, Meta(min_length=PASSWORD_LENGTH_MIN, max_length=PASSWORD_LENGTH_MAX)]


class PartnerOut(Out):
    """The reseller that the account belongs to, with what its credit line leaves."""

    id: UUID
    name: str
    approved: bool
    credit_limit: MoneyOut
    credit_available: MoneyOut
    net_days: int


class AccountOut(Out):
    id: UUID
    kind: str
    kind_label: str
    email: str
    name: str
    locale: str
    email_verified_at: datetime | None = None
    partner: PartnerOut | None = None


class SessionOut(Out):
    """`token` goes into `Authorization: Bearer` until `expires_at`; `refresh_token` gives the next pair.

    Both are shown once. The session is over at `refresh_expires_at`, however often it is refreshed.
    """

    token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    account: AccountOut


async def session_out(session: Session, locale: str) -> SessionOut:
    return SessionOut(
        token=session.token,
        expires_at=session.expires_at,
        refresh_token=session.refresh_token,
        refresh_expires_at=session.refresh_expires_at,
        account=await account_out(session.account, locale),
    )


async def account_out(account: Account, locale: str) -> AccountOut:
    return AccountOut(
        id=account.id,
        kind=account.kind,
        kind_label=status_label(account.kind, locale),
        email=account.email,
        name=account.name,
        locale=account.locale,
        email_verified_at=account.email_verified_at,
        partner=await _partner_out(account.partner_id, locale) if account.partner_id else None,
    )


async def _partner_out(partner_id: UUID, locale: str) -> PartnerOut:
    partner = await get_partner(partner_id)
    return PartnerOut(
        id=partner.id,
        name=partner.name,
        approved=partner.approved,
        credit_limit=money_out(partner.credit_limit, locale),
        credit_available=money_out(partner.available, locale),
        net_days=partner.net_days,
    )
