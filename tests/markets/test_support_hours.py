"""Support is open when its own clock and calendar say so (SUP-2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.markets import all_markets, get_market


def moment(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.requirement("SUP-2")
@pytest.mark.parametrize(
    ("code", "at", "open_now"),
    [
        ("FR", "2026-06-01T07:00Z", True),  # 9:00 in Paris
        ("FR", "2026-06-01T06:59Z", False),
        ("FR", "2026-06-01T15:59Z", True),
        ("FR", "2026-06-01T16:00Z", False),  # 18:00 is closed
        ("FR", "2026-01-05T08:00Z", True),  # winter time
        ("FR", "2026-01-05T07:30Z", False),
        ("FR", "2026-06-06T10:00Z", False),  # Saturday
        ("FR", "2026-07-14T10:00Z", False),  # holiday
        ("DE", "2026-07-14T10:00Z", True),
        ("US", "2026-06-06T15:00Z", True),  # Saturday 11:00 in New York
        ("US", "2026-06-06T21:00Z", False),
        ("US", "2026-06-02T00:30Z", False),  # 20:30 on Monday evening
        ("CN", "2026-06-07T02:00Z", True),  # Sunday 10:00 in Shanghai
        ("CN", "2026-10-01T02:00Z", False),  # National Day
    ],
)
def test_support_is_open_in_its_own_time(code, at, open_now):
    assert get_market(code).support.is_open(moment(at)) is open_now


@pytest.mark.parametrize(
    ("code", "at", "opens"),
    [
        ("FR", "2026-06-01T05:00Z", "2026-06-01T09:00+02:00"),
        ("FR", "2026-06-05T20:00Z", "2026-06-08T09:00+02:00"),
        ("FR", "2026-03-27T20:00Z", "2026-03-30T09:00+02:00"),  # the clocks change in between
        ("US", "2026-06-06T21:00Z", "2026-06-08T09:00-04:00"),
        ("FR", "2026-06-01T10:00Z", None),
    ],
)
def test_the_next_opening_is_told(code, at, opens):
    expected = datetime.fromisoformat(opens) if opens else None
    assert get_market(code).support.next_opening(moment(at)) == expected


@given(
    st.sampled_from(all_markets()),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_the_next_opening_is_open_and_later(market, at):
    opening = market.support.next_opening(at)
    assert (opening is None) == market.support.is_open(at)
    if opening:
        assert opening > at
        assert market.support.is_open(opening)
