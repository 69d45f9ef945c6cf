"""Units, what their warranty covers, who registered them, service certificates, imports (WAR, CER)."""

from __future__ import annotations

from store.kernel.outbox import Consumer
from store.warranty.certificates import CERTIFICATE_GUARD, issue_certificates
from store.warranty.coverage import Coverage, coverage, extension_period, last_day
from store.warranty.keep_units import on_shipment_moved
from store.warranty.owners import Owner, owner_of
from store.warranty.passport import PassportEntry, passport, record_event, record_events, register_events
from store.warranty.replace_unit import UnitReplacedBefore, inherit
from store.warranty.statuses import UNIT, UNIT_STATUS_LABELS, UnitStatus
from store.warranty.take_back import take_back
from store.warranty.units import (
    Unit,
    UnitService,
    find_units,
    get_unit,
    load_units,
    lock_unit,
    lock_units,
    unit_day,
    units_of_line,
)


def consumers() -> list[tuple[str, Consumer]]:
    """(topic, consumer): what this room does about the facts of the rooms below."""
    return [
        ("shipment.dispatched", on_shipment_moved),
        ("shipment.dispatched", issue_certificates),
        ("shipment.returned", on_shipment_moved),
    ]


__all__ = [
    "CERTIFICATE_GUARD",
    "UNIT",
    "UNIT_STATUS_LABELS",
    "Coverage",
    "Owner",
    "PassportEntry",
    "Unit",
    "UnitReplacedBefore",
    "UnitService",
    "UnitStatus",
    "consumers",
    "coverage",
    "extension_period",
    "find_units",
    "get_unit",
    "inherit",
    "last_day",
    "load_units",
    "lock_unit",
    "lock_units",
    "owner_of",
    "passport",
    "record_event",
    "record_events",
    "register_events",
    "take_back",
    "unit_day",
    "units_of_line",
]
