"""What a cart costs, when it arrives and when it is charged: everything a customer sees before ordering (CRT-1…3).

`make_quote` loads what it needs in two to four statements and computes the rest. The placement makes the quote anew
in its own transaction and compares the hash, so that nobody is charged what they weren't shown (CRT-8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from store.carts.quote import (
    CouponNotValid,
    EmptyCart,
    PlannedCharge,
    Quote,
    QuotedShipment,
    QuoteLine,
    QuoteRequest,
    UnknownItems,
)
from store.catalog import Promotion, SellableVariant, find_promotion, load_variants, remembered_variants
from store.customers import exemption_for
from store.inventory import StockGone, VariantStock, availability, availability_and_version, list_warehouses
from store.kernel.money import Money, allocate, share_taxed
from store.markets import Market
from store.markets.addresses import Address
from store.markets.calendar import local_date
from store.markets.shipping import ShippingOption, choose_shipping, shipping_options
from store.markets.tax import line_tax, tax_rate
from store.payments.methods import AT_PLACEMENT, PREPAID, capture_policy, method_for
from store.shipments import Item, PlannedShipment, plan_shipments, waiting_units


async def make_quote(request: QuoteRequest) -> Quote:
    """Price the lines. Raises EmptyCart, UnknownItems, CouponNotValid, UnknownShippingMethod, PaymentMethodNotOffered.

    Goods that can't be had don't raise here: they are the quote's `problem`, and the placement raises it.
    """
    if not request.lines:
        raise EmptyCart
    items, stock = await _goods(request)
    waiting = await _waiting(items, stock)
    promotion = await _promotion(request)
    exempt = await _is_exempt(request)
    return _price(request, items, stock, waiting, promotion, await default_warehouse(request.market.code), exempt)


async def _goods(request: QuoteRequest) -> tuple[list[Item], dict[UUID, VariantStock]]:
    """What is asked and what of it is there: one statement when the catalogue still is as we remember it."""
    market, skus = request.market.code, [sku for sku, _ in request.lines]
    known = remembered_variants(market, skus)
    if known is not None:
        remembered_version, remembered = known
        items = _items(request, remembered)
        stock, version = await availability_and_version(market, _tracked(items))
        if version == remembered_version:
            return items, stock
    variants = await load_variants(market, skus=skus)
    unknown = [sku for sku in skus if sku not in variants]
    if unknown:
        raise UnknownItems(skus=unknown)
    items = _items(request, variants)
    return items, await availability(market, _tracked(items))


def _items(request: QuoteRequest, variants: Mapping[Any, SellableVariant]) -> list[Item]:
    return [Item(index, variants[sku], quantity) for index, (sku, quantity) in enumerate(request.lines)]


def _tracked(items: Sequence[Item]) -> list[UUID]:
    return [item.variant.variant_id for item in items if item.variant.tracks_stock]


async def _waiting(items: Sequence[Item], stock: Mapping[UUID, VariantStock]) -> dict[UUID, int]:
    """What older orders wait for, asked only when something isn't in stock."""
    short = [
        item.variant.variant_id
        for item in items
        if item.variant.tracks_stock and stock[item.variant.variant_id].free < item.quantity
    ]
    return await waiting_units(short) if short else {}


async def _promotion(request: QuoteRequest) -> Promotion | None:
    if not request.coupon:
        return None
    promotion = await find_promotion(request.coupon, request.market.code, request.at)
    if promotion is None:
        raise CouponNotValid(coupon=request.coupon)
    return promotion


async def _is_exempt(request: QuoteRequest) -> bool:
    day = local_date(request.market, request.at)
    return await exemption_for(request.account_id, request.partner_id, request.market.code, day) is not None


def _price(
    request: QuoteRequest,
    items: Sequence[Item],
    stock: Mapping[UUID, VariantStock],
    waiting: Mapping[UUID, int],
    promotion: Promotion | None,
    warehouse: str,
    exempt: bool,  # noqa: FBT001 - one of many facts
) -> Quote:
    market = request.market
    lines = _price_lines(market, items, request.address, promotion, exempt=exempt)
    displayed = Money(sum(line.displayed_minor for line in lines), market.currency)
    weight = sum(item.variant.weight_grams * item.quantity for item in items)
    problem: StockGone | None = None
    planned: list[PlannedShipment] = []
    offered = partial(
        shipping_options,
        market,
        request.address,
        displayed,
        weight_grams=weight,
        ordered_at=request.at,
        exempt=exempt,
        by_email=not any(item.variant.tracks_stock for item in items),
    )
    options = offered()
    shipping = choose_shipping(options, request.shipping_method) if request.shipping_method else None
    try:
        method = shipping.method if shipping else (options[0].method if options else None)
        planned = plan_shipments(items, stock, waiting, market, method, request.at, warehouse)
    except StockGone as gone:
        problem = gone
    if planned and planned[0].ready_on is not None:
        options = offered(ready_on=planned[0].ready_on)
    shipments = _share_out(lines, planned, shipping)
    policy, charges = _charge_plan(request, shipments)
    return Quote(
        market=market,
        lines=tuple(lines),
        shipments=shipments,
        charges=charges,
        options=tuple(options),
        shipping=shipping,
        promotion=promotion,
        tax=tax_rate(market, request.address, "standard", exempt),
        exempt=exempt,
        problem=problem,
        policy=policy,
    )


def _price_lines(
    market: Market, items: Sequence[Item], address: Address | None, promotion: Promotion | None, *, exempt: bool
) -> list[QuoteLine]:
    displayed = [item.variant.unit_price_minor * item.quantity for item in items]
    off = promotion.discount(sum(displayed)) if promotion else 0
    discounts = allocate(off, displayed) if off else [0] * len(items)
    lines = []
    for item, price, discount in zip(items, displayed, discounts, strict=True):
        rate = tax_rate(market, address, item.variant.tax_class, exempt)
        _, tax, gross = line_tax(market, rate, price - discount)
        lines.append(
            QuoteLine(
                variant=item.variant,
                quantity=item.quantity,
                discount_minor=discount,
                tax=rate,
                tax_minor=tax,
                total_minor=gross,
            )
        )
    return lines


def _share_out(
    lines: Sequence[QuoteLine], planned: Sequence[PlannedShipment], shipping: ShippingOption | None
) -> tuple[QuotedShipment, ...]:
    """Give each shipment its exact share of the lines and of the shipping, so that shares sum to the whole (MKT-6).

    Shipping is shared by value among those that are carried: what goes by e-mail has no part in it.
    """
    taken = [0] * len(lines)
    parts: list[list[tuple[int, int, int, int]]] = []
    for plan in planned:
        part = []
        for index, quantity in plan.lines:
            line = lines[index]
            goods, tax = share_taxed(line.total_minor, line.tax_minor, line.quantity, taken[index], quantity)
            taken[index] += quantity
            part.append((index, quantity, goods, tax))
        parts.append(part)
    weights = [
        sum(goods for _, _, goods, _ in part)
        if any(lines[index].variant.tracks_stock for index, _, _, _ in part)
        else 0
        for part in parts
    ]
    net = shipping.gross_minor - shipping.tax_minor if shipping else 0
    net_shares = allocate(net, weights) if parts else []
    tax_shares = allocate(shipping.tax_minor if shipping else 0, weights) if parts else []
    return tuple(
        QuotedShipment(
            plan=plan,
            lines=tuple(part),
            goods_minor=sum(goods for _, _, goods, _ in part),
            goods_tax_minor=sum(tax for _, _, _, tax in part),
            shipping_minor=net_share + tax_share,
            shipping_tax_minor=tax_share,
        )
        for plan, part, net_share, tax_share in zip(planned, parts, net_shares, tax_shares, strict=True)
    )


def _charge_plan(
    request: QuoteRequest, shipments: Sequence[QuotedShipment]
) -> tuple[str | None, tuple[PlannedCharge, ...]]:
    """When each share is taken with the chosen method (PAY-2, PAY-3)."""
    if not request.payment_method:
        return None, ()
    market = request.market
    policy = capture_policy(market, method_for(market, request.payment_method))
    total = sum(shipment.total_minor for shipment in shipments)
    if policy in (AT_PLACEMENT, PREPAID):
        charge = PlannedCharge(
            when=policy,
            on=local_date(market, request.at),
            amount=Money(total, market.currency),
            shipment=None,
            authorized_now=False,
        )
        return policy, (charge,) if shipments else ()
    return policy, tuple(
        PlannedCharge(
            when=policy,
            on=shipment.plan.ship_on,
            amount=Money(shipment.total_minor, market.currency),
            shipment=index,
            authorized_now=shipment.plan.soon and policy == "at_shipment",
        )
        for index, shipment in enumerate(shipments)
    )


_default_warehouses: dict[str, str] = {}


async def default_warehouse(market: str) -> str:
    """The first warehouse that serves a market: where things without a place of their own come from."""
    if market not in _default_warehouses:
        serving = [(place.markets[market], place.code) for place in await list_warehouses() if market in place.markets]
        if not serving:
            return ""
        _default_warehouses[market] = min(serving)[1]
    return _default_warehouses[market]
