"""When support can be reached, as a reader of one language reads it (SUP-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_datetime, format_interval, get_timezone_name
from babel.lists import format_list

from store.kernel import clock
from store.kernel.errors import StoreError
from store.kernel.i18n import N_, babel_locale, translate
from store.kernel.wording import long_date
from store.markets import Market, OpeningHours
from store.markets.public_holidays import is_public_holiday
from store.markets.support_hours import WEEKDAYS, Weekday

HOLIDAYS_AHEAD_DAYS = 30

Periods = tuple[tuple[time, time], ...]


class UnknownTimeZone(StoreError):
    code = "unknown_time_zone"
    status = 422
    title = N_("This time zone is not known.")
    detail = N_("Name it by continent and city, for example {example}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursLine:
    """`text` says it whole: "Monday to Friday: 9:00 AM – 6:00 PM"."""

    days: tuple[Weekday, ...]
    days_text: str
    hours_text: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment in a zone, with the zone as people call it."""

    at: datetime
    time_zone: str
    time_zone_name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportChannels:
    """`next_opening` and the same for the reader are None while support is open; times are support's own."""

    phone: str
    email: str
    time_zone: str
    time_zone_name: str
    hours: tuple[HoursLine, ...]
    open_now: bool
    next_opening: Moment | None
    next_opening_for_reader: Moment | None
    closed_on: tuple[ClosedDay, ...]


def support_channels(
    market: Market, locale: str, *, at: datetime | None = None, reader_zone: str | None = None
) -> SupportChannels:
    """How to reach support of a market. `reader_zone` is where the reader is. Raises UnknownTimeZone."""
    support, at = market.support, at or clock.now()
    zone = None if reader_zone is None else _known(reader_zone)
    opening = support.next_opening(at)
    return SupportChannels(
        phone=support.phone,
        email=support.email,
        time_zone=support.time_zone,
        time_zone_name=_zone_name(support.time_zone, at, locale),
        hours=hours_lines(support.hours, locale),
        open_now=support.is_open(at),
        next_opening=_moment(opening, support.time_zone, locale) if opening else None,
        next_opening_for_reader=_moment(opening, zone, locale) if opening and zone else None,
        closed_on=_closed_days(market, locale, at),
    )


def hours_lines(hours: Sequence[OpeningHours], locale: str) -> tuple[HoursLine, ...]:
    """Days with the same hours on one line, in the order of the week; days without hours are left out."""
    groups: dict[Periods, list[int]] = {}
    for number, weekday in enumerate(WEEKDAYS):
        periods = tuple(sorted((each.opens, each.closes) for each in hours if weekday in each.days))
        if periods:
            groups.setdefault(periods, []).append(number)
    return tuple(_line(periods, days, locale) for periods, days in groups.items())


def _line(periods: Periods, days: list[int], locale: str) -> HoursLine:
    days_text = _days(days, locale)
    hours_text = format_list([_period(opens, closes, locale) for opens, closes in periods], locale=babel_locale(locale))
    return HoursLine(
        days=tuple(WEEKDAYS[day] for day in days),
        days_text=days_text,
        hours_text=hours_text,
        text=translate(locale, N_("{days}: {hours}"), {"days": days_text, "hours": hours_text}),
    )


def _days(days: list[int], locale: str) -> str:
    """ "Monday to Friday", "Saturday and Sunday": three days or more in a row as a range."""
    names = babel_locale(locale).days["stand-alone"]["wide"]
    parts: list[str] = []
    for first, last in _rows(days):
        if last - first >= 2:
            facts = {"first": names[first], "last": names[last]}
            parts.append(translate(locale, N_("{first} to {last}"), facts))
        else:
            parts += [names[day] for day in range(first, last + 1)]
    text = format_list(parts, locale=babel_locale(locale))
    return text[:1].upper() + text[1:]


def _rows(days: list[int]) -> list[tuple[int, int]]:
    """Days in a row as (first, last)."""
    rows: list[tuple[int, int]] = []
    for day in days:
        if rows and rows[-1][1] == day - 1:
            rows[-1] = (rows[-1][0], day)
        else:
            rows.append((day, day))
    return rows


def _period(opens: time, closes: time, locale: str) -> str:
    """By the clock of twelve or of twenty-four hours, as the language has it (CLDR)."""
    known = babel_locale(locale)
    skeleton = "hm" if "a" in known.time_formats["short"].pattern else "Hm"
    return format_interval(opens, closes, skeleton, locale=known)


def _moment(at: datetime, time_zone: str, locale: str) -> Moment:
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    known = babel_locale(locale)
    skeleton = long_date(local, locale, "full")
    clock_text = format_datetime(local, known.time_formats["short"].pattern, tzinfo=zone, locale=known)
    return Moment(
        at=at.astimezone(UTC),
        time_zone=time_zone,
        time_zone_name=_zone_name(time_zone, at, locale),
        text=translate(locale, N_("{day} at {time}"), {"day": skeleton, "time": clock_text}),
    )


def _zone_name(time_zone: str, at: datetime, locale: str) -> str:
    return get_timezone_name(at.astimezone(ZoneInfo(time_zone)), locale=babel_locale(locale))


def _closed_days(market: Market, locale: str, at: datetime) -> tuple[ClosedDay, ...]:
    """Public holidays of the next weeks on which support would have been open."""
    support = market.support
    if support.open_on_holidays:
        return ()
    today = at.astimezone(ZoneInfo(support.time_zone)).date()
    ahead = (today + timedelta(days=count) for count in range(HOLIDAYS_AHEAD_DAYS))
    worked = {weekday for hours in support.hours for weekday in hours.days}
    return tuple(
        ClosedDay(day=day, text=long_date(day, locale, "full"))
        for day in ahead
        if WEEKDAYS[day.weekday()] in worked
        and is_public_holiday(support.holiday_country, support.holiday_subdivision, day)
    )


def _known(name: str) -> str:
    if name not in _zones():
        raise UnknownTimeZone(time_zone=name, example="Europe/Paris")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
