"""A cart and its quote as a shopper sees them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from urllib.parse import quote as quote_url

from store.carts import Cart, Quote, QuotedShipment, QuoteLine
from store.kernel import clock
from store.kernel.i18n import pick, translate
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.markets import Market, ShippingOption, backorder_window
from store.web.edge.problems import problem_body
from store.web.edge.schemas import Labelled, labelled, money_out
from store.web.storefront import labels, order_labels  # noqa: F401 - they register them
from store.web.storefront.cart_shapes import (
    CartLineOut,
    CartOut,
    PlannedChargeOut,
    PlannedLineOut,
    PlannedShipmentOut,
    ShippingOptionOut,
    TaxOut,
    TotalsOut,
    WindowOut,
)


def cart_out(cart: Cart, quote: Quote | None, locale: str) -> CartOut:
    window = _window(cart.market)
    return CartOut(
        id=cart.id,
        market=cart.market.code,
        locale=cart.locale,
        email=cart.email,
        address=cart.address,
        billing_address=cart.billing_address,
        shipping_method=cart.shipping_method,
        payment_method=labelled(cart.payment_method, locale) if cart.payment_method else None,
        coupon=cart.coupon,
        lines=[_line(quote, index, line, window, locale) for index, line in enumerate(quote.lines)] if quote else [],
        totals=_totals(quote, locale) if quote else None,
        shipping_options=[_option(option, quote, locale) for option in quote.options] if quote else [],
        shipments=[
            _shipment(quote, number, shipment, window, locale) for number, shipment in enumerate(quote.shipments, 1)
        ]
        if quote
        else [],
        charge_plan=charge_plan(quote, locale) if quote else [],
        quote=quote.fingerprint if quote and quote.problem is None else None,
        problem=problem_body(quote.problem, locale) if quote and quote.problem else None,
        expires_at=cart.expires_at,
    )


def charge_plan(quote: Quote, locale: str) -> list[PlannedChargeOut]:
    return [
        PlannedChargeOut(
            when=charge.when,
            when_label=status_label(charge.when, locale),
            on=charge.on,
            amount=money_out(charge.amount, locale),
            shipment=None if charge.shipment is None else charge.shipment + 1,
            authorized_now=charge.authorized_now,
        )
        for charge in quote.charges
    ]


def percent(rate_ppm: int) -> str:
    """200_000 → "20", 82_500 → "8.25"."""
    text = f"{Decimal(rate_ppm).scaleb(-4):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tax_out(name: str, region: str, rate_ppm: int, amount: Money, locale: str, *, included: bool) -> TaxOut:
    return TaxOut(
        name=translate(locale, name),
        region=region,
        rate_percent=percent(rate_ppm),
        amount=money_out(amount, locale),
        included=included,
    )


def _totals(quote: Quote, locale: str) -> TotalsOut:
    market, inclusive = quote.market, quote.market.tax_mode == "inclusive"
    goods = quote.displayed_goods + quote.discount
    shipping = quote.shipping_price if inclusive else quote.shipping_price - quote.shipping_tax
    exempted = quote.displayed_goods - quote.goods if inclusive else Money.zero(market.currency)
    return TotalsOut(
        tax_mode=Labelled(code=market.tax_mode, label=status_label(f"tax_{market.tax_mode}", locale)),
        goods=money_out(goods, locale),
        discount=money_out(quote.discount, locale),
        shipping=money_out(shipping, locale),
        exempted=money_out(exempted, locale),
        tax=tax_out(quote.tax.name, quote.tax.region, quote.tax.rate_ppm, quote.total_tax, locale, included=inclusive),
        total=money_out(quote.total, locale),
    )


def _line(quote: Quote, index: int, line: QuoteLine, window: WindowOut, locale: str) -> CartLineOut:
    currency = quote.market.currency
    now, kinds, later, estimated = _when(quote, index)
    path = line.variant.media_path
    return CartLineOut(
        sku=line.variant.sku,
        name=pick(line.variant.names, locale),
        picture_url=quote_url(path, safe="/:%?&=#") if path else None,
        quantity=line.quantity,
        unit_price=money_out(Money(line.variant.unit_price_minor, currency), locale),
        compare_at=money_out(Money(line.variant.compare_at_minor, currency), locale)
        if line.variant.compare_at_minor
        else None,
        discount=money_out(Money(line.discount_minor, currency), locale),
        total=money_out(Money(line.displayed_minor, currency), locale),
        availability=labelled(_availability(kinds), locale),
        available_now=now,
        expected_ship_on=later,
        expected_window=window if estimated else None,
    )


def _when(quote: Quote, index: int) -> tuple[int, set[str], date | None, bool]:
    """(units that leave from stock, kinds of its shipments, when the others leave, whether that is an estimate)."""
    now, kinds, later, estimated = 0, set(), None, False
    for shipment in quote.shipments:
        for line_index, quantity, _, _ in shipment.lines:
            if line_index != index:
                continue
            kinds.add(shipment.plan.kind)
            if shipment.plan.kind == "stock":
                now += quantity
            else:
                later = max(later or shipment.plan.ship_on, shipment.plan.ship_on)
                estimated |= shipment.plan.estimated
    return now, kinds, later, estimated


def _availability(kinds: set[str]) -> str:
    if not kinds:
        return "unavailable"
    if kinds == {"stock"}:
        return "in_stock"
    return "partly_in_stock" if "stock" in kinds else next(iter(sorted(kinds, reverse=True)))


def _option(option: ShippingOption, quote: Quote, locale: str) -> ShippingOptionOut:
    return ShippingOptionOut(
        code=option.method.code,
        name=option.method.name(locale),
        carrier=option.method.carrier,
        price=money_out(option.price, locale),
        transit_days=option.method.transit_days,
        promised_on=option.promised_on,
        chosen=quote.shipping is not None and quote.shipping.method.code == option.method.code,
    )


def _shipment(
    quote: Quote, number: int, shipment: QuotedShipment, window: WindowOut, locale: str
) -> PlannedShipmentOut:
    def amount(minor: int) -> Money:
        return Money(minor, quote.market.currency)

    return PlannedShipmentOut(
        number=number,
        kind=labelled(shipment.plan.kind, locale),
        lines=[
            PlannedLineOut(
                sku=quote.lines[index].variant.sku,
                name=pick(quote.lines[index].variant.names, locale),
                quantity=quantity,
            )
            for index, quantity, _, _ in shipment.lines
        ],
        ship_on=shipment.plan.ship_on,
        promised_on=shipment.plan.promised_on,
        ship_window=window if shipment.plan.estimated else None,
        goods=money_out(amount(shipment.goods_minor), locale),
        shipping=money_out(amount(shipment.shipping_minor), locale),
        tax=money_out(amount(shipment.tax_minor), locale),
        total=money_out(amount(shipment.total_minor), locale),
    )


def _window(market: Market) -> WindowOut:
    earliest, latest = backorder_window(market, clock.now())
    return WindowOut(earliest=earliest, latest=latest)
