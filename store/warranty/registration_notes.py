"""What an owner has missed by registering late, and until when services can still be had (WAR-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from store.kernel.i18n import N_
from store.warranty.coverage import coverage
from store.warranty.units import Unit

# code → (rule, what it says).
NOTES = {
    "registered_late": (
        "WAR-11",
        N_("The warranty began on {starts_on}. Before it was registered the device could have no services."),
    ),
    "service_days_gone": (
        "WAR-11",
        N_("{service} runs from {starts_on}; the days before it was registered could not be used."),
    ),
    "services_until": (
        "WAR-6",
        N_("Extensions and services can be registered for the device until {standard_until}."),
    ),
    "services_too_late": (
        "WAR-6",
        N_("The standard warranty ended on {standard_until}: extensions and services can no longer be registered."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`sentence` is marked for translation and takes `facts`; a fact that is a mapping is a name by locale."""

    rule: str
    code: str
    sentence: str
    facts: Mapping[str, Any]


def registration_notes(unit: Unit, as_of: date, *, late_days: int) -> list[Note]:
    """For a unit that was registered on that day; `late_days` after the warranty began it counts as late. Pure."""
    seen = coverage(unit, as_of)
    facts: dict[str, Any] = {"starts_on": seen.starts_on, "standard_until": seen.standard_until}
    notes = []
    if seen.starts_on + timedelta(days=late_days) < as_of <= seen.standard_until:
        notes.append(_note("registered_late", facts))
    notes += [
        _note("service_days_gone", {"service": service.names, "starts_on": service.starts_on})
        for service in seen.services
        if service.starts_on < as_of and not service.extends_months
    ]
    if as_of > seen.standard_until:
        notes.append(_note("services_too_late", facts))
    elif not seen.services:
        notes.append(_note("services_until", facts))
    return notes


def _note(code: str, facts: Mapping[str, Any]) -> Note:
    rule, sentence = NOTES[code]
    return Note(rule=rule, code=code, sentence=sentence, facts=facts)
