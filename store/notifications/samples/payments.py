"""Samples of e-mails about money: payment links, invoices, refunds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.notifications import kinds
from store.notifications.order_facts import OrderFacts
from store.notifications.payment_emails import invoice_context, link_context
from store.notifications.refund_emails import refund_context
from store.notifications.samples.orders import MIXED, SMALL
from store.notifications.samples.shop import at, in_days, sample_order
from store.payments.payment_links import PaymentLink


def _link(locale: str) -> Mapping[str, Any]:
    facts = sample_order(locale, MIXED, left=1)
    return link_context(facts, _payment_link(facts, 1))


def _link_for_what_has_left(locale: str) -> Mapping[str, Any]:
    facts = sample_order(locale, MIXED, left=1)
    return link_context(facts, _payment_link(facts, 0))


def _payment_link(facts: OrderFacts, index: int) -> PaymentLink:
    assert facts.payment is not None
    charge = facts.payment["charges"][index]
    return PaymentLink(
        id=UUID(int=500),
        payment_id=UUID(int=501),
        order_id=facts["id"],
        order_number=facts["number"],
        charge_id=charge["id"],
        method="card",
        provider="stripe",
        amount=charge["amount"],
        shipping=Money.zero(charge["amount"].currency),
        tax=Money.zero(charge["amount"].currency),
        expires_at=at(in_days(25)),
        reminded=0,
    )


def _invoice(method: str) -> Callable[[str], Mapping[str, Any]]:
    def context(locale: str) -> Mapping[str, Any]:
        facts = sample_order(locale, SMALL, left=1, method=method, policy="invoice_at_shipment")
        invoice = {
            "number": f"{facts['market']}2026-000017",
            "amount_minor": facts["total_minor"],
            "shipping_minor": facts["shipping_minor"],
            "tax_minor": facts["tax_minor"] + facts["shipping_tax_minor"],
            "shipping_tax_minor": facts["shipping_tax_minor"],
            "tax_name": facts["tax_name"],
            "due_on": in_days(31),
            "purchase_order_number": "PO-2026-0117" if method == "purchase_order" else None,
            "transfer_reference": "7K3M9QX2" if method == "wire" else None,
            "lines": [_invoice_line(line) for line in facts.whole.lines],
        }
        return invoice_context(facts, invoice)

    return context


def _invoice_line(line: db.Row) -> dict[str, Any]:
    return {
        "names": line["names"],
        "sku": line["sku"],
        "quantity": line["quantity"],
        "goods_minor": line["total_minor"],
        "tax_minor": line["tax_minor"],
    }


def _refunded(**changes: Any) -> Callable[[str], Mapping[str, Any]]:
    def context(locale: str) -> Mapping[str, Any]:
        facts = sample_order(locale, SMALL, left=1)
        goods = facts.whole.lines[0]["total_minor"]
        fee = -goods * 15 // 100
        refund = {
            "amount_minor": goods + facts["shipping_minor"] + fee,
            "money_minor": goods + facts["shipping_minor"] + fee,
            "manual_reference": None,
            "credit_note": f"AV-{facts['market']}2026-000004",
            "lines": [
                {**dict(facts.whole.lines[0]), "kind": "goods", "amount_minor": goods},
                {"kind": "shipping", "amount_minor": facts["shipping_minor"]},
                {"kind": "fee", "amount_minor": fee},
            ],
            **changes,
        }
        return refund_context(facts, refund)

    return context


SAMPLES = {
    (kinds.PAYMENT_LINK, ""): _link,
    (kinds.PAYMENT_LINK, "gone"): _link_for_what_has_left,
    (kinds.PAYMENT_LINK_REMINDER, ""): _link,
    (kinds.INVOICE_DUE, ""): _invoice("wire"),
    (kinds.INVOICE_DUE, "purchase_order"): _invoice("purchase_order"),
    (kinds.REFUNDED, ""): _refunded(),
    (kinds.REFUNDED, "by_hand"): _refunded(manual_reference="bank"),
    (kinds.REFUNDED, "set_off"): _refunded(money_minor=0),
}
