"""Samples of e-mails about an order, its shipments and its certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.notifications import kinds
from store.notifications.certificate_emails import described, issued_context
from store.notifications.order_emails import canceled_context, confirmed_context
from store.notifications.order_facts import common_context
from store.notifications.samples.goods import (
    ACCESS_POINT,
    ARTICLES,
    HEADSET,
    PHONE,
    SUPPORT_PLAN,
    SWITCH,
)
from store.notifications.samples.shop import at, in_days, sample_order
from store.notifications.shipment_emails import dispatched_context
from store.warranty.certificates import Certificate

FIRST, SECOND = UUID(int=200), UUID(int=201)
# Twelve lines in three shipments.
LARGE = (
    ([(article, 1 + index % 3) for index, article in enumerate(ARTICLES[:6])], "in_stock", 1),
    ([(article, 2) for article in ARTICLES[6:11]], "backorder", 15),
    ([(ARTICLES[11], 12)], "preorder", 45),
)
SMALL = (([(HEADSET, 2), (ARTICLES[4], 1)], "in_stock", 1),)
MIXED = (([(HEADSET, 2), (PHONE, 1)], "in_stock", 1), ([(SWITCH, 1), (ACCESS_POINT, 3)], "backorder", 15))


def _confirmed(locale: str) -> Mapping[str, Any]:
    return confirmed_context(sample_order(locale, LARGE, discount_percent=10, long_name=True, reference="2026-Q1/017"))


def _paid_at_once(locale: str) -> Mapping[str, Any]:
    return confirmed_context(sample_order(locale, SMALL, method="apple_pay", policy="at_placement"))


def _by_transfer(locale: str) -> Mapping[str, Any]:
    return confirmed_context(sample_order(locale, SMALL, method="wire", policy="prepaid"))


def _by_purchase_order(locale: str) -> Mapping[str, Any]:
    return confirmed_context(sample_order(locale, MIXED, method="purchase_order", policy="invoice_at_shipment"))


def _canceled(locale: str) -> Mapping[str, Any]:
    return canceled_context(sample_order(locale, SMALL, canceled=1), partly=False, unpaid=False)


def _canceled_unpaid(locale: str) -> Mapping[str, Any]:
    return canceled_context(
        sample_order(locale, SMALL, canceled=1, method="wire", policy="prepaid", payment={"charges": []}),
        partly=False,
        unpaid=True,
    )


def _partly_canceled(locale: str) -> Mapping[str, Any]:
    facts = sample_order(locale, tuple(reversed(MIXED)), canceled=1, method="paypal", policy="at_placement")
    return canceled_context(facts, partly=True, unpaid=False)


def _dispatched(locale: str) -> Mapping[str, Any]:
    return dispatched_context(sample_order(locale, MIXED, left=1, long_name=True), FIRST)


def _dispatched_last(locale: str) -> Mapping[str, Any]:
    return dispatched_context(
        sample_order(locale, MIXED, left=2, method="purchase_order", policy="invoice_at_shipment"), SECOND
    )


def _certificate_issued(locale: str) -> Mapping[str, Any]:
    facts = sample_order(locale, (([(SUPPORT_PLAN, 3)], "in_stock", 0), *MIXED[1:]), left=1)
    return issued_context(facts, _certificates(locale, used=0), facts.whole.shipments[0])


def _certificate_resent(locale: str) -> Mapping[str, Any]:
    facts = sample_order(locale, (([(SUPPORT_PLAN, 3)], "in_stock", 0),), left=1)
    return {**common_context(facts), "certificates": described(facts, _certificates(locale, used=1))}


def _certificates(locale: str, *, used: int) -> list[Certificate]:
    return [
        Certificate(
            id=UUID(int=400 + units),
            number=f"CERT-7KQ3-M9X2-4WT{units % 8}",
            reference=SUPPORT_PLAN.sku,
            names=SUPPORT_PLAN.names,
            terms={"extends_warranty_months": 24},
            units=units,
            used=used,
            revoked_units=0,
            order_id=UUID(int=1),
            shipment_line_id=UUID(int=301),
            order_number="",
            account_id=None,
            partner_id=None,
            email="customer@example.com",
            locale=locale,
            market="",
            issued_at=at(in_days(0)),
        )
        for units in (1, 10)
    ]


SAMPLES = {
    (kinds.ORDER_CONFIRMED, ""): _confirmed,
    (kinds.ORDER_CONFIRMED, "paid"): _paid_at_once,
    (kinds.ORDER_CONFIRMED, "transfer"): _by_transfer,
    (kinds.ORDER_CONFIRMED, "purchase_order"): _by_purchase_order,
    (kinds.ORDER_CANCELED, ""): _canceled,
    (kinds.ORDER_CANCELED, "unpaid"): _canceled_unpaid,
    (kinds.ORDER_PARTLY_CANCELED, ""): _partly_canceled,
    (kinds.SHIPMENT_DISPATCHED, ""): _dispatched,
    (kinds.SHIPMENT_DISPATCHED, "last"): _dispatched_last,
    (kinds.CERTIFICATE_ISSUED, ""): _certificate_issued,
    (kinds.CERTIFICATE_RESENT, ""): _certificate_resent,
}
