"""Which days people work in a country, from the `holidays` library, a year at a time.

China's make-up days, where a weekend is worked for a longer holiday, come from the same source; the State Council
publishes them a year ahead, so later years know the statutory days only.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

from store.kernel import clock


def is_work_day(country: str, subdivision: str | None, day: date) -> bool:
    return day not in days_off(country, subdivision, day.year)


def is_public_holiday(country: str, subdivision: str | None, day: date) -> bool:
    return day in _calendar_days(country, subdivision, day.year)[1]


def days_off(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """Weekends and public holidays of a year, without the weekends that are worked."""
    return _calendar_days(country, subdivision, year)[0]


def warm_calendar(country: str, subdivision: str | None) -> bool:
    """Compute this year and the next before anyone waits for them; False if the library knows no such calendar."""
    year = clock.now().year
    try:
        for ahead in range(2):
            days_off(country, subdivision, year + ahead)
    except NotImplementedError:
        return False
    return True


@cache
def _calendar_days(country: str, subdivision: str | None, year: int) -> tuple[frozenset[date], frozenset[date]]:
    # A holiday on a weekend may be observed in the neighbouring year, so its neighbours are computed too.
    calendar = holidays.country_holidays(country, subdiv=subdivision, years=(year - 1, year, year + 1))
    first = date(year, 1, 1)
    days = [first + timedelta(days=count) for count in range((date(year, 12, 31) - first).days + 1)]
    return (
        frozenset(day for day in days if not calendar.is_working_day(day)),
        frozenset(day for day in days if day in calendar),
    )
