"""Opening hours read as the language writes them, in support's own time zone, holidays heeded (SUP-2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.i18n import babel_locale
from store.markets import OpeningHours, all_markets, get_market, load_markets
from store.markets.support_hours import WEEKDAYS
from store.support.opening_hours import UnknownTimeZone, hours_lines, support_channels

WEEKDAY = ("monday", "tuesday", "wednesday", "thursday", "friday")
periods = st.tuples(st.integers(0, 22), st.integers(1, 12)).map(lambda pair: (pair[0], min(23, pair[0] + pair[1])))


@pytest.fixture(autouse=True)
def _markets():
    load_markets(None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def hours(days, opens: int, closes: int) -> OpeningHours:
    return OpeningHours(days=tuple(days), opens=time(opens), closes=time(closes))


@pytest.mark.requirement("SUP-2", "L10N-4")
@pytest.mark.parametrize(
    ("locale", "first", "last", "clock"),
    [
        ("en", "Monday", "Friday", "9:00\u202fAM\u2009–\u20096:00\u202fPM"),
        ("fr", "lundi", "vendredi", "09:00\u2009–\u200918:00"),
        ("zh-Hans", "星期一", "星期五", "09:00–18:00"),
    ],
)
def test_hours_are_grouped_and_written_as_the_language_writes_them(locale, first, last, clock):
    (line,) = hours_lines([hours(WEEKDAY, 9, 18)], locale)
    assert line.days == WEEKDAY
    assert first.lower() in line.days_text.lower()
    assert last.lower() in line.days_text.lower()
    assert line.hours_text == clock
    assert line.days_text in line.text
    assert clock in line.text


def test_a_lunch_break_and_a_free_wednesday_are_told():
    morning, afternoon = (hours(("monday", "tuesday", "thursday"), *each) for each in ((9, 12), (14, 18)))
    (line,) = hours_lines([afternoon, morning], "en")
    assert line.days_text == "Monday, Tuesday, and Thursday"
    assert line.hours_text == "9:00\u202fAM\u2009–\u200912:00\u202fPM and 2:00\u2009–\u20096:00\u202fPM"


@given(st.lists(st.tuples(st.sets(st.sampled_from(WEEKDAYS), min_size=1), periods), max_size=6))
def test_every_day_with_hours_stands_on_exactly_one_line(given_hours):
    known = [hours(sorted(days), *period) for days, period in given_hours]
    lines = hours_lines(known, "fr")
    shown = [day for line in lines for day in line.days]
    assert sorted(shown) == sorted({day for each in known for day in each.days})
    assert all(line.days_text and line.hours_text for line in lines)


@pytest.mark.requirement("SUP-2")
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-07-13T08:59:59+02:00", False),
        ("2026-07-13T09:00:00+02:00", True),
        ("2026-07-13T17:59:59+02:00", True),
        ("2026-07-13T18:00:00+02:00", False),
        ("2026-07-14T10:00:00+02:00", False),  # the national holiday
        ("2026-07-18T10:00:00+02:00", False),  # a Saturday
        ("2026-01-12T08:30:00+00:00", True),  # 9:30 in Paris in winter
        ("2026-07-13T07:30:00+00:00", True),  # and in summer
    ],
)
def test_open_now_is_told_in_supports_own_time_zone(moment, is_open):
    channels = support_channels(get_market("FR"), "fr", at=at(moment))
    assert channels.open_now is is_open
    assert (channels.next_opening is None) is is_open


@pytest.mark.requirement("SUP-2")
def test_the_next_opening_passes_over_the_holiday_which_is_told():
    channels = support_channels(get_market("FR"), "en", at=at("2026-07-13T19:00:00+02:00"), reader_zone="Asia/Shanghai")
    assert channels.next_opening.at == at("2026-07-15T09:00:00+02:00")
    assert channels.next_opening.time_zone == "Europe/Paris"
    assert channels.next_opening.text == "Wednesday, July 15, 2026 at 9:00\u202fAM"
    reader = channels.next_opening_for_reader
    assert (reader.at, reader.time_zone) == (channels.next_opening.at, "Asia/Shanghai")
    assert reader.text == "Wednesday, July 15, 2026 at 3:00\u202fPM"
    assert [closed.day for closed in channels.closed_on] == [date(2026, 7, 14)]
    assert channels.closed_on[0].text == "Tuesday, July 14, 2026"


@pytest.mark.requirement("SUP-2")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
def test_every_market_can_be_asked_at_any_hour(locale):
    for market in all_markets():
        for step in range(0, 400, 7):
            moment = at("2026-01-01T00:00:00+00:00") + timedelta(hours=step * 22)
            channels = support_channels(market, locale, at=moment)
            assert channels.hours
            assert channels.phone
            assert "@" in channels.email
            if channels.next_opening is not None:
                assert channels.next_opening.at > moment
                assert support_channels(market, locale, at=channels.next_opening.at).open_now
                assert not support_channels(market, locale, at=channels.next_opening.at - timedelta(seconds=1)).open_now
        assert channels.time_zone_name != channels.time_zone
        assert babel_locale(locale)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "America", "Europe/paris ", "\x00"])
def test_an_unknown_time_zone_is_refused(name):
    with pytest.raises(UnknownTimeZone):
        support_channels(get_market("FR"), "fr", reader_zone=name)
