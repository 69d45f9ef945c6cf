"""When and how people reach support (SUP-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from store.markets.public_holidays import is_public_holiday

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """The same hours on some days of the week, in the local time of the support; `closes` is not open any more."""

    days: tuple[Weekday, ...]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            msg = "opens must come before closes"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportHours:
    """The support channels of a market; zone and holidays are the market's unless its file says otherwise."""

    phone: str
    email: str
    time_zone: str
    holiday_country: str
    hours: tuple[OpeningHours, ...]
    holiday_subdivision: str | None = None
    open_on_holidays: bool = False

    def is_open(self, at: datetime) -> bool:
        """Whether someone answers at that moment."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        return any(opens <= local.time() < closes for opens, closes in self._periods(local))

    def next_opening(self, at: datetime) -> datetime | None:
        """When support opens next (UTC-aware, in support's time zone); None while it is open or if it never opens."""
        if self.is_open(at):
            return None
        local = at.astimezone(ZoneInfo(self.time_zone))
        for count in range(32):
            day = local + timedelta(days=count)
            for opens, _ in self._periods(day):
                opening = datetime.combine(day.date(), opens, tzinfo=local.tzinfo)
                if opening > local:
                    return opening
        return None

    def _periods(self, day: datetime) -> list[tuple[time, time]]:
        if not self.open_on_holidays and is_public_holiday(self.holiday_country, self.holiday_subdivision, day.date()):
            return []
        weekday = WEEKDAYS[day.weekday()]
        return sorted((hours.opens, hours.closes) for hours in self.hours if weekday in hours.days)
