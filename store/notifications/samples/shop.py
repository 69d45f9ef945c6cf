"""An invented order, put together as the database would give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.markets import get_market
from store.markets.tax import TAX_NAMES
from store.notifications.order_facts import OrderFacts
from store.notifications.samples.goods import (
    ADDRESSES,
    CURRENCIES,
    LONG_NAMES,
    MARKETS,
    NAMES,
    PLACED_ON,
    TAXES_PPM,
    TIMES,
    Article,
)
from store.orders.find_orders import WholeOrder

ORDER_NUMBERS = {"fr": "FR-7K3M-9QX2", "zh-Hans": "CN-4H8P-2WTD", "en": "US-9BXN-6CJ5"}

# What a shipment brings: ((article, quantity) …), its kind, and in how many days it leaves.
Parcel = tuple[Sequence[tuple[Article, int]], str, int]


def sample_order(
    locale: str,
    parcels: Sequence[Parcel],
    *,
    method: str = "card",
    policy: str = "at_shipment",
    left: int = 0,
    canceled: int = 0,
    discount_percent: int = 0,
    long_name: bool = False,
    reference: str | None = None,
    payment: Mapping[str, Any] | None = None,
) -> OrderFacts:
    """`left` shipments have left, the last `canceled` ones were cancelled; `payment` changes its summary."""
    market = get_market(MARKETS[locale])
    currency = CURRENCIES[market.code]
    lines = _lines([pair for parcel in parcels for pair in parcel[0]], market.code, discount_percent)
    shipping_minor = 590 * TIMES[currency]
    total_minor = sum(line["total_minor"] for line in lines) + shipping_minor
    order = {
        "id": UUID(int=1),
        "number": ORDER_NUMBERS[locale],
        "market": market.code,
        "locale": locale,
        "currency": currency,
        "tax_mode": market.tax.mode,
        "tax_name": TAX_NAMES[market.tax.name],
        "goods_minor": total_minor - shipping_minor,
        "tax_minor": sum(line["tax_minor"] for line in lines),
        "discount_minor": sum(line["discount_minor"] for line in lines),
        "shipping_minor": shipping_minor,
        "shipping_tax_minor": _tax(shipping_minor, market.code),
        "total_minor": total_minor,
        "placed_at": at(PLACED_ON),
        "shipping_address": {"name": (LONG_NAMES if long_name else NAMES)[locale], **ADDRESSES[locale]},
        "customer_reference": reference,
        "origin": "shop",
        "origin_number": None,
        "email": "customer@example.com",
    }
    shipments = _shipments(str(order["number"]), parcels, lines, left=left, canceled=canceled)
    whole = WholeOrder(order=_row(order), lines=_rows(lines), shipments=_rows(shipments))
    shares = _shares(parcels, lines, shipping_minor) if policy not in {"at_placement", "prepaid"} else []
    summary = {
        "method": method,
        "capture_policy": policy,
        "brand": "visa" if method == "card" else None,
        "last4": "4242" if method == "card" else None,
        "transfer_reference": "7K3M9QX2" if method == "wire" else None,
        "purchase_order_number": "PO-2026-0117" if method == "purchase_order" else None,
        "net_days": 30 if method in {"wire", "purchase_order"} else None,
        "charges": [
            _charge(index, Money(share, currency), shipment, left > index)
            for index, (share, shipment) in enumerate(
                zip(shares, shipments, strict=True) if shares else [(total_minor, None)]
            )
        ],
        **(payment or {}),
    }
    return OrderFacts(whole=whole, market=market, locale=locale, payment=summary)


def at(day: date) -> datetime:
    return datetime.combine(day, time(10, 30), tzinfo=UTC)


def in_days(days: int) -> date:
    return PLACED_ON + timedelta(days=days)


def serial(index: int) -> str:
    return f"D7{index:02}4AQK90{index:02}X"


def _lines(pairs: Sequence[tuple[Article, int]], market: str, discount_percent: int) -> list[dict[str, Any]]:
    lines = []
    for position, (article, quantity) in enumerate(pairs, start=1):
        gross = article.cents * TIMES[CURRENCIES[market]] * quantity
        discount = gross * discount_percent // 100
        lines.append(
            {
                "id": UUID(int=100 + position),
                "names": article.names,
                "sku": article.sku,
                "kind": article.kind,
                "serialized": article.serialized,
                "quantity": quantity,
                "discount_minor": discount,
                "total_minor": gross - discount,
                "tax_minor": _tax(gross - discount, market),
            }
        )
    return lines


def _tax(total_minor: int, market: str) -> int:
    """The tax that is in an amount, as a total always has it."""
    return total_minor * TAXES_PPM[market] // (1_000_000 + TAXES_PPM[market])


def _shipments(
    number: str, parcels: Sequence[Parcel], lines: Sequence[Mapping[str, Any]], *, left: int, canceled: int
) -> list[dict[str, Any]]:
    ahead = iter(lines)
    shipments = []
    for index, (pairs, kind, days) in enumerate(parcels):
        gone, dropped = index < left, index >= len(parcels) - canceled
        shipments.append(
            {
                "id": UUID(int=200 + index),
                "number": f"{number}-{index + 1}",
                "kind": kind,
                "status": "canceled" if dropped else "dispatched" if gone else "waiting",
                "ship_on": in_days(days),
                "promised_on": in_days(days + 2),
                "dispatched_at": at(in_days(days)) if gone else None,
                "refundable_until": at(in_days(days + 30)) if gone else None,
                "carrier": "Colissimo" if number.startswith("FR") else "顺丰速运" if number.startswith("CN") else "UPS",
                "tracking_number": "6A00123456789" if gone else None,
                "tracking_url": "https://carrier.example.com/track?number=6A00123456789" if gone else None,
                "lines": [_shipment_line(next(ahead), gone=gone, dropped=dropped) for _ in pairs],
            }
        )
    return shipments


def _shipment_line(line: Mapping[str, Any], *, gone: bool, dropped: bool) -> dict[str, Any]:
    quantity = line["quantity"]
    return {
        "id": str(UUID(int=line["id"].int + 200)),
        "order_line_id": str(line["id"]),
        "sku": line["sku"],
        "quantity": quantity,
        "canceled_quantity": quantity if dropped else 0,
        "serials": [serial(line["id"].int % 100 * 4 + each) for each in range(quantity)]
        if gone and line["serialized"]
        else [],
    }


def _shares(parcels: Sequence[Parcel], lines: Sequence[Mapping[str, Any]], shipping_minor: int) -> list[int]:
    """Each shipment's own lines; the shipping is in the first."""
    ahead = iter(lines)
    shares = [sum(next(ahead)["total_minor"] for _ in pairs) for pairs, _, _ in parcels]
    return [shares[0] + shipping_minor, *shares[1:]]


def _charge(index: int, amount: Money, shipment: Mapping[str, Any] | None, gone: bool) -> dict[str, Any]:  # noqa: FBT001
    return {
        "id": UUID(int=300 + index),
        "amount": amount,
        "shipment_id": shipment["id"] if shipment else None,
        "status": "captured" if gone or shipment is None else "planned",
        "due_on": PLACED_ON,
    }


def _row(values: Mapping[str, Any]) -> db.Row:
    """A dict where the database gives a record: both are read by name."""
    return cast("db.Row", values)


def _rows(values: Sequence[Mapping[str, Any]]) -> list[db.Row]:
    return [_row(each) for each in values]
