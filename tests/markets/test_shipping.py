"""Ways of sending: what they cost, whom they reach, when they arrive."""

from __future__ import annotations

import timeit
from datetime import UTC, date, datetime

import pytest

from store.kernel.money import CurrencyMismatch, Money
from store.markets import (
    Address,
    UnknownShippingMethod,
    choose_shipping,
    get_market,
    line_tax,
    promised_date,
    shipping_method,
    shipping_options,
    tax_rate,
)

MONDAY = datetime(2026, 6, 1, 10, tzinfo=UTC)


def at(country, region="", postcode="75001"):
    return Address(name="A", line1="1 rue X", city="C", postcode=postcode, region=region, country=country)


def euros(text):
    return Money.from_decimal(text, "EUR")


def offered(destination, goods="50.00", **more):
    options = shipping_options(get_market("FR"), destination, euros(goods), **more)
    return {option.method.code: option.price.amount_minor for option in options}


def test_each_option_has_its_price_tax_and_promised_date():
    options = shipping_options(get_market("FR"), at("FR"), euros("50.00"), ordered_at=MONDAY)
    seen = [(o.method.code, o.net_minor, o.tax_minor, o.gross_minor, o.promised_on) for o in options]
    assert seen == [
        ("standard", 492, 98, 590, date(2026, 6, 5)),
        ("two_day", 825, 165, 990, date(2026, 6, 4)),
        ("express", 1658, 332, 1990, date(2026, 6, 3)),
    ]


def test_methods_that_do_not_go_there_are_not_offered():
    assert set(offered(at("MC"))) == {"standard", "two_day", "express"}
    assert set(offered(at("BE"))) == {"standard"}
    assert set(offered(None)) == {"standard", "two_day", "express"}


def test_shipping_is_free_from_a_value_of_goods():
    assert offered(at("FR"), "99.99")["standard"] == 590
    assert offered(at("FR"), "100.00")["standard"] == 0
    assert offered(at("FR"), "100.00")["express"] == 1990


@pytest.mark.parametrize(
    ("grams", "price"), [(0, 590), (2000, 590), (2001, 710), (3000, 710), (3001, 830), (30000, 3950)]
)
def test_each_begun_kilogram_above_the_included_weight_costs(grams, price):
    assert offered(at("FR"), weight_grams=grams)["standard"] == price


def test_what_is_too_heavy_is_not_carried():
    assert offered(at("FR"), weight_grams=30_001) == {}


def test_the_exempt_pay_shipping_without_its_tax():
    option = shipping_options(get_market("FR"), at("FR"), euros("50.00"), exempt=True)[0]
    assert (option.net_minor, option.tax_minor, option.gross_minor) == (492, 0, 492)


def test_freight_is_taxed_by_state():
    us, goods = get_market("US"), Money(5_000, "USD")
    new_york = shipping_options(us, at("US", "NY", "10001"), goods)[0]
    california = shipping_options(us, at("US", "CA", "94105"), goods)[0]
    assert (new_york.net_minor, new_york.tax_minor, new_york.gross_minor) == (799, 32, 831)
    assert (california.net_minor, california.tax_minor) == (799, 0)


def test_goods_in_another_currency_are_refused():
    with pytest.raises(CurrencyMismatch):
        shipping_options(get_market("FR"), at("FR"), Money(1, "USD"))


def test_a_method_is_chosen_by_code_or_refused_with_the_others():
    options = shipping_options(get_market("FR"), at("BE"), euros("50.00"))
    assert choose_shipping(options, "standard") is options[0]
    with pytest.raises(UnknownShippingMethod) as caught:
        choose_shipping(options, "express")
    assert caught.value.facts["methods"] == ["standard"]
    assert shipping_method(get_market("FR"), "express").transit_days == 1
    with pytest.raises(UnknownShippingMethod):
        shipping_method(get_market("FR"), "drone")


def test_pricing_a_cart_of_two_lines_costs_little():
    """Measured 10–20 µs; the bar is far above so that a busy machine doesn't fail it, and below a lost cache (ms)."""
    market, destination, goods = get_market("FR"), at("FR"), euros("58.98")

    def price():
        for amount in (1299, 4599):
            line_tax(market, tax_rate(market, destination), amount)
            promised_date(market, MONDAY, None, market.shipping_methods[0])
        shipping_options(market, destination, goods, ordered_at=MONDAY)

    price()
    assert min(timeit.repeat(price, number=200, repeat=5)) / 200 < 100e-6
