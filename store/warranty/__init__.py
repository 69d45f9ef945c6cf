"""Units, what their warranty covers, who registered them, service certificates, imports (WAR, CER)."""

from __future__ import annotations

from store.kernel.outbox import Consumer
from store.warranty.certificates import CERTIFICATE_GUARD, issue_certificates
from store.warranty.coverage import Coverage, coverage, extension_period, last_day
from store.warranty.import_rows import work_on_import
from store.warranty.keep_units import on_shipment_moved
from store.warranty.owners import Owner, owner_of
from store.warranty.passport import PassportEntry, passport, record_event, record_events, register_events
from store.warranty.read_holder import read_holder
from store.warranty.register_units import RegisterUnits, register_entries, register_units
from store.warranty.registration import Entry, Holder, Outcome, RegisterUnit, Registrar
from store.warranty.registration_errors import RegistrationRefused
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
        ("warranty_import.asked", work_on_import),
    ]


__all__ = [
    "CERTIFICATE_GUARD",
    "UNIT",
    "UNIT_STATUS_LABELS",
    "Coverage",
    "Entry",
    "Holder",
    "Outcome",
    "Owner",
    "PassportEntry",
    "RegisterUnit",
    "RegisterUnits",
    "Registrar",
    "RegistrationRefused",
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
    "read_holder",
    "record_event",
    "record_events",
    "register_entries",
    "register_events",
    "register_units",
    "take_back",
    "unit_day",
    "units_of_line",
]
