"""The time: UTC-aware, from one clock per process that tests and the demo can move.

`now()` is the only source of time in the store; SQL never asks the database for it. A movable clock is refused in
production (see settings).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_offset = timedelta()


def now() -> datetime:
    return datetime.now(UTC) + _offset


def today(time_zone: str) -> date:
    """The calendar day in a market's time zone."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def offset() -> timedelta:
    return _offset


def set_offset(value: timedelta) -> None:
    """Move the clock; for tests and the demo."""
    global _offset  # noqa: PLW0603 - one clock per process is the point
    _offset = value
