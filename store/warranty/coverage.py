"""Is it in warranty, until when, and why: one pure function that explains itself (WAR-4, WAR-6, RMA-18).

A warranty of so many months ends on the day of the month on which it began, or on the month's last day where there is
no such day, and that last day counts: 12 months from 15 March run to the end of 15 March of the next year.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from typing import Any

from store.kernel.i18n import N_
from store.warranty.statuses import UnitStatus
from store.warranty.units import Unit, UnitService


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """`sentence` is marked for translation and takes `facts`; rule and code never change with the language.

    `standard_until` is the last day without extensions (inherited days count), `until` the last day with them;
    `services` are those that the unit had on the day that was asked about, `days_left` the days of warranty after it.
    """

    as_of: date
    in_warranty: bool
    rule: str
    code: str
    starts_on: date
    standard_until: date
    until: date
    days_left: int
    services: tuple[UnitService, ...]
    sentence: str
    facts: Mapping[str, Any]


# code → (rule, what it says). Facts: serial, as_of, starts_on, standard_until, until, days_left, since.
EXPLANATIONS = {
    "standard_running": ("WAR-4", N_("The standard warranty runs from {starts_on} to {until}.")),
    "standard_over": ("WAR-4", N_("The standard warranty began on {starts_on} and ended on {until}.")),
    "unregistered_running": (
        "WAR-4",
        N_(
            "The standard warranty runs from {starts_on} to {until}. The device is not registered, so it has no"
            " services."
        ),
    ),
    "extension_ahead": (
        "WAR-6",
        N_("The standard warranty runs to {standard_until}, and its extension from then on to {until}."),
    ),
    "extension_running": (
        "WAR-6",
        N_("The standard warranty ended on {standard_until}, but its extension runs to {until}."),
    ),
    "extension_over": (
        "WAR-6",
        N_("The standard warranty ended on {standard_until}, and its extension on {until}."),
    ),
    "inherited_running": (
        "RMA-18",
        N_("This device replaced another one and has the rest of its warranty, to {until}."),
    ),
    "inherited_over": (
        "RMA-18",
        N_("This device replaced another one and had the rest of its warranty, which ended on {until}."),
    ),
    "not_started": ("WAR-4", N_("The warranty begins on {starts_on}.")),
    "unit_returned": ("RMA-18", N_("This device was given back to us on {since}, so its warranty is over.")),
    "unit_replaced": (
        "RMA-18",
        N_("This device was replaced by another one on {since}, which has the rest of its warranty."),
    ),
    "unit_scrapped": ("RMA-18", N_("This device was taken back for disposal on {since}, so its warranty is over.")),
}


def coverage(unit: Unit, as_of: date) -> Coverage:
    """What the unit's warranty is on that day of its market. Pure: nothing is looked up."""
    gone = unit.status != UnitStatus.ACTIVE and as_of >= unit.status_on
    services = _services(unit, as_of, gone=gone)
    own_until = last_day(unit.warranty_starts_on, unit.warranty_months)
    standard_until = max(own_until, unit.inherited_until or own_until)
    until = max([standard_until, *(_extension_end(service, standard_until) for service in services)])
    in_warranty = not gone and unit.warranty_starts_on <= as_of <= until
    code = f"unit_{unit.status}" if gone else _code(unit, as_of, own_until, standard_until, until)
    rule, sentence = EXPLANATIONS[code]
    days_left = (until - as_of).days if in_warranty else 0
    return Coverage(
        as_of=as_of,
        in_warranty=in_warranty,
        rule=rule,
        code=code,
        starts_on=unit.warranty_starts_on,
        standard_until=standard_until,
        until=until,
        days_left=days_left,
        services=services,
        sentence=sentence,
        facts={
            "serial": unit.serial,
            "as_of": as_of,
            "starts_on": unit.warranty_starts_on,
            "standard_until": standard_until,
            "until": until,
            "days_left": days_left,
            "since": unit.status_on,
        },
    )


def last_day(starts_on: date, months: int) -> date:
    """The last day of a warranty or service of so many months; none at all ends before it begins."""
    if months == 0:
        return starts_on - timedelta(days=1)
    years, month = divmod(starts_on.month - 1 + months, 12)
    year = starts_on.year + years
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(starts_on.day, calendar.monthrange(year, month + 1)[1]))


def extension_period(unit: Unit, months: int) -> tuple[date, date]:
    """First and last day of an extension that begins where the coverage of today's services ends (WAR-6)."""
    own_until = last_day(unit.warranty_starts_on, unit.warranty_months)
    standard_until = max(own_until, unit.inherited_until or own_until)
    before = max([standard_until, *(_extension_end(service, standard_until) for service in unit.services)])
    return before + timedelta(days=1), last_day(before, months)


def _services(unit: Unit, as_of: date, *, gone: bool) -> tuple[UnitService, ...]:
    """WAR-4: without a registered owner there are none; before it came back a unit had those that moved on since."""
    if gone:
        return ()
    had = tuple(each for each in unit.former_services if each.ended_on is not None and as_of < each.ended_on)
    return (*had, *unit.services) if unit.registered or unit.status != UnitStatus.ACTIVE else ()


def _extension_end(service: UnitService, standard_until: date) -> date:
    if not service.extends_months:
        return standard_until
    return service.ends_on or last_day(standard_until, service.extends_months)


def _code(unit: Unit, as_of: date, own_until: date, standard_until: date, until: date) -> str:
    if as_of < unit.warranty_starts_on:
        return "not_started"
    if until > standard_until:
        if as_of > until:
            return "extension_over"
        return "extension_running" if as_of > standard_until else "extension_ahead"
    if standard_until > own_until:
        return "inherited_over" if as_of > until else "inherited_running"
    if as_of > until:
        return "standard_over"
    return "standard_running" if unit.registered else "unregistered_running"
