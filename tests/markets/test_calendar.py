"""Promised dates and deadlines on each market's calendar and in its time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.markets import (
    add_working_days,
    all_markets,
    backorder_window,
    get_market,
    is_working_day,
    last_moment,
    next_working_day,
    promised_date,
    refund_deadline,
    ship_date,
    ships_soon,
)

MARKETS = [market.code for market in all_markets()]
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
codes = st.sampled_from(MARKETS)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def method(market, code):
    return next(method for method in market.shipping_methods if method.code == code)


@pytest.mark.parametrize(
    ("code", "day", "worked"),
    [
        ("FR", date(2026, 7, 14), False),
        ("DE", date(2026, 7, 14), True),
        ("DE", date(2026, 3, 8), False),
        ("DE", date(2027, 3, 8), False),  # Women's Day in Berlin, a Monday
        ("FR", date(2027, 3, 8), True),
        ("US", date(2026, 7, 3), False),  # Independence Day is observed on the Friday
        ("US", date(2027, 12, 31), False),  # New Year's Day of 2028, observed the year before
        ("CN", date(2026, 10, 1), False),
        ("CN", date(2026, 2, 14), True),  # a Saturday that is worked for the Spring Festival
        ("CN", date(2026, 2, 28), True),
        ("CN", date(2026, 2, 18), False),
        ("FR", date(2026, 2, 14), False),
    ],
)
def test_each_market_keeps_its_own_holidays(code, day, worked):
    assert is_working_day(get_market(code), day) is worked


@pytest.mark.requirement("SHP-2")
@pytest.mark.parametrize(
    ("ordered", "ready_on", "arrives"),
    [
        # 2026-06-01 is a Monday.
        ("2026-06-01T10:00", None, date(2026, 6, 4)),  # Monday → Thursday, three working days
        ("2026-06-04T10:00", None, date(2026, 6, 9)),  # Thursday → Tuesday, across the weekend
        ("2026-06-05T23:59", None, date(2026, 6, 10)),
        ("2026-06-06T10:00", None, date(2026, 6, 11)),  # Saturday counts as the Monday
        ("2026-06-07T10:00", None, date(2026, 6, 11)),  # so does Sunday
        ("2026-07-14T10:00", None, date(2026, 7, 20)),  # a holiday counts as the day after, and a weekend follows
        ("2026-07-13T10:00", None, date(2026, 7, 17)),
        ("2026-06-01T10:00", date(2026, 5, 1), date(2026, 6, 4)),  # ready before the order
        ("2026-06-01T10:00", date(2026, 6, 15), date(2026, 6, 18)),
        ("2026-06-01T10:00", date(2026, 6, 13), date(2026, 6, 18)),  # delivered to us on a Saturday
    ],
)
def test_two_day_delivery_takes_three_working_days(ordered, ready_on, arrives):
    market = get_market("FR")
    at = datetime.fromisoformat(ordered).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    assert promised_date(market, at, ready_on, method(market, "two_day")) == arrives


@pytest.mark.requirement("SHP-2")
def test_the_day_of_the_order_is_the_market_s_day():
    # Monday 22:30 UTC: still Monday in New York, Tuesday in Paris and Shanghai.
    at = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    shipped = {code: ship_date(get_market(code), at) for code in MARKETS}
    assert shipped == {
        "US": date(2026, 6, 2),
        "FR": date(2026, 6, 3),
        "DE": date(2026, 6, 3),
        "CN": date(2026, 6, 3),
    }


def test_chinese_make_up_days_count():
    # Friday 13 February 2026: the Saturday after it is worked, then the Spring Festival until the 23rd.
    market = get_market("CN")
    assert add_working_days(market, date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert add_working_days(market, date(2026, 2, 13), 2) == date(2026, 2, 24)


@given(codes, days, st.integers(0, 30))
def test_added_working_days_land_on_a_working_day(code, day, count):
    market = get_market(code)
    landed = add_working_days(market, day, count)
    assert is_working_day(market, landed)
    assert landed >= day + timedelta(days=count)
    between = [day + timedelta(days=step) for step in range((landed - day).days)]
    assert sum(is_working_day(market, passed) for passed in between) == count


@given(codes, days, st.integers(0, 10), st.integers(0, 5), st.integers(0, 5))
def test_later_starts_and_more_days_never_land_earlier(code, day, later, count, more):
    market = get_market(code)
    assert add_working_days(market, day, count) <= add_working_days(market, day + timedelta(days=later), count)
    assert add_working_days(market, day, count + more) == add_working_days(
        market, add_working_days(market, day, count), more
    )


def test_working_days_are_counted_forwards_only():
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(get_market("FR"), date(2026, 6, 1), -1)


@given(codes, moments, days)
def test_nothing_is_promised_before_it_is_ready(code, ordered_at, ready_on):
    market = get_market(code)
    for way in market.shipping_methods:
        leaves = ship_date(market, ordered_at, ready_on)
        assert leaves > ready_on
        assert leaves > ordered_at.astimezone(market.zone).date()
        assert promised_date(market, ordered_at, ready_on, way) > leaves


@given(codes, moments)
def test_backorders_are_expected_in_two_to_three_weeks(code, ordered_at):
    market = get_market(code)
    earliest, latest = backorder_window(market, ordered_at)
    start = ordered_at.astimezone(market.zone).date()
    assert earliest == next_working_day(market, start + timedelta(days=14))
    assert latest == next_working_day(market, start + timedelta(days=21))
    assert earliest <= latest


def test_what_ships_within_five_days_ships_soon():
    market = get_market("FR")
    at = datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert ships_soon(market, at)
    assert ships_soon(market, at, date(2026, 6, 4))
    assert not ships_soon(market, at, date(2026, 6, 5))  # leaves on Monday the 8th
    assert not ships_soon(market, at, date(2026, 6, 20))


@pytest.mark.parametrize("code", MARKETS)
def test_deadlines_end_with_the_local_day_on_every_day_of_two_years(code):
    market = get_market(code)
    for count in range(731):
        day = date(2026, 1, 1) + timedelta(days=count)
        end = last_moment(market, day)
        local = end.astimezone(market.zone)
        assert end.utcoffset() == timedelta()
        assert (local.date(), local.time()) == (day, time(23, 59, 59, 999999))
        assert (end + timedelta(microseconds=1)).astimezone(market.zone).date() == day + timedelta(days=1)


@pytest.mark.requirement("REF-1")
@pytest.mark.parametrize(
    ("code", "dispatched_at", "deadline"),
    [
        # The clocks go forward on 29 March 2026 in Europe: the deadline is at 22:00 UTC, not 23:00.
        ("FR", "2026-03-10T10:00Z", "2026-04-09T21:59:59.999999Z"),
        ("DE", "2026-02-20T10:00Z", "2026-03-22T22:59:59.999999Z"),
        ("DE", "2026-02-27T10:00Z", "2026-03-29T21:59:59.999999Z"),  # the last day has 23 hours
        ("FR", "2026-09-25T10:00Z", "2026-10-25T22:59:59.999999Z"),  # the last day has 25 hours
        ("US", "2026-02-07T03:00Z", "2026-03-09T03:59:59.999999Z"),  # the 6th in New York; ends on a day of 23 hours
        ("US", "2026-10-02T12:00Z", "2026-11-02T04:59:59.999999Z"),
        ("CN", "2026-03-01T20:00Z", "2026-04-01T15:59:59.999999Z"),  # dispatched on the 2nd in Shanghai
    ],
)
def test_refunds_can_be_asked_for_to_the_end_of_the_thirtieth_day(code, dispatched_at, deadline):
    assert refund_deadline(get_market(code), datetime.fromisoformat(dispatched_at)) == datetime.fromisoformat(deadline)


@pytest.mark.requirement("REF-1")
@given(codes, moments)
def test_the_deadline_is_the_last_instant_of_the_thirtieth_local_day(code, dispatched_at):
    market = get_market(code)
    local = refund_deadline(market, dispatched_at).astimezone(market.zone)
    assert local.date() == dispatched_at.astimezone(market.zone).date() + timedelta(days=30)
    assert local.time() == time(23, 59, 59, 999999)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Havana", date(2026, 3, 7)),  # midnight doesn't exist on the 8th
        ("America/Havana", date(2026, 10, 31)),  # midnight happens twice on 1 November
        ("Africa/Cairo", date(2026, 4, 23)),
        ("Asia/Beirut", date(2026, 10, 24)),
        ("Pacific/Apia", date(2026, 1, 1)),
    ],
)
def test_the_last_moment_holds_where_clocks_change_at_midnight(zone, day):
    class Somewhere:
        zone = None

    Somewhere.zone = ZoneInfo(zone)
    end = last_moment(Somewhere, day)
    assert end.astimezone(Somewhere.zone).date() == day
    assert (end + timedelta(microseconds=1)).astimezone(Somewhere.zone).date() == day + timedelta(days=1)
