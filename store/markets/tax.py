"""How much tax, under which name, inside the price or on top of it (MKT-2, MKT-3, MKT-4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from store.kernel.errors import StoreError
from store.kernel.i18n import N_, translate
from store.kernel.money import apply_rate, included_tax
from store.kernel.wording import Country
from store.markets.addresses import Address
from store.markets.market import TAX_CLASSES, Market
from store.markets.registry import CountryNotSupported

TAX_NAMES = {"vat": N_("VAT"), "sales_tax": N_("Sales tax")}


class UnknownTaxClass(StoreError):
    code = "unknown_tax_class"
    status = 422
    title = N_("There is no such tax class.")
    detail = N_("“{tax_class}” is not a tax class. Known ones: {tax_classes}.")


@dataclass(frozen=True, slots=True)
class TaxQuote:
    """What is due for a destination.

    `rate_ppm` is the rate that is charged, in parts per million: 0 for the exempt. `price_rate_ppm` is the rate that
    the market's inclusive prices contain, which an exemption takes off. `name` is English, marked for translation.
    `final` is False while the destination isn't known yet.
    """

    rate_ppm: int
    name: str
    region: str
    exempt: bool = False
    price_rate_ppm: int = 0
    final: bool = True

    def label(self, locale: str) -> str:
        return translate(locale, self.name)


class TaxProvider(Protocol):
    """Who knows the rates. Called while a cart is priced: it answers from memory and never over the network there."""

    def rate_ppm(self, market: Market, country: str, region: str, postcode: str, tax_class: str) -> int: ...

    def shipping_rate_ppm(self, market: Market, country: str, region: str, postcode: str) -> int: ...


class TableTaxProvider:
    """The shipped provider: the rates that stand in the markets' files."""

    def rate_ppm(self, market: Market, country: str, region: str, postcode: str, tax_class: str) -> int:  # noqa: ARG002
        return _table_rate_ppm(market, country, region, tax_class)

    def shipping_rate_ppm(self, market: Market, country: str, region: str, postcode: str) -> int:  # noqa: ARG002
        """Shipping follows the goods in VAT countries; some US states leave separately stated freight untaxed."""
        if region in market.tax.regions_without_shipping_tax:
            return 0
        return _table_rate_ppm(market, country, region, "standard")


_provider: TaxProvider = TableTaxProvider()


def use_tax_provider(provider: TaxProvider | None) -> None:
    """Replace the source of rates for this process; None brings the tables back."""
    global _provider  # noqa: PLW0603 - one source of rates per process is the point
    _provider = provider or TableTaxProvider()


def tax_rate(
    market: Market,
    destination: Address | None,
    tax_class: str = "standard",
    exempt: bool = False,  # noqa: FBT001, FBT002
) -> TaxQuote:
    """The tax on goods sent to a destination: the destination country's (OSS) or state's.

    Without a destination: home's rate where prices include tax, and nothing yet where it is added (`final` False).
    """
    if tax_class not in TAX_CLASSES:
        raise UnknownTaxClass(tax_class=tax_class, tax_classes=list(TAX_CLASSES))
    if destination is None:
        return _undecided(market, tax_class, exempt=exempt)
    country, region = _place(market, destination)
    rate = _provider.rate_ppm(market, country, region, destination.postcode, tax_class)
    return _quote(market, rate, region or country, exempt)


def shipping_tax_rate(market: Market, destination: Address | None, exempt: bool = False) -> TaxQuote:  # noqa: FBT001, FBT002
    """The tax on shipping to a destination, as `tax_rate` for goods."""
    if destination is None:
        return _undecided(market, "standard", exempt=exempt)
    country, region = _place(market, destination)
    rate = _provider.shipping_rate_ppm(market, country, region, destination.postcode)
    return _quote(market, rate, region or country, exempt)


def line_tax(market: Market, rate: TaxQuote | int, amount_minor: int) -> tuple[int, int, int]:
    """(net, tax, gross) of an amount as the market displays it; net + tax = gross, rounded half up.

    Give it the quote rather than its `rate_ppm`: where prices include tax, the exempt pay the net price, and only the
    quote knows what to take off.
    """
    if isinstance(rate, int):
        rate_ppm, price_rate_ppm, exempt = rate, rate, False
    else:
        rate_ppm, price_rate_ppm, exempt = rate.rate_ppm, rate.price_rate_ppm, rate.exempt
    if market.tax.mode == "inclusive":
        if exempt:
            net = amount_minor - included_tax(amount_minor, price_rate_ppm)
            return net, 0, net
        tax = included_tax(amount_minor, rate_ppm)
        return amount_minor - tax, tax, amount_minor
    tax = 0 if exempt else apply_rate(amount_minor, rate_ppm)
    return amount_minor, tax, amount_minor + tax


def _place(market: Market, destination: Address) -> tuple[str, str]:
    if destination.country not in market.countries:
        raise CountryNotSupported(country=destination.country, supported=[Country(code) for code in market.countries])
    return destination.country, destination.region if market.tax.regions else ""


@lru_cache(maxsize=4096)
def _quote(market: Market, rate_ppm: int, region: str, exempt: bool) -> TaxQuote:  # noqa: FBT001 - a cache key
    return TaxQuote(
        rate_ppm=0 if exempt else rate_ppm,
        name=TAX_NAMES[market.tax.name],
        region=region,
        exempt=exempt,
        price_rate_ppm=rate_ppm if market.tax.mode == "inclusive" else 0,
    )


@lru_cache(maxsize=256)
def _undecided(market: Market, tax_class: str, *, exempt: bool) -> TaxQuote:
    rate = 0 if market.tax.regions else _table_rate_ppm(market, market.home_country, "", tax_class)
    return replace(_quote(market, rate, market.home_country, exempt), final=False)


@lru_cache(maxsize=4096)
def _table_rate_ppm(market: Market, country: str, region: str, tax_class: str) -> int:
    if tax_class == "zero":
        return 0
    if market.tax.regions:
        return int(market.tax.regions[region] * 10_000)
    rates = dict(market.tax.countries[country])
    return int(rates.get(tax_class, rates["standard"]) * 10_000)  # type: ignore[call-overload]
