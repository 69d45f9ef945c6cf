"""Which ways of sending a market offers for a cart, at what price, and when the goods would arrive (CRT-1, SHP-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.money import Money
from store.markets.addresses import Address
from store.markets.calendar import promised_date
from store.markets.market import Market, ShippingMethod
from store.markets.tax import TaxQuote, line_tax, shipping_tax_rate


class UnknownShippingMethod(StoreError):
    code = "unknown_shipping_method"
    status = 422
    title = N_("This shipping method is not available.")
    detail = N_("“{method}” is not offered for this cart and address. Available: {methods}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingOption:
    """A method and its price: `price` as displayed, tax inside or not by the market; the three parts are to charge."""

    method: ShippingMethod
    price: Money
    net_minor: int
    tax_minor: int
    gross_minor: int
    tax: TaxQuote
    promised_on: date | None


def shipping_options(
    market: Market,
    destination: Address | None,
    goods: Money,
    *,
    weight_grams: int = 0,
    ordered_at: datetime | None = None,
    ready_on: date | None = None,
    exempt: bool = False,
    by_email: bool = False,
) -> list[ShippingOption]:
    """The methods that go to the destination, in the market's order; without one, those to the home country.

    `goods` is the displayed value of the goods after discounts, which free shipping is measured by. With `ordered_at`,
    each option carries the promised date of what is ready on `ready_on` (None: in stock). `by_email`: nothing has to be
    carried, so that nothing is charged for it.
    """
    country = destination.country if destination else market.home_country
    quote = shipping_tax_rate(market, destination, exempt)
    options = []
    for method in market.shipping_methods:
        if not _carries(method, country, weight_grams):
            continue
        price = (
            Money.zero(market.currency)
            if by_email
            else shipping_price(market, method, goods, weight_grams=weight_grams)
        )
        net, tax, gross = line_tax(market, quote, price.amount_minor)
        options.append(
            ShippingOption(
                method=method,
                price=price,
                net_minor=net,
                tax_minor=tax,
                gross_minor=gross,
                tax=quote,
                promised_on=promised_date(market, ordered_at, ready_on, method) if ordered_at else None,
            )
        )
    return options


def choose_shipping(options: list[ShippingOption], code: str) -> ShippingOption:
    """The option of a method's code, or UnknownShippingMethod with those that exist."""
    for option in options:
        if option.method.code == code:
            return option
    raise UnknownShippingMethod(method=code, methods=[option.method.code for option in options])


def shipping_price(market: Market, method: ShippingMethod, goods: Money, *, weight_grams: int = 0) -> Money:
    """The displayed price: free from a value of goods, and dearer for each begun kilogram above what is included."""
    if goods.currency != market.currency:
        # Money refuses to compare; the sum below says which currencies.
        goods = Money.zero(market.currency) + goods
    heavier = max(0, weight_grams - method.included_grams)
    surcharge = -(-heavier // 1000) * method.extra_kilogram_minor
    free = method.free_from_minor is not None and goods.amount_minor >= method.free_from_minor
    return Money(surcharge if free else method.price_minor + surcharge, market.currency)


def shipping_method(market: Market, code: str) -> ShippingMethod:
    """A method of the market by its code, for orders that chose it before."""
    for method in market.shipping_methods:
        if method.code == code:
            return method
    raise UnknownShippingMethod(method=code, methods=[method.code for method in market.shipping_methods])


def _carries(method: ShippingMethod, country: str, weight_grams: int) -> bool:
    if method.countries and country not in method.countries:
        return False
    return method.max_grams is None or weight_grams <= method.max_grams
