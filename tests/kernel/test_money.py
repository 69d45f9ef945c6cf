"""Money is exact: integers inside, splits that sum to the whole (MKT-5, MKT-6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.money import (
    CurrencyMismatch,
    Money,
    allocate,
    apply_rate,
    exponent,
    included_tax,
    is_currency,
    share,
    share_taxed,
)

amounts = st.integers(-(10**12), 10**12)


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_allocation_sums_to_the_whole_and_each_part_is_near_its_exact_share(amount, weights):
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    if total:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * total - amount * weight) < total * 2


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.lists(st.integers(0, 9), min_size=1, max_size=8))
@pytest.mark.requirement("MKT-6")
def test_shares_taken_one_after_the_other_sum_to_the_whole(gross, tax, steps):
    whole = sum(steps) or 1
    tax = min(tax, gross)
    taken, goods_sum, tax_sum = 0, 0, 0
    for step in steps if sum(steps) else [1]:
        part_gross, part_tax = share_taxed(gross, tax, whole, taken, step)
        assert 0 <= part_tax <= part_gross
        goods_sum, tax_sum, taken = goods_sum + part_gross, tax_sum + part_tax, taken + step
    assert (goods_sum, tax_sum) == (gross, tax)


def test_a_share_beyond_the_whole_is_refused():
    with pytest.raises(ValueError, match="can't take"):
        share(100, 3, 2, 2)


@pytest.mark.requirement("MKT-5")
@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.99", "EUR", 1299), ("1300", "JPY", 1300), ("1.250", "KWD", 1250)]
)
def test_decimals_follow_the_currency(text, currency, minor):
    assert Money.from_decimal(text, currency) == Money(minor, currency)
    assert Money(minor, currency).to_decimal() == text


def test_more_decimals_than_the_currency_has_are_refused():
    with pytest.raises(ValueError, match="decimals"):
        Money.from_decimal("1.5", "JPY")


@pytest.mark.parametrize("wrong", [1.5, True, "5", None])
@pytest.mark.requirement("MKT-5")
def test_no_float_touches_money(wrong):
    with pytest.raises(TypeError):
        Money(wrong, "EUR")
    with pytest.raises(TypeError):
        Money(100, "EUR") * wrong


def test_currencies_do_not_mix():
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")


@given(st.integers(0, 10**9), st.integers(0, 400_000))
def test_included_tax_is_what_the_net_price_would_have_borne(gross, rate):
    net = gross - included_tax(gross, rate)
    assert abs(net + apply_rate(net, rate) - gross) <= 1


def test_tax_rounds_half_up():
    assert apply_rate(1299, 200_000) == 260
    assert apply_rate(5, 100_000) == 1
    assert apply_rate(-5, 100_000) == -1
    assert included_tax(1200, 200_000) == 200


@pytest.mark.requirement("L10N-4")
@pytest.mark.parametrize(
    ("locale", "currency", "text"),
    [
        ("fr", "EUR", "1\u202f299,00\u00a0€"),
        ("en", "USD", "$1,299.00"),
        ("zh-Hans", "CNY", "¥1,299.00"),
    ],
)
def test_amounts_read_as_the_locale_writes_them(locale, currency, text):
    assert Money(129900, currency).format(locale) == text


def test_exponents_come_from_cldr():
    assert (exponent("EUR"), exponent("JPY"), exponent("KWD")) == (2, 0, 3)


def test_currencies_are_those_of_the_standard():
    assert is_currency("EUR")
    assert is_currency("KWD")
    assert not any(map(is_currency, ("XYZ", "eur", "EU", "")))
