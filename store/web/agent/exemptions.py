"""Tax exemptions: an account manager's act (MKT-4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.customers import (
    Exemption,
    ExemptionExpired,
    Principal,
    grant_exemption,
    list_exemptions,
    revoke_exemption,
)
from store.kernel.errors import NotFound
from store.markets import UnknownMarket
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Out, RequestBody, Text


class Holder(RequestBody):
    """Who pays no tax: one account, or every account of a partner."""

    kind: Literal["account", "partner"]
    id: UUID
    EXAMPLE: ClassVar = {"kind": "partner", "id": "01980d3e-7a10-7c3b-9d51-3f2b6e0c4a12"}


class GrantExemption(RequestBody):
    """`document` is the certificate's reference; the exemption holds to the end of `expires_on`."""

    market: Annotated[str, Meta(min_length=1, max_length=16)]
    document: Text
    expires_on: date
    holder: Holder
    EXAMPLE: ClassVar = {
        "market": "US",
        "document": "Resale certificate 2026-114",
        "expires_on": "2026-12-31",
        "holder": Holder.EXAMPLE,
    }


class ExemptionOut(Out):
    id: UUID
    account_id: UUID | None
    partner_id: UUID | None
    market: str
    document: str
    granted_by: str
    granted_at: datetime
    expires_on: date
    revoked_at: datetime | None


@get("/tax-exemptions", opt=requires(*DESK), summary="List tax exemptions")
async def show_exemptions(
    account_id: Annotated[UUID | None, QueryParameter()] = None,
    partner_id: Annotated[UUID | None, QueryParameter()] = None,
) -> list[ExemptionOut]:
    """Of an account, of a partner, or of everybody; the newest first, at most 200."""
    return [_exemption_out(item) for item in await list_exemptions(account_id=account_id, partner_id=partner_id)]


@post(
    "/tax-exemptions",
    opt=requires(*DESK, idempotent=True),
    responses=problems(ExemptionExpired, UnknownMarket, NotFound),
    summary="Grant a tax exemption",
)
async def make_exemption(data: JSONBody[GrantExemption], principal: NamedDependency[Principal]) -> ExemptionOut:
    """Recorded with who, when, the document and the last day (MKT-4)."""
    exemption = await grant_exemption(
        by=principal,
        market=data.market,
        document=data.document,
        expires_on=data.expires_on,
        account_id=data.holder.id if data.holder.kind == "account" else None,
        partner_id=data.holder.id if data.holder.kind == "partner" else None,
    )
    return _exemption_out(exemption)


@delete(
    "/tax-exemptions/{exemption_id:uuid}",
    opt=requires(*DESK),
    responses=problems(NotFound),
    status_code=200,
    summary="Revoke a tax exemption",
)
async def end_exemption(exemption_id: FromPath[UUID], principal: NamedDependency[Principal]) -> ExemptionOut:
    """From now on; orders placed under it keep their prices."""
    return _exemption_out(await revoke_exemption(exemption_id, by=principal))


def _exemption_out(exemption: Exemption) -> ExemptionOut:
    return ExemptionOut(**{name: getattr(exemption, name) for name in Exemption.__slots__})


router = Router(
    path="/api/v1/agent",
    route_handlers=[show_exemptions, make_exemption, end_exemption],
    tags=["Agent: people and keys"],
)
