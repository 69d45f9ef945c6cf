"""Tax: inside the price or on top, by destination, taken off for the exempt, never losing a cent."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.markets import (
    Address,
    CountryNotSupported,
    UnknownTaxClass,
    all_markets,
    get_market,
    line_tax,
    shipping_tax_rate,
    tax_rate,
    use_tax_provider,
)
from store.markets.countries import country_form

STATES = re.findall(
    "..",
    "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWY",
)


def at(country, region=""):
    return Address(name="A", line1="1 Main St", city="C", postcode="1", region=region, country=country)


def test_every_state_and_the_district_have_a_rate():
    us = get_market("US")
    assert sorted(us.tax.regions) == sorted(STATES)
    assert len(STATES) == 51
    assert set(country_form("US").regions) - set(us.excluded_regions) == set(STATES)
    assert set(us.tax.regions_without_shipping_tax) <= set(STATES)


@pytest.mark.requirement("MKT-3")
@pytest.mark.parametrize(
    ("state", "ppm"),
    [("CA", 72_500), ("NY", 40_000), ("OR", 0), ("TN", 70_000), ("NJ", 66_250), ("MO", 42_250), ("DC", 60_000)],
)
def test_sales_tax_is_the_destination_state_s_and_added(state, ppm):
    us = get_market("US")
    quote = tax_rate(us, at("US", state))
    assert (quote.rate_ppm, quote.region, quote.name, quote.final) == (ppm, state, "Sales tax", True)
    assert line_tax(us, quote, 100_000) == (100_000, ppm // 10, 100_000 + ppm // 10)


@pytest.mark.requirement("MKT-2")
@pytest.mark.parametrize(
    ("code", "country", "ppm", "tax"),
    [
        ("FR", "FR", 200_000, 2_000),
        ("FR", "MC", 200_000, 2_000),
        ("FR", "BE", 210_000, 2_083),
        ("FR", "LU", 170_000, 1_744),
        ("DE", "DE", 190_000, 1_916),
        ("DE", "AT", 200_000, 2_000),
        ("DE", "NL", 210_000, 2_083),
        ("CN", "CN", 130_000, 1_381),
    ],
)
def test_elsewhere_tax_is_inside_the_price_at_the_destination_s_rate(code, country, ppm, tax):
    market = get_market(code)
    quote = tax_rate(market, at(country))
    assert (quote.rate_ppm, quote.region, quote.name) == (ppm, country, "VAT")
    assert line_tax(market, quote, 12_000) == (12_000 - tax, tax, 12_000)
    assert line_tax(market, ppm, 12_000) == (12_000 - tax, tax, 12_000)


@pytest.mark.parametrize(("tax_class", "ppm"), [("standard", 200_000), ("reduced", 55_000), ("zero", 0)])
def test_goods_have_the_rate_of_their_class(tax_class, ppm):
    assert tax_rate(get_market("FR"), at("FR"), tax_class).rate_ppm == ppm


def test_a_class_that_a_place_does_not_know_has_the_standard_rate():
    assert tax_rate(get_market("US"), at("US", "CA"), "reduced").rate_ppm == 72_500


def test_an_unknown_class_is_refused():
    with pytest.raises(UnknownTaxClass):
        tax_rate(get_market("FR"), at("FR"), "luxury")


def test_a_destination_outside_the_market_is_refused():
    with pytest.raises(CountryNotSupported) as caught:
        tax_rate(get_market("FR"), at("US", "CA"))
    assert caught.value.facts["supported"] == ["FR", "MC", "BE", "LU"]


@pytest.mark.requirement("MKT-4")
def test_the_exempt_pay_no_tax():
    fr, us = get_market("FR"), get_market("US")
    quote = tax_rate(fr, at("FR"), exempt=True)
    assert (quote.rate_ppm, quote.exempt) == (0, True)
    assert line_tax(fr, quote, 12_000) == (10_000, 0, 10_000)  # what the price contains is taken off
    assert line_tax(us, tax_rate(us, at("US", "CA"), exempt=True), 12_000) == (12_000, 0, 12_000)


def test_without_a_destination_tax_is_home_s_or_not_known_yet():
    fr, us = tax_rate(get_market("FR"), None), tax_rate(get_market("US"), None)
    assert (fr.rate_ppm, fr.final) == (200_000, False)
    assert (us.rate_ppm, us.final) == (0, False)


@given(
    st.sampled_from([market.code for market in all_markets()]),
    st.integers(0, 1_000_000),
    st.integers(-(10**12), 10**12),
)
def test_net_and_tax_make_gross(code, rate_ppm, amount):
    market = get_market(code)
    net, tax, gross = line_tax(market, rate_ppm, amount)
    assert net + tax == gross
    assert amount == (gross if market.tax_mode == "inclusive" else net)
    # Within half a unit of the exact tax.
    assert abs(2 * (tax * 1_000_000 - net * rate_ppm)) <= 1_000_000 + rate_ppm


@given(st.integers(0, 10**12))
def test_an_exemption_takes_off_exactly_the_tax(amount):
    for code, destination in (("FR", at("BE")), ("DE", at("DE")), ("CN", at("CN"))):
        market = get_market(code)
        taxed = line_tax(market, tax_rate(market, destination), amount)
        net, tax, gross = line_tax(market, tax_rate(market, destination, exempt=True), amount)
        assert (net, tax, gross) == (taxed[0], 0, taxed[0])


def test_shipping_is_taxed_as_goods_except_in_states_that_leave_it_alone():
    assert shipping_tax_rate(get_market("FR"), at("BE")).rate_ppm == 210_000
    us = get_market("US")
    assert shipping_tax_rate(us, at("US", "NY")).rate_ppm == 40_000
    assert shipping_tax_rate(us, at("US", "CA")).rate_ppm == 0
    assert shipping_tax_rate(us, at("US", "NY"), exempt=True).rate_ppm == 0
    assert shipping_tax_rate(us, None).final is False


@pytest.mark.requirement("MKT-3")
def test_the_source_of_rates_is_replaceable():
    class ByCounty:
        def rate_ppm(self, market, country, region, postcode, tax_class):
            return 88_750 if postcode == "1" else 0

        def shipping_rate_ppm(self, market, country, region, postcode):
            return 1

    us = get_market("US")
    use_tax_provider(ByCounty())
    try:
        assert tax_rate(us, at("US", "NY")).rate_ppm == 88_750
        assert shipping_tax_rate(us, at("US", "NY")).rate_ppm == 1
    finally:
        use_tax_provider(None)
    assert tax_rate(us, at("US", "NY")).rate_ppm == 40_000
