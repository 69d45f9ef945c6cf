"""What a warranty covers on a day, and why: one pure function."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.i18n import translate
from store.kernel.wording import spoken_facts
from store.warranty import coverage, extension_period, last_day
from store.warranty.coverage import EXPLANATIONS
from warranty.made import DAY, service, unit

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
months = st.integers(1, 120)
END = date(2027, 3, 15)
EXTENDED = date(2028, 3, 15)
ONE = timedelta(days=1)


@pytest.mark.requirement("WAR-4")
@pytest.mark.parametrize(
    ("begins", "count", "ends"),
    [
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 15), 0, date(2026, 3, 14)),
        (date(9990, 1, 1), 1200, date.max),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one_of_the_month(begins, count, ends):
    assert last_day(begins, count) == ends


@given(days, months)
def test_months_never_leave_their_month_and_grow_with_their_number(begins, count):
    end = last_day(begins, count)
    assert (end.year * 12 + end.month) - (begins.year * 12 + begins.month) == count
    assert end.day == min(begins.day, calendar.monthrange(end.year, end.month)[1])
    assert last_day(begins, count - 1) < end


@pytest.mark.requirement("WAR-1", "WAR-4")
@pytest.mark.parametrize(
    ("as_of", "inside", "code", "days_left"),
    [
        (DAY - ONE, False, "not_started", 0),
        (DAY, True, "standard_running", 365),
        (END, True, "standard_running", 0),
        (END + ONE, False, "standard_over", 0),
    ],
)
def test_the_first_and_the_last_day_count(as_of, inside, code, days_left):
    seen = coverage(unit(), as_of)
    assert (seen.in_warranty, seen.code, seen.days_left, seen.until, seen.rule) == (
        inside,
        code,
        days_left,
        END,
        "WAR-4",
    )


@pytest.mark.requirement("WAR-4")
def test_an_unregistered_unit_keeps_the_standard_warranty_and_has_no_service():
    extended = unit(registered=False, services=(service(END + ONE, EXTENDED),))
    running, over = coverage(extended, END), coverage(extended, END + ONE)
    assert (running.in_warranty, running.code, running.until, running.services) == (
        True,
        "unregistered_running",
        END,
        (),
    )
    assert (over.in_warranty, over.code) == (False, "standard_over")


@pytest.mark.requirement("WAR-6")
@pytest.mark.parametrize(
    ("as_of", "inside", "code"),
    [
        (END, True, "extension_ahead"),
        (END + ONE, True, "extension_running"),
        (EXTENDED, True, "extension_running"),
        (EXTENDED + ONE, False, "extension_over"),
    ],
)
def test_an_extension_runs_after_the_standard_warranty(as_of, inside, code):
    seen = coverage(unit(services=(service(END + ONE, EXTENDED),)), as_of)
    assert (seen.in_warranty, seen.code, seen.standard_until, seen.until) == (inside, code, END, EXTENDED)


@pytest.mark.requirement("WAR-6")
def test_a_service_that_extends_nothing_leaves_the_warranty_as_it_is():
    swap = service(DAY, EXTENDED, extends_months=0, reference="SWAP-24M")
    seen = coverage(unit(services=(swap,)), END + ONE)
    assert (seen.in_warranty, seen.code, seen.services) == (False, "standard_over", (swap,))


@pytest.mark.requirement("RMA-18")
def test_a_replacement_has_the_later_of_its_own_and_the_inherited_warranty():
    longer = unit(replaces_unit_id=unit().id, inherited_until=EXTENDED)
    assert coverage(longer, EXTENDED).code == "inherited_running"
    assert coverage(longer, EXTENDED + ONE).code == "inherited_over"
    shorter = unit(replaces_unit_id=unit().id, inherited_until=DAY + ONE)
    assert (coverage(shorter, END).code, coverage(shorter, END).until) == ("standard_running", END)


@pytest.mark.requirement("RMA-18")
@pytest.mark.parametrize("status", ["returned", "replaced", "scrapped"])
def test_a_unit_that_is_back_with_us_has_no_warranty_from_that_day_on(status):
    back = date(2026, 6, 1)
    extended = service(END + ONE, EXTENDED, ended_on=back)
    gone = unit(status=status, status_on=back, registered=False, former_services=(extended,))
    seen, before = coverage(gone, back), coverage(gone, back - ONE)
    assert (seen.in_warranty, seen.code, seen.rule, seen.services) == (False, f"unit_{status}", "RMA-18", ())
    assert (before.in_warranty, before.until, before.services) == (True, EXTENDED, (extended,))


@pytest.mark.requirement("WAR-6")
@given(days, months, st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_extensions_follow_each_other_without_gap_or_overlap(begins, count, extensions):
    known = unit(warranty_starts_on=begins, warranty_months=count)
    for extension in extensions:
        before = coverage(known, begins).until
        first, last = extension_period(known, extension)
        assert first == before + ONE
        assert last == last_day(before, extension)
        added = service(first, last, extends_months=extension)
        known = unit(warranty_starts_on=begins, warranty_months=count, services=(*known.services, added))
    assert coverage(known, begins).standard_until == last_day(begins, count)


@given(
    days,
    months,
    st.none() | days,
    st.sampled_from(["active", "returned", "replaced", "scrapped"]),
    st.booleans(),
    st.lists(st.tuples(days, st.integers(0, 40)), max_size=3),
    days,
)
def test_in_warranty_means_between_the_first_and_the_last_day(
    begins, count, inherited, status, registered, services, as_of
):
    known = unit(
        warranty_starts_on=begins,
        warranty_months=count,
        inherited_until=inherited,
        replaces_unit_id=unit().id if inherited else None,
        status=status,
        status_on=begins,
        registered=registered,
        services=tuple(service(first, last_day(first, each), extends_months=each) for first, each in services if each),
    )
    seen = coverage(known, as_of)
    assert seen.standard_until <= seen.until
    assert seen.in_warranty == (begins <= as_of <= seen.until and (status == "active" or as_of < begins))
    assert seen.days_left == ((seen.until - as_of).days if seen.in_warranty else 0)
    assert not (seen.services and status == "active" and not registered)
    assert seen.in_warranty == (
        seen.code
        in {
            "standard_running",
            "unregistered_running",
            "extension_ahead",
            "extension_running",
            "inherited_running",
        }
    )


@pytest.mark.requirement("WAR-1", "L10N-2")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
def test_every_sentence_says_its_dates_in_the_readers_language(locale):
    facts = spoken_facts(coverage(unit(), DAY).facts, locale)
    for rule, sentence in EXPLANATIONS.values():
        said = translate(locale, sentence, facts)
        assert "2026" in said or "2027" in said
        assert "{" not in said
        assert rule
