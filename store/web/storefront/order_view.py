"""Orders as their owners see them; five statements for any number of orders, two more for refunds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from store.documents import invoices_of
from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.markets import Address, Market, get_market
from store.orders.find_orders import WholeOrder, load_orders
from store.orders.statuses import fulfillment_status
from store.payments.views import payment_summaries
from store.refunds import credit_notes_of, refunds_of
from store.web.edge.schemas import Labelled, labelled, money_out
from store.web.storefront import labels, order_labels  # noqa: F401 - they register them
from store.web.storefront.cart_shapes import TotalsOut
from store.web.storefront.cart_view import tax_out
from store.web.storefront.order_actions import actions_out
from store.web.storefront.order_documents import credit_note_out, invoice_out
from store.web.storefront.order_money import charges_by_shipment, payment_out, refund_out
from store.web.storefront.order_shapes import (
    OrderLineOut,
    OrderOut,
    OrderSummary,
)
from store.web.storefront.order_shipments import shipment_out

Summary = Mapping[str, Any]
_TAKEN = {"capturing", "captured", "invoiced"}
# Until it is granted, a refund is customer service's own matter.
_NOT_TOLD = {"awaiting_approval", "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOrder:
    """Everything that an answer about an order is built from."""

    whole: WholeOrder
    payment: Summary | None
    refunds: Sequence[db.Row] = ()
    invoices: Sequence[db.Row] = ()
    credit_notes: Sequence[db.Row] = ()

    @property
    def order(self) -> db.Row:
        return self.whole.order

    @property
    def market(self) -> Market:
        return get_market(self.order["market"])


async def see_orders(order_ids: Sequence[UUID]) -> list[SeenOrder]:
    """In the order of the ids, without refunds."""
    wholes = await load_orders(order_ids)
    payments = await payment_summaries(order_ids) if wholes else {}
    return [SeenOrder(whole=whole, payment=payments.get(whole.order["id"])) for whole in wholes]


async def see_order(order_id: UUID) -> SeenOrder:
    """With refunds, invoices and credit notes, which are looked for once money was taken or goods have left."""
    (seen,) = await see_orders([order_id])
    charges = seen.payment["charges"] if seen.payment else ()
    taken = any(charge["status"] in _TAKEN for charge in charges)
    if not taken and not any(shipment["dispatched_at"] for shipment in seen.whole.shipments):
        return seen
    return replace(
        seen,
        refunds=await refunds_of([order_id]),
        invoices=await invoices_of([order_id]),
        credit_notes=await credit_notes_of([order_id]),
    )


def order_out(seen: SeenOrder, locale: str) -> OrderOut:
    order, market = seen.order, seen.market
    return OrderOut(
        **_summary_fields(seen, locale),
        channel_reference=order["channel_reference"],
        email=order["email"],
        locale=order["locale"],
        shipping_address=msgspec.convert(order["shipping_address"], Address),
        billing_address=msgspec.convert(order["billing_address"], Address),
        shipping_method=_shipping_method(market, order["shipping_method"], locale),
        coupon=order["coupon"],
        lines=[_line(seen, line, locale) for line in seen.whole.lines],
        totals=_totals(seen, locale),
        payment=payment_out(seen.payment, market, seen.whole.shipments, locale) if seen.payment else None,
        refunds=[refund_out(refund, locale) for refund in seen.refunds if refund["status"] not in _NOT_TOLD],
        invoices=[invoice_out(invoice, seen.whole.shipments, locale) for invoice in seen.invoices],
        credit_notes=[credit_note_out(note, locale) for note in seen.credit_notes],
        actions=actions_out(seen.whole, locale),
    )


def order_summary(seen: SeenOrder, locale: str) -> OrderSummary:
    return OrderSummary(**_summary_fields(seen, locale))


def _summary_fields(seen: SeenOrder, locale: str) -> dict[str, Any]:
    order = seen.order
    payment_status = seen.payment["payment_status"] if seen.payment else _unpaid_status(order)
    fulfillment = fulfillment_status(shipment["status"] for shipment in seen.whole.shipments)
    charges = charges_by_shipment(seen.payment, seen.whole.shipments, locale)
    names = {line["id"]: pick(line["names"], locale) for line in seen.whole.lines}
    return {
        "number": order["number"],
        "market": order["market"],
        "channel": order["channel"],
        "origin": Labelled(code=order["origin"], label=status_label(f"origin_{order['origin']}", locale)),
        "return_number": order["origin_number"],
        "status": order["status"],
        "status_label": status_label(order["status"], locale),
        "payment_status": payment_status,
        "payment_status_label": status_label(payment_status, locale),
        "fulfillment_status": fulfillment.value,
        "fulfillment_status_label": status_label(fulfillment, locale),
        "placed_at": order["placed_at"],
        "total": money_out(Money(order["total_minor"], order["currency"]), locale),
        "customer_reference": order["customer_reference"],
        "shipments": [
            shipment_out(shipment, names, charges.get(shipment["id"]), locale) for shipment in seen.whole.shipments
        ],
    }


def _unpaid_status(order: db.Row) -> str:
    """Of an order without a payment: paid elsewhere, or free of charge."""
    return "external" if order["origin"] == "shop" else "not_required"


def _line(seen: SeenOrder, line: db.Row, locale: str) -> OrderLineOut:
    canceled = sum(
        part["canceled_quantity"]
        for shipment in seen.whole.shipments
        for part in shipment["lines"] or ()
        if part["order_line_id"] == str(line["id"])
    )

    def amount(minor: int) -> Money:
        return Money(minor, seen.order["currency"])

    return OrderLineOut(
        id=line["id"],
        sku=line["sku"],
        name=pick(line["names"], locale),
        quantity=line["quantity"],
        canceled_quantity=canceled,
        unit_price=money_out(amount(line["unit_price_minor"]), locale),
        discount=money_out(amount(line["discount_minor"]), locale),
        tax=money_out(amount(line["tax_minor"]), locale),
        total=money_out(amount(line["total_minor"]), locale),
    )


def _totals(seen: SeenOrder, locale: str) -> TotalsOut:
    """The same figures as in the cart, from what was frozen."""
    order = seen.order
    inclusive = order["tax_mode"] == "inclusive"
    goods = sum(line["unit_price_minor"] * line["quantity"] for line in seen.whole.lines) or order["goods_minor"]
    shipping = order["shipping_minor"] - (0 if inclusive else order["shipping_tax_minor"])
    exempted = goods - order["discount_minor"] - order["goods_minor"] if inclusive else 0

    def amount(minor: int) -> Money:
        return Money(minor, order["currency"])

    return TotalsOut(
        tax_mode=Labelled(code=order["tax_mode"], label=status_label(f"tax_{order['tax_mode']}", locale)),
        goods=money_out(amount(goods), locale),
        discount=money_out(amount(order["discount_minor"]), locale),
        shipping=money_out(amount(shipping), locale),
        exempted=money_out(amount(exempted), locale),
        tax=tax_out(
            order["tax_name"],
            order["tax_region"],
            order["tax_rate_ppm"],
            amount(order["tax_minor"] + order["shipping_tax_minor"]),
            locale,
            included=inclusive,
        ),
        total=money_out(amount(order["total_minor"]), locale),
    )


def _shipping_method(market: Market, code: str, locale: str) -> Labelled:
    for method in market.shipping_methods:
        if method.code == code:
            return Labelled(code=code, label=method.name(locale))
    return labelled(code, locale)
