"""Service certificates: one's own, the one whose number one holds, and those that were lost (CER)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import Principal
from store.kernel.ids import normalize_number
from store.kernel.throttle import TooManyTries
from store.warranty.certificates import (
    UnknownCertificate,
    ask_resend,
    certificates_of,
    find_certificate,
    units_of_certificates,
)
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Email, Limit, Page, RequestBody
from store.web.storefront.certificate_shapes import (
    CertificateOut,
    OwnCertificateOut,
    certificate_out,
    own_certificate_out,
)
from store.web.storefront.try_limits import (
    CERTIFICATE_BY_CLIENT,
    CERTIFICATE_RESEND_BY_CLIENT,
    CERTIFICATE_RESEND_BY_TARGET,
)


class Resend(RequestBody):
    """The buyer's e-mail, the order's number, or both."""

    email: Email | None = None
    order_number: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    EXAMPLE: ClassVar = {"email": "camille@example.com", "order_number": "FR-7K3M-9QX2"}


@get("/", opt=requires(*SIGNED_IN), summary="List your service certificates")
async def show_own(
    principal: NamedDependency[Principal], locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[OwnCertificateOut]:
    """The newest first, each with the devices that it is used for; a partner sees those of its company (CER-2)."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await certificates_of(
        account_id=principal.account_id,
        partner_id=principal.partner_id,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    units = await units_of_certificates([each.id for each in shown])
    return Page(
        items=[own_certificate_out(each, units[each.id], locale) for each in shown],
        next_cursor=encode_cursor(shown[-1].issued_at, shown[-1].id) if len(rows) > limit else None,
    )


@get(
    "/{number:str}",
    opt=requires(*SHOPPERS),
    responses=problems(UnknownCertificate, TooManyTries),
    summary="Show a service certificate by its number",
)
async def show_certificate(
    request: Request[Any, Any, Any], number: FromPath[str], locale: NamedDependency[str]
) -> CertificateOut:
    """What `?certificate=` fills the registration form with. Who holds the number may use it; it tells nothing of its
    buyer. Numbers that nobody was given are counted by the caller's network address.
    """
    client = client_address(request)
    await CERTIFICATE_BY_CLIENT.spend(client)
    certificate = await find_certificate(number)
    await CERTIFICATE_BY_CLIENT.give_back(client)
    return certificate_out(certificate, locale)


@post(
    "/resend",
    opt=requires(*SHOPPERS),
    status_code=202,
    responses=problems(TooManyTries),
    summary="Send lost service certificates again",
)
async def resend(request: Request[Any, Any, Any], data: JSONBody[Resend]) -> None:
    """To the e-mail that bought them, whoever asks. The answer is the same whether or not there are any (CER-4)."""
    order_number = normalize_number(data.order_number) if data.order_number else None
    targets = [target for target in (data.email, order_number) if target]
    if not targets:
        raise invalid({"field": "email", "code": "required"})
    await CERTIFICATE_RESEND_BY_CLIENT.spend(client_address(request))
    for target in targets:
        await CERTIFICATE_RESEND_BY_TARGET.spend(target)
    await ask_resend(email=data.email, order_number=order_number)


router = Router(path="/api/v1/certificates", route_handlers=[show_own, show_certificate, resend], tags=["Warranty"])
