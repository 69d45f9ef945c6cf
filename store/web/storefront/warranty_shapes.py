"""What answers about warranties consist of; nothing in them tells whose a device is (WAR-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta

from store.kernel.i18n import pick, translate
from store.kernel.wording import plain, spoken_facts
from store.warranty import UNIT_STATUS_LABELS, Coverage, Unit, UnitService, UnitStatus
from store.web.edge.schemas import Out


class DeviceOut(Out):
    """What the device is."""

    name: str
    sku: str
    product: Annotated[str, Meta(description="The product's slug.", examples=["halvoris-desk-400"])]
    manufacturer: str
    manufacturer_name: str


class CoverageOut(Out):
    """Whether the device is in warranty on a day of its market, and why.

    `rule` is the requirement that it stands on, `code` never changes with the language. `standard_until` is the last
    day without extensions, `until` the last day with them; both days count. `days_left` are the days after `as_of`.
    """

    in_warranty: bool
    rule: Annotated[str, Meta(examples=["WAR-4"])]
    code: Annotated[str, Meta(examples=["standard_running", "extension_running", "standard_over"])]
    message: str
    as_of: date
    starts_on: date
    standard_until: date
    until: date
    days_left: int


class ServiceOut(Out):
    """A registered service, from its first to its last day; `ends_on` null: without end."""

    reference: Annotated[str, Meta(examples=["CARE-24M"])]
    name: str
    extends_warranty_months: int
    starts_on: date
    ends_on: date | None
    running: bool


class DeviceWarrantyOut(Out):
    """A device with its warranty and the services that are registered for it."""

    device: DeviceOut
    status: Annotated[str, Meta(examples=["active", "returned", "replaced", "scrapped"])]
    status_label: str
    registered: bool
    warranty: CoverageOut
    services: list[ServiceOut]


class LookupOut(Out):
    """`items` has one device, or one of each product that uses this serial number."""

    serial: str
    items: list[DeviceWarrantyOut]


class WarrantyVerdictOut(Out):
    """Whether something may be done under warranty. `facts` are what the rule looked at, `deadline` the last day."""

    device: DeviceOut
    eligible: bool
    rule: Annotated[str, Meta(examples=["WAR-4"])]
    code: str
    message: str
    deadline: date
    facts: dict[str, Any]


class WarrantyEligibilityOut(Out):
    """`eligible` when any of the devices with this serial number is; `items` has each."""

    serial: str
    as_of: date
    eligible: bool
    items: list[WarrantyVerdictOut]


def warranty_facts(unit: Unit, seen: Coverage, locale: str) -> dict[str, Any]:
    """The fields of DeviceWarrantyOut."""
    return {
        "device": device_out(unit, locale),
        "status": unit.status,
        "status_label": translate(locale, UNIT_STATUS_LABELS[UnitStatus(unit.status)]),
        "registered": unit.registered,
        "warranty": coverage_out(seen, locale),
        "services": [service_out(service, seen.as_of, locale) for service in seen.services],
    }


def warranty_out(unit: Unit, seen: Coverage, locale: str) -> DeviceWarrantyOut:
    return DeviceWarrantyOut(**warranty_facts(unit, seen, locale))


def device_out(unit: Unit, locale: str) -> DeviceOut:
    return DeviceOut(
        name=pick(unit.names, locale),
        sku=unit.sku,
        product=unit.product_slug,
        manufacturer=unit.manufacturer,
        manufacturer_name=unit.manufacturer_name,
    )


def coverage_out(seen: Coverage, locale: str) -> CoverageOut:
    return CoverageOut(
        in_warranty=seen.in_warranty,
        rule=seen.rule,
        code=seen.code,
        message=said(seen.sentence, seen.facts, locale),
        as_of=seen.as_of,
        starts_on=seen.starts_on,
        standard_until=seen.standard_until,
        until=seen.until,
        days_left=seen.days_left,
    )


def service_out(service: UnitService, as_of: date, locale: str) -> ServiceOut:
    return ServiceOut(
        reference=service.reference,
        name=pick(service.names, locale),
        extends_warranty_months=service.extends_months,
        starts_on=service.starts_on,
        ends_on=service.ends_on,
        running=service.starts_on <= as_of and (service.ends_on is None or as_of <= service.ends_on),
    )


def verdict_out(unit: Unit, seen: Coverage, locale: str) -> WarrantyVerdictOut:
    return WarrantyVerdictOut(
        device=device_out(unit, locale),
        eligible=seen.in_warranty,
        rule=seen.rule,
        code=seen.code,
        message=said(seen.sentence, seen.facts, locale),
        deadline=seen.until,
        facts={name: plain(value, locale) for name, value in seen.facts.items()},
    )


def said(sentence: str, facts: Mapping[str, Any], locale: str) -> str:
    """A sentence in the reader's language; facts that are names by locale are put in as the reader calls them."""
    named = {name: pick(value, locale) if isinstance(value, Mapping) else value for name, value in facts.items()}
    return translate(locale, sentence, spoken_facts(named, locale))
