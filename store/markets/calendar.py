"""Dates that are promised and deadlines that are kept, on a market's calendar and in its time zone (SHP-2, REF-1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from store.markets.market import Market, ShippingMethod
from store.markets.public_holidays import is_work_day


def local_date(market: Market, at: datetime) -> date:
    """The calendar day of a moment in the market's time zone."""
    return at.astimezone(market.zone).date()


def is_working_day(market: Market, day: date) -> bool:
    return is_work_day(market.holiday_country, market.holiday_subdivision, day)


def next_working_day(market: Market, day: date) -> date:
    """The day itself if it is worked, else the first one after it."""
    while not is_working_day(market, day):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=4096)
def add_working_days(market: Market, day: date, count: int) -> date:
    """The working day `count` working days after `day`; a day off counts as the next working day first."""
    if count < 0:
        msg = "working days are counted forwards"
        raise ValueError(msg)
    day = next_working_day(market, day)
    for _ in range(count):
        day = next_working_day(market, day + timedelta(days=1))
    return day


def ship_date(market: Market, ordered_at: datetime, ready_on: date | None = None) -> date:
    """When goods leave: handling days after the order, or after they arrive in the warehouse if that is later."""
    start = local_date(market, ordered_at)
    if ready_on is not None and ready_on > start:
        start = ready_on
    return add_working_days(market, start, market.policy.handling_days)


def promised_date(
    market: Market, ordered_at: datetime, ready_on: date | None = None, method: ShippingMethod | None = None
) -> date:
    """When goods arrive: the ship date and the method's transit days (SHP-2).

    In stock and "2-day", ordered on a Monday: leaves on Tuesday, arrives on Thursday, the third working day.
    """
    leaves = ship_date(market, ordered_at, ready_on)
    return add_working_days(market, leaves, method.transit_days) if method else leaves


def backorder_window(market: Market, ordered_at: datetime) -> tuple[date, date]:
    """Between which days something without a known delivery date is expected to leave (CRT-2: two to three weeks)."""
    start = local_date(market, ordered_at)
    earliest, latest = market.policy.backorder_days
    return (
        next_working_day(market, start + timedelta(days=earliest)),
        next_working_day(market, start + timedelta(days=latest)),
    )


def ships_soon(market: Market, ordered_at: datetime, ready_on: date | None = None) -> bool:
    """Whether a card is authorised for it at placement already (PAY-5)."""
    wait = ship_date(market, ordered_at, ready_on) - local_date(market, ordered_at)
    return ready_on is None or wait.days <= market.policy.ships_soon_days


def refund_deadline(market: Market, dispatched_at: datetime) -> datetime:
    """The last instant, UTC-aware, to ask for a refund of a shipment (REF-1, SHP-8)."""
    return last_moment(market, local_date(market, dispatched_at) + timedelta(days=market.policy.refund_days))


def last_moment(market: Market, day: date) -> datetime:
    """The last microsecond of a day in the market's time zone, UTC-aware; right on days of 23 or 25 hours, too."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=market.zone)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)
