"""Service certificates at the service desk: find one, send it again to its buyer, withdraw it (CER-2, CER-4)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.customers import Principal
from store.kernel.i18n import normalize_locale
from store.kernel.ids import normalize_number
from store.warranty.certificates import (
    Certificate,
    CertificateUsedUp,
    UnknownCertificate,
    certificates_of_buyer,
    find_certificate,
    find_certificates,
    resend_certificate,
    revoke_unused,
    units_of_certificates,
)
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Quantity, RequestBody
from store.web.storefront.certificate_shapes import OwnCertificateOut, own_certificate_facts

Query = Annotated[str | None, QueryParameter(min_length=1, max_length=254)]


class Revoke(RequestBody):
    """So many unused units, or all of them; the reason is kept."""

    reason: Annotated[str, Meta(min_length=3, max_length=2000)]
    units: Quantity | None = None
    EXAMPLE: ClassVar = {"reason": "The service was refunded.", "units": 1}


class AgentCertificateOut(OwnCertificateOut, kw_only=True):
    """With its buyer. `revoked_units` were refunded or withdrawn."""

    id: UUID
    email: str
    account_id: UUID | None
    partner_id: UUID | None
    market: str
    locale: str
    revoked_units: int


@get("/", opt=requires(*DESK), summary="Find service certificates")
async def search(
    locale: NamedDependency[str], number: Query = None, email: Query = None, order_number: Query = None
) -> list[AgentCertificateOut]:
    """By number, or by the buyer's e-mail and the order; the newest first, at most 100."""
    if number is not None:
        found = list((await find_certificates([number])).values())
    else:
        order = normalize_number(order_number) if order_number else None
        found = await certificates_of_buyer(email=email, order_number=order)
    return await _shown(found, locale)


@get("/{number:str}", opt=requires(*DESK), responses=problems(UnknownCertificate), summary="Show a service certificate")
async def show_certificate(number: FromPath[str], locale: NamedDependency[str]) -> AgentCertificateOut:
    """With its buyer and the devices that it is used for."""
    return (await _shown([await find_certificate(number)], locale))[0]


@post(
    "/{number:str}/resend",
    opt=requires(*DESK, idempotent=True),
    status_code=202,
    responses=problems(UnknownCertificate),
    summary="Send a service certificate again",
)
async def send_again(number: FromPath[str], principal: NamedDependency[Principal]) -> None:
    """To the buyer's e-mail; there is no other way."""
    await resend_certificate((await find_certificate(number)).id, principal=principal)


@post(
    "/{number:str}/revoke",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(UnknownCertificate, CertificateUsedUp),
    summary="Withdraw unused units of a service certificate",
)
async def revoke(
    number: FromPath[str],
    data: JSONBody[Revoke],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentCertificateOut:
    """For numbers that were stolen or given by mistake. A refund withdraws its units itself."""
    certificate = await find_certificate(number)
    after = await revoke_unused(certificate.id, units=data.units, principal=principal, reason=data.reason)
    return (await _shown([after], locale))[0]


async def _shown(certificates: list[Certificate], locale: str) -> list[AgentCertificateOut]:
    units = await units_of_certificates([each.id for each in certificates])
    return [
        AgentCertificateOut(
            **own_certificate_facts(each, units[each.id], locale),
            id=each.id,
            email=each.email,
            account_id=each.account_id,
            partner_id=each.partner_id,
            market=each.market,
            locale=normalize_locale(each.locale) or each.locale,
            revoked_units=each.revoked_units,
        )
        for each in certificates
    ]


router = Router(
    path="/api/v1/agent/certificates",
    route_handlers=[search, show_certificate, send_again, revoke],
    tags=["Agent: warranty"],
)
