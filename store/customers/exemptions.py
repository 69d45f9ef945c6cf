"""Tax exemptions: granted by an agent, on a document, until a day (MKT-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from store.customers.principal import Principal
from store.kernel import audit, clock, db
from store.kernel.errors import Forbidden, NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.markets import get_market


class ExemptionExpired(StoreError):
    code = "exemption_expired"
    status = 422
    title = N_("This exemption has already ended.")
    detail = N_("The exemption would end on {expires_on}, which is in the past.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """That an account, or every account of a partner, pays no tax in a market until the end of `expires_on`."""

    id: UUID
    account_id: UUID | None
    partner_id: UUID | None
    market: str
    document: str
    granted_by: str
    granted_at: datetime
    expires_on: date
    revoked_at: datetime | None


async def grant_exemption(
    *,
    by: Principal,
    market: str,
    document: str,
    expires_on: date,
    account_id: UUID | None = None,
    partner_id: UUID | None = None,
) -> Exemption:
    """Record that a customer or a partner (exactly one of them) pays no tax. Raises Forbidden, ExemptionExpired."""
    _must_be_account_manager(by)
    place = get_market(market)
    if expires_on < clock.today(place.time_zone):
        raise ExemptionExpired(expires_on=expires_on)
    exemption_id = new_id()
    async with db.unit_of_work():
        holder = (
            await db.fetchval("select id from account where id = $1 for key share", account_id)
            if account_id
            else await db.fetchval("select id from partner where id = $1 for key share", partner_id)
        )
        if holder is None:
            raise NotFound
        await db.insert(
            "tax_exemption",
            id=exemption_id,
            account_id=account_id,
            partner_id=partner_id,
            market=place.code,
            document=document,
            granted_by=by.name,
            granted_at=clock.now(),
            expires_on=expires_on,
        )
        await audit.record(
            by.name,
            "grant_exemption",
            "tax_exemption",
            exemption_id,
            holder=holder,
            market=place.code,
            document=document,
            expires_on=expires_on,
        )
    return await _load(exemption_id)


async def revoke_exemption(exemption_id: UUID, *, by: Principal) -> Exemption:
    """End an exemption from now on; orders placed under it keep their prices (MKT-6)."""
    _must_be_account_manager(by)
    async with db.unit_of_work():
        touched = await db.execute(
            "update tax_exemption set revoked_at = $2 where id = $1 and revoked_at is null", exemption_id, clock.now()
        )
        if touched:
            await audit.record(by.name, "revoke_exemption", "tax_exemption", exemption_id)
    return await _load(exemption_id)


async def exemption_for(
    account_id: UUID | None, partner_id: UUID | None, market: str, on_date: date
) -> Exemption | None:
    """The exemption that holds for this buyer in this market on this day of the market, or None."""
    if account_id is None and partner_id is None:
        return None
    row = await db.fetchrow(
        "select * from tax_exemption where (account_id = $1 or partner_id = $2) and market = $3"
        " and expires_on >= $4 and revoked_at is null order by expires_on desc limit 1",
        account_id,
        partner_id,
        market,
        on_date,
    )
    return _exemption(row) if row else None


async def list_exemptions(*, account_id: UUID | None = None, partner_id: UUID | None = None) -> list[Exemption]:
    """The exemptions of an account or a partner (of everybody without either), the newest first."""
    rows = await db.fetch(
        "select * from tax_exemption where ($1::uuid is null or account_id = $1)"
        " and ($2::uuid is null or partner_id = $2) order by granted_at desc, id desc limit 200",
        account_id,
        partner_id,
    )
    return [_exemption(row) for row in rows]


def _must_be_account_manager(principal: Principal) -> None:
    if principal.kind not in {"agent", "admin"}:
        raise Forbidden


async def _load(exemption_id: UUID) -> Exemption:
    row = await db.fetchrow("select * from tax_exemption where id = $1", exemption_id)
    if row is None:
        raise NotFound
    return _exemption(row)


def _exemption(row: db.Row) -> Exemption:
    return Exemption(**{name: row[name] for name in Exemption.__slots__})
