"""Markets, as a shop needs them to begin: languages, currency, countries, shipping, payment, support (MKT-1, SUP-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from store.kernel import clock
from store.kernel.i18n import babel_locale
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.markets import Market, UnknownMarket, all_markets, get_market
from store.web.edge.documented import answers, problems
from store.web.edge.etag import answer_with_etag
from store.web.edge.roles import SHOPPERS, requires
from store.web.edge.schemas import Labelled, MoneyOut, Out, labelled, money_out


class CountryOut(Out):
    code: str
    name: str


class ShippingMethodOut(Out):
    """`price` is the base price; a cart tells the exact one for its address and weight."""

    code: str
    name: str
    carrier: str
    price: MoneyOut
    free_from: MoneyOut | None
    transit_days: int
    countries: list[str]


class OpeningHoursOut(Out):
    days: list[str]
    opens: str
    closes: str


class SupportOut(Out):
    """`open_now` at the time of the answer; `next_opening` while closed."""

    phone: str
    email: str
    time_zone: str
    hours: list[OpeningHoursOut]
    open_now: bool
    next_opening: datetime | None


class MarketSummary(Out):
    code: str
    name: str
    currency: str
    locales: list[str]
    default_locale: str
    tax_mode: Labelled


class MarketOut(MarketSummary):
    time_zone: str
    countries: list[CountryOut]
    shipping_methods: list[ShippingMethodOut]
    payment_methods: list[Labelled]
    refund_days: int
    handling_days: int
    support: SupportOut


@get("/", opt=requires(*SHOPPERS), responses=answers(list[MarketSummary]), summary="List the markets")
async def list_markets(request: Request[Any, Any, Any], locale: NamedDependency[str]) -> Response[bytes]:
    """Every market of the store with its currency and languages."""
    return answer_with_etag(request, [_summary(market, locale) for market in all_markets()])


@get("/{market:str}", opt=requires(*SHOPPERS), responses=problems(UnknownMarket), summary="Show a market")
async def show_market(market: FromPath[str], locale: NamedDependency[str]) -> MarketOut:
    """Everything a shop needs to know about a market, with support's hours and whether it is open now."""
    found = get_market(market)
    return MarketOut(
        **_summary(found, locale),
        time_zone=found.time_zone,
        countries=[_country(code, locale) for code in found.countries],
        shipping_methods=_shipping_methods(found, locale),
        payment_methods=[labelled(code, locale) for code in found.payment_methods],
        refund_days=found.policy.refund_days,
        handling_days=found.policy.handling_days,
        support=_support(found),
    )


def _summary(market: Market, locale: str) -> dict[str, Any]:
    return {
        "code": market.code,
        "name": market.name(locale),
        "currency": market.currency,
        "locales": list(market.locales),
        "default_locale": market.default_locale,
        "tax_mode": Labelled(code=market.tax_mode, label=status_label(f"tax_{market.tax_mode}", locale)),
    }


def _country(code: str, locale: str) -> CountryOut:
    return CountryOut(code=code, name=babel_locale(locale).territories.get(code, code))


def _shipping_methods(market: Market, locale: str) -> list[ShippingMethodOut]:
    def amount(minor: int) -> MoneyOut:
        return money_out(Money(minor, market.currency), locale)

    return [
        ShippingMethodOut(
            code=method.code,
            name=method.name(locale),
            carrier=method.carrier,
            price=amount(method.price_minor),
            free_from=None if method.free_from_minor is None else amount(method.free_from_minor),
            transit_days=method.transit_days,
            countries=list(method.countries or market.countries),
        )
        for method in market.shipping_methods
    ]


def _support(market: Market) -> SupportOut:
    support, now = market.support, clock.now()
    return SupportOut(
        phone=support.phone,
        email=support.email,
        time_zone=support.time_zone,
        hours=[
            OpeningHoursOut(days=list(hours.days), opens=f"{hours.opens:%H:%M}", closes=f"{hours.closes:%H:%M}")
            for hours in support.hours
        ],
        open_now=support.is_open(now),
        next_opening=support.next_opening(now),
    )


router = Router(path="/api/v1/markets", route_handlers=[list_markets, show_market], tags=["Markets"])
