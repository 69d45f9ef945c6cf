"""Register devices and services: by owners, by resellers for their customers, by guests (WAR-3, WAR-7, WAR-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from store.customers import Principal
from store.kernel.throttle import TooManyTries
from store.markets import UnknownMarket, get_market
from store.warranty import (
    RegisterUnits,
    Registrar,
    RegistrationRefused,
    load_units,
    read_holder,
    register_units,
)
from store.warranty.certificates import UnknownCertificate, find_certificate
from store.warranty.find_registrations import registrations_of
from store.warranty.read_holder import CONTACT_PREFERENCES
from store.warranty.registration_errors import InvalidHolder, TooManyForForm
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems
from store.web.edge.locale import locale_for
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Limit, Page
from store.web.storefront.certificate_shapes import certificate_out
from store.web.storefront.registration_shapes import (
    FormOut,
    HolderBody,
    RegisterBody,
    RegisteredOut,
    RegistrationOut,
    registered_unit_out,
    registration_out,
)
from store.web.storefront.try_limits import (
    CERTIFICATE_BY_CLIENT,
    DEVICES_BY_ACCOUNT,
    DEVICES_BY_GUEST,
    DEVICES_BY_PARTNER,
)


@post(
    "/",
    opt=requires(*SHOPPERS, *DESK, idempotent=True),
    responses=problems(UnknownMarket, InvalidHolder, TooManyForForm, RegistrationRefused, TooManyTries),
    summary="Register devices and services",
)
async def register(
    request: Request[Any, Any, Any], data: JSONBody[RegisterBody], principal: NamedDependency[Principal]
) -> RegisteredOut:
    """All of the devices, or none and everything that is wrong with each. The owner gets a confirmation by e-mail.

    The same owner registering the same again gets the same answer. A device of somebody else is refused without telling
    whose it is. More devices than the form takes are sent as a CSV file.
    """
    await _count_tries(request, principal)
    market = get_market(data.market)
    locale = locale_for(request, market=market)
    outcomes = await register_units(
        RegisterUnits(
            holder=read_holder(data.holder.fields(), prefix="holder."),
            units=[unit.unit(data.attachment_ids) for unit in data.units],
            registrar=Registrar(
                market=market,
                locale=locale,
                actor=principal.name,
                identity=principal.identity,
                account_id=principal.account_id,
                partner_id=principal.partner_id,
                staff=principal.staff,
            ),
        )
    )
    units = await load_units(outcome.unit_id for outcome in outcomes if outcome.unit_id)
    return RegisteredOut(
        confirmation_sent_to=data.holder.email,
        units=[
            registered_unit_out(outcome, units[outcome.unit_id], market, locale)
            for outcome in outcomes
            if outcome.unit_id
        ],
    )


@get("/", opt=requires(*SIGNED_IN), summary="List your registered devices")
async def list_own(
    principal: NamedDependency[Principal], locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[RegistrationOut]:
    """The newest first, with their warranty as of today.

    A customer sees what was registered with the account, and for its e-mail address once that is confirmed; a partner
    all that its people registered.
    """
    after = decode_cursor(cursor, datetime, UUID)
    assert principal.account_id is not None
    rows = await registrations_of(
        account_id=principal.account_id,
        partner_id=principal.partner_id,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    units = await load_units(row["unit_id"] for row in shown)
    return Page(
        items=[registration_out(row, units[row["unit_id"]], locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["registered_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get(
    "/form",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(UnknownMarket, UnknownCertificate, TooManyTries),
    summary="What the registration form asks for",
)
async def show_form(
    request: Request[Any, Any, Any],
    market: Annotated[str, QueryParameter(max_length=16)],
    locale: NamedDependency[str],
    certificate: Annotated[
        str | None, QueryParameter(max_length=64, description="The number in the activation link.")
    ] = None,
) -> FormOut:
    """With `certificate`, the service and how many devices it is left for; nothing about its buyer (CER-1)."""
    found = None
    policy = get_market(market).policy
    if certificate is not None:
        client = client_address(request)
        await CERTIFICATE_BY_CLIENT.spend(client)
        found = await find_certificate(certificate)
        await CERTIFICATE_BY_CLIENT.give_back(client)
    return FormOut(
        units_max=policy.form_units_max,
        required_holder_fields=[name for name in HolderBody.__struct_fields__ if name != "company"],
        contact_preferences=list(CONTACT_PREFERENCES),
        certificate=certificate_out(found, locale) if found else None,
    )


async def _count_tries(request: Request[Any, Any, Any], principal: Principal) -> None:
    """Refusals tell which serial numbers exist, and each registration sends an e-mail. Raises TooManyTries."""
    if principal.staff:
        return
    if principal.partner_id is not None:
        await DEVICES_BY_PARTNER.spend(str(principal.partner_id))
    elif principal.account_id is not None:
        await DEVICES_BY_ACCOUNT.spend(str(principal.account_id))
    else:
        await DEVICES_BY_GUEST.spend(client_address(request))


router = Router(path="/api/v1/registrations", route_handlers=[register, list_own, show_form], tags=["Warranty"])
