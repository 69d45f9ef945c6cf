"""Devices at the service desk: the whole passport with its owners, and ending a registration (WAR-3, ORD-7)."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.catalog.serial_numbers import InvalidSerial
from store.customers import Principal
from store.kernel import db
from store.kernel.errors import NotFound
from store.orders.find_orders import order_numbers
from store.warranty import PassportEntry, Unit, coverage, get_unit, passport, unit_day
from store.warranty.end_registration import end_registration
from store.warranty.find_registrations import get_registration, registrations_of_units
from store.warranty.find_serial import UnknownSerial, units_with
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Out, RequestBody
from store.web.storefront.registration_shapes import HolderOut, holder_out
from store.web.storefront.warranty_shapes import DeviceWarrantyOut, said, warranty_facts

AsOf = Annotated[date | None, QueryParameter(description="The warranty as of that day; today without it.")]


class EndBody(RequestBody):
    """Why the registration ends; kept in the audit trail."""

    reason: Annotated[str, Meta(min_length=3, max_length=2000, examples=["sold on, invoice seen"])]
    EXAMPLE: ClassVar = {"reason": "Sold on; the invoice was seen."}


class UnitRegistrationOut(Out):
    """Who owned the device, from when to when; files can be downloaded by their ids."""

    id: UUID
    holder: HolderOut
    account_id: UUID | None
    partner_id: UUID | None
    purchased_on: date
    registered_at: datetime
    registered_by: str
    import_id: UUID | None
    attachment_ids: list[UUID]
    ended_at: datetime | None


class PassportEntryOut(Out):
    """`public` entries may be told to anybody."""

    at: datetime
    kind: str
    message: str
    public: bool


class AgentUnitOut(DeviceWarrantyOut, kw_only=True):
    """Everything about one device. `origin` is sold (by us), imported or registered."""

    id: UUID
    serial: str
    origin: Annotated[str, Meta(examples=["sold", "imported", "registered"])]
    market: str
    order_number: str | None
    replaces_unit_id: UUID | None
    registrations: list[UnitRegistrationOut]
    timeline: list[PassportEntryOut]


@get(
    "/units/{serial:str}",
    opt=requires(*DESK),
    responses=problems(UnknownSerial, InvalidSerial),
    summary="Show everything about a device",
)
async def show_unit(serial: FromPath[str], locale: NamedDependency[str], as_of: AsOf = None) -> list[AgentUnitOut]:
    """Its warranty (as of any day), services, owners, and its passport from the sale on.

    One device, or those of several products with the same serial number.
    """
    return await _shown(await units_with(serial), as_of, locale)


@post(
    "/registrations/{registration_id:uuid}/end",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound),
    summary="End a registration",
)
async def end(
    registration_id: FromPath[UUID],
    data: JSONBody[EndBody],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentUnitOut:
    """The device was sold on, or registered by mistake. Its services count again once it is registered anew."""
    await end_registration(registration_id, reason=data.reason, principal=principal)
    unit = await get_unit((await get_registration(registration_id))["unit_id"])
    return (await _shown([unit], None, locale))[0]


async def _shown(units: list[Unit], as_of: date | None, locale: str) -> list[AgentUnitOut]:
    registrations = await registrations_of_units([unit.id for unit in units])
    numbers = await order_numbers([unit.order_id for unit in units if unit.order_id])
    timelines = await asyncio.gather(*(passport(unit.id, staff=True) for unit in units))
    return [
        AgentUnitOut(
            **warranty_facts(unit, coverage(unit, as_of or unit_day(unit)), locale),
            id=unit.id,
            serial=unit.serial,
            origin=unit.origin,
            market=unit.market,
            order_number=numbers.get(unit.order_id) if unit.order_id else None,
            replaces_unit_id=unit.replaces_unit_id,
            registrations=[_registration_out(row) for row in registrations if row["unit_id"] == unit.id],
            timeline=[_entry_out(entry, locale) for entry in timeline],
        )
        for unit, timeline in zip(units, timelines, strict=True)
    ]


def _registration_out(row: db.Row) -> UnitRegistrationOut:
    facts: dict[str, Any] = {name: row[name] for name in UnitRegistrationOut.__struct_fields__ if name != "holder"}
    return UnitRegistrationOut(**facts, holder=holder_out(row["holder"]))


def _entry_out(entry: PassportEntry, locale: str) -> PassportEntryOut:
    return PassportEntryOut(
        at=entry.at, kind=entry.kind, message=said(entry.sentence, entry.facts, locale), public=entry.public
    )


router = Router(path="/api/v1/agent", route_handlers=[show_unit, end], tags=["Agent: warranty"])
