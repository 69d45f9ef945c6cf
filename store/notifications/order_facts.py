"""What e-mails say about an order: its lines, its sums, its shipments and when each share is charged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from store.kernel.i18n import DEFAULT_LOCALE, normalize_locale, pick
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.markets import Address, Market, format_address, get_market, local_date
from store.notifications.letterhead import letterhead
from store.orders.find_orders import WholeOrder, load_orders
from store.payments.methods import BRANDS
from store.payments.tables import load_payment
from store.payments.views import payment_summary

AHEAD = frozenset({"waiting", "ready", "on_hold", "released"})  # not left yet
LEFT = frozenset({"dispatched", "delivered", "returned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """`payment` is payments' summary with the capture policy added; None when there is nothing to pay here."""

    whole: WholeOrder
    market: Market
    locale: str
    payment: Mapping[str, Any] | None

    def __getitem__(self, column: str) -> Any:
        return self.whole.order[column]

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self["currency"])

    def day(self, moment: datetime) -> Any:
        """The calendar day of a moment where the market is."""
        return local_date(self.market, moment)


async def load_facts(order_id: UUID) -> OrderFacts:
    (whole,) = await load_orders([order_id])
    summary = await payment_summary(order_id)
    if summary is not None:
        summary = {**summary, "capture_policy": (await load_payment(summary["id"]))["capture_policy"]}
    return OrderFacts(
        whole=whole,
        market=get_market(whole.order["market"]),
        locale=normalize_locale(whole.order["locale"]) or DEFAULT_LOCALE,  # The order's, never the caller's (L10N-3).
        payment=summary,
    )


def common_context(facts: OrderFacts, **subject_facts: Any) -> dict[str, Any]:
    """What every e-mail about an order has: the greeting, the number, the seller and how to reach people."""
    address = _address(facts, "shipping_address")
    return {
        "subject_facts": {"number": facts["number"], **subject_facts},
        "number": facts["number"],
        "name": address.name or address.company,
        "customer_reference": facts["customer_reference"],
        **letterhead(facts.market, facts.locale),
    }


def address_lines(facts: OrderFacts, column: str) -> list[str]:
    return format_address(_address(facts, column), facts.locale, origin=facts.market.home_country)


def _address(facts: OrderFacts, column: str) -> Address:
    return msgspec.convert(facts[column], Address)


def described_lines(facts: OrderFacts) -> list[dict[str, Any]]:
    """The lines with what is paid for them, in the market's manner: with the tax in it, or before tax."""
    included = facts["tax_mode"] == "inclusive"
    return [
        {
            "name": pick(line["names"], facts.locale),
            "sku": line["sku"],
            "quantity": line["quantity"],
            "amount": facts.money(line["total_minor"] - (0 if included else line["tax_minor"])),
            "serials": [],
        }
        for line in facts.whole.lines
    ]


def totals(facts: OrderFacts) -> dict[str, Any]:
    """Goods + shipping (+ tax, where it comes on top) = total; discounts are in the goods already."""
    included = facts["tax_mode"] == "inclusive"
    tax = facts["tax_minor"] + facts["shipping_tax_minor"]
    return {
        "goods": facts.money(facts["goods_minor"] - (0 if included else facts["tax_minor"])),
        "discount": facts.money(facts["discount_minor"]),
        "shipping": facts.money(facts["shipping_minor"] - (0 if included else facts["shipping_tax_minor"])),
        "tax": facts.money(tax),
        "tax_name": facts["tax_name"],
        "tax_included": included,
        "total": facts.money(facts["total_minor"]),
    }


def described_shipments(facts: OrderFacts, statuses: Iterable[str] = AHEAD) -> list[dict[str, Any]]:
    """The shipments in these statuses, with the units that were not cancelled."""
    names = {str(line["id"]): pick(line["names"], facts.locale) for line in facts.whole.lines}
    wanted = set(statuses)
    return [
        {
            **{name: shipment[name] for name in ("id", "number", "kind", "ship_on", "promised_on")},
            "by_email": is_by_email(facts, shipment["id"]),
            "items": [
                {
                    "name": names[line["order_line_id"]],
                    "sku": line["sku"],
                    "quantity": line["quantity"] - line["canceled_quantity"],
                    "amount": None,
                    "serials": line["serials"],
                }
                for line in shipment["lines"] or []
                if line["quantity"] > line["canceled_quantity"]
            ],
        }
        for shipment in facts.whole.shipments
        if shipment["status"] in wanted
    ]


def is_by_email(facts: OrderFacts, shipment_id: UUID) -> bool:
    """Nothing but services is in it, so that no parcel leaves (see orders.fulfil_services)."""
    services = {str(line["id"]) for line in facts.whole.lines if line["kind"] == "service"}
    lines = next(shipment["lines"] or [] for shipment in facts.whole.shipments if shipment["id"] == shipment_id)
    alive = [line for line in lines if line["quantity"] > line["canceled_quantity"]]
    return bool(alive) and all(line["order_line_id"] in services for line in alive)


def canceled_items(facts: OrderFacts) -> list[dict[str, Any]]:
    """All units of the order that were cancelled so far, by order line."""
    counts: dict[str, int] = {}
    for line in (line for shipment in facts.whole.shipments for line in shipment["lines"] or []):
        counts[line["order_line_id"]] = counts.get(line["order_line_id"], 0) + line["canceled_quantity"]
    return [
        {**described, "quantity": counts[str(line["id"])], "amount": None}
        for line, described in zip(facts.whole.lines, described_lines(facts), strict=True)
        if counts.get(str(line["id"]))
    ]


def payment_context(facts: OrderFacts) -> dict[str, Any] | None:
    """How the order is paid: the method, the share of each charge and its day, what a transfer needs."""
    payment = facts.payment
    if payment is None:
        return None
    shipments = {shipment["id"]: shipment for shipment in facts.whole.shipments}
    by_invoice = payment["method"] in {"wire", "purchase_order"}
    return {
        "policy": payment["capture_policy"],
        "method": method_label(payment, facts.locale),
        "charges": [
            {
                "amount": charge["amount"],
                "shipment": shipment["number"] if shipment else None,
                "on": shipment["ship_on"] if shipment else charge["due_on"],
            }
            for charge in payment["charges"]
            if charge["status"] != "released" and charge["amount"]
            for shipment in [shipments.get(charge["shipment_id"])]
        ],
        "transfer": transfer_context(facts, payment["transfer_reference"]) if by_invoice else None,
        "purchase_order_number": payment["purchase_order_number"],
        "net_days": payment["net_days"] if by_invoice else None,
    }


def method_label(payment: Mapping[str, Any], locale: str) -> str:
    """e.g. "Visa •••• 4242", or the method's name."""
    if payment["brand"] and payment["last4"]:
        return f"{BRANDS.get(payment['brand'], payment['brand'])} •••• {payment['last4']}"
    return status_label(payment["method"], locale)


def transfer_context(facts: OrderFacts, reference: str | None) -> dict[str, Any]:
    """The account that transfers of this market go to, and what to write on them (PAY-10)."""
    bank = facts.market.legal_entity.bank
    return {**msgspec.to_builtins(bank), "reference": reference or facts["number"]}
