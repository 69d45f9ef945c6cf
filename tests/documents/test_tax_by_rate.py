"""A fee on goods of several rates belongs to each of them, to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.refunds import share_by_rate

RATES = st.sampled_from([0, 55_000, 70_000, 190_000, 200_000])


@pytest.mark.requirement("REF-8", "DOC-3")
@given(
    st.integers(-(10**9), 10**9),
    st.integers(0, 10**9),
    st.dictionaries(RATES, st.integers(-1000, 10**9), max_size=5),
)
def test_shares_sum_to_amount_and_tax_and_none_has_more_tax_than_it_is_worth(amount, tax, goods):
    tax = min(tax, abs(amount)) * (-1 if amount < 0 else 1)
    shares = share_by_rate(amount, tax, goods)
    assert sum(share["amount_minor"] for share in shares) == amount
    assert sum(share["tax_minor"] for share in shares) == tax
    assert len({share["rate_ppm"] for share in shares}) == len(shares)
    for share in shares:
        assert share["amount_minor"]
        assert 0 <= share["tax_minor"] * (-1 if amount < 0 else 1) <= abs(share["amount_minor"])


@given(st.integers(1, 10**6), st.sampled_from([55_000, 200_000]))
def test_what_belongs_to_goods_of_one_rate_keeps_its_tax(amount, rate):
    assert share_by_rate(-amount, -(amount // 7), {rate: 1}) == [
        {"rate_ppm": rate, "amount_minor": -amount, "tax_minor": -(amount // 7)}
    ]
