"""Is it still under warranty? Asked by serial number, by anybody (WAR-1, WAR-2)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from store.catalog.serial_numbers import InvalidSerial
from store.customers import Principal
from store.kernel.errors import Forbidden
from store.kernel.throttle import TooManyTries
from store.warranty import coverage, unit_day
from store.warranty.find_serial import UnknownSerial, units_with
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, PUBLIC, SHOPPERS, requires
from store.web.storefront.try_limits import WARRANTY_LOOKUP_BY_CLIENT
from store.web.storefront.warranty_shapes import (
    LookupOut,
    WarrantyEligibilityOut,
    verdict_out,
    warranty_out,
)

AsOf = Annotated[date | None, QueryParameter(description="Staff only: as of that day.")]


# Open to everybody, without a storefront's key: the label of a device is read by who has found or bought it, and a
# workshop's or an insurer's page has no key. What keeps serial numbers from being tried out is the throttle by network
# address, and that there is nothing to be had: the answers tell of devices, never of their owners.
@get(
    "/",
    opt=requires(*PUBLIC),
    responses=problems(UnknownSerial, InvalidSerial, TooManyTries),
    summary="Look up a warranty with the serial number in the query",
)
async def look_up_typed(
    request: Request[Any, Any, Any],
    locale: NamedDependency[str],
    serial: Annotated[str, QueryParameter(max_length=200, description="As it was typed.")],
) -> LookupOut:
    """The same as with the serial number in the path, for serial numbers with a slash."""
    return await _looked_up(request, serial, locale)


@get(
    "/{serial:str}",
    opt=requires(*PUBLIC),
    responses=problems(UnknownSerial, InvalidSerial, TooManyTries),
    summary="Look up a warranty by serial number",
)
async def look_up(request: Request[Any, Any, Any], serial: FromPath[str], locale: NamedDependency[str]) -> LookupOut:
    """The product, its warranty and its services; no login, and nothing about its owner.

    What was typed is read kindly. What can't be a serial number is refused with what may be meant; an unknown one with
    look-alikes of what was typed.
    """
    return await _looked_up(request, serial, locale)


@get(
    "/{serial:str}/eligibility",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(UnknownSerial, InvalidSerial, TooManyTries, Forbidden),
    summary="May this be claimed under warranty?",
)
async def show_eligibility(
    request: Request[Any, Any, Any],
    serial: FromPath[str],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    as_of: AsOf = None,
) -> WarrantyEligibilityOut:
    """Yes or no, with the rule, its facts, the deadline and a sentence. Staff may ask as of another day."""
    if not principal.staff:
        if as_of is not None:
            raise Forbidden
        await WARRANTY_LOOKUP_BY_CLIENT.spend(client_address(request))
    units = await units_with(serial)
    seen = [(unit, coverage(unit, as_of or unit_day(unit))) for unit in units]
    return WarrantyEligibilityOut(
        serial=units[0].serial,
        as_of=seen[0][1].as_of,
        eligible=any(each.in_warranty for _, each in seen),
        items=[verdict_out(unit, each, locale) for unit, each in seen],
    )


async def _looked_up(request: Request[Any, Any, Any], serial: str, locale: str) -> LookupOut:
    await WARRANTY_LOOKUP_BY_CLIENT.spend(client_address(request))
    units = await units_with(serial)
    return LookupOut(
        serial=units[0].serial, items=[warranty_out(unit, coverage(unit, unit_day(unit)), locale) for unit in units]
    )


router = Router(path="/api/v1/warranty", route_handlers=[look_up_typed, look_up, show_eligibility], tags=["Warranty"])
