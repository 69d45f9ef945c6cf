"""Partners: resellers, their credit and terms (PAY-11)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import (
    LimitBelowUse,
    Partner,
    Principal,
    change_terms,
    create_partner,
    get_partner,
    list_partners,
)
from store.kernel.errors import NotFound
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, MoneyOut, Out, Page, RequestBody, Text, money_out

CreditLimit = Annotated[int, Meta(ge=0, le=1_000_000_000_000, description="In the partner's currency.")]
NetDays = Annotated[int, Meta(ge=0, le=365)]


class CreatePartner(RequestBody):
    """A new reseller; without approval it can't order on purchase orders yet."""

    name: Text
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    credit_limit_minor: CreditLimit = 0
    net_days: NetDays = 30
    approved: bool = False
    vat_id: Annotated[str, Meta(max_length=40)] | None = None
    EXAMPLE: ClassVar = {
        "name": "Example Reseller",
        "currency": "EUR",
        "credit_limit_minor": 1000000,
        "net_days": 30,
        "approved": True,
    }


class ChangeTerms(RequestBody):
    """What is left out stays as it is."""

    approved: bool | None = None
    credit_limit_minor: CreditLimit | None = None
    net_days: NetDays | None = None
    EXAMPLE: ClassVar = {"approved": True, "credit_limit_minor": 2000000, "net_days": 45}


class PartnerCreditOut(Out):
    """A reseller with its credit line: limit, what open orders and invoices use of it, and what is free."""

    id: UUID
    name: str
    vat_id: str | None
    approved: bool
    credit_limit: MoneyOut
    credit_used: MoneyOut
    credit_available: MoneyOut
    net_days: int
    created_at: datetime


@get("/", opt=requires(*DESK), summary="List the partners")
async def show_partners(
    locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[PartnerCreditOut]:
    """By name."""
    after = decode_cursor(cursor, str, UUID)
    partners = await list_partners(after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = partners[:limit]
    return Page(
        items=[_partner_out(partner, locale) for partner in shown],
        next_cursor=encode_cursor(shown[-1].name, shown[-1].id) if len(partners) > limit else None,
    )


@get("/{partner_id:uuid}", opt=requires(*DESK), responses=problems(NotFound), summary="Show a partner")
async def show_partner(partner_id: FromPath[UUID], locale: NamedDependency[str]) -> PartnerCreditOut:
    """With what is left of its credit."""
    return _partner_out(await get_partner(partner_id), locale)


@post("/", opt=requires("admin", idempotent=True), summary="Register a partner")
async def make_partner(
    data: JSONBody[CreatePartner], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> PartnerCreditOut:
    """Its people get accounts of their own."""
    partner = await create_partner(
        name=data.name,
        currency=data.currency,
        credit_limit_minor=data.credit_limit_minor,
        net_days=data.net_days,
        approved=data.approved,
        vat_id=data.vat_id,
        by=principal,
    )
    return _partner_out(partner, locale)


@patch(
    "/{partner_id:uuid}",
    opt=requires("admin"),
    responses=problems(NotFound, LimitBelowUse),
    summary="Change a partner's terms",
)
async def edit_partner(
    partner_id: FromPath[UUID],
    data: JSONBody[ChangeTerms],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> PartnerCreditOut:
    """Approval, credit limit and net days; orders that were placed keep theirs."""
    partner = await change_terms(
        partner_id,
        by=principal,
        approved=data.approved,
        credit_limit_minor=data.credit_limit_minor,
        net_days=data.net_days,
    )
    return _partner_out(partner, locale)


def _partner_out(partner: Partner, locale: str) -> PartnerCreditOut:
    return PartnerCreditOut(
        id=partner.id,
        name=partner.name,
        vat_id=partner.vat_id,
        approved=partner.approved,
        credit_limit=money_out(partner.credit_limit, locale),
        credit_used=money_out(partner.credit_limit - partner.available, locale),
        credit_available=money_out(partner.available, locale),
        net_days=partner.net_days,
        created_at=partner.created_at,
    )


router = Router(
    path="/api/v1/agent/partners",
    route_handlers=[show_partners, show_partner, make_partner, edit_partner],
    tags=["Agent: people and keys"],
)
