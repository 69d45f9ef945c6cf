"""Samples of e-mails about a return, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from store.kernel import db
from store.notifications import kinds
from store.notifications.return_emails import fault_context, label, summary
from store.notifications.return_facts import described_item, return_context, return_money
from store.notifications.return_outcome_emails import inspected, outcomes, received
from store.notifications.samples.goods import (
    ADDRESSES,
    CURRENCIES,
    HEADSET,
    LONG_NAMES,
    MARKETS,
    PHONE,
    SWITCH,
    TIMES,
    Article,
)
from store.notifications.samples.shop import ORDER_NUMBERS, at, in_days, serial
from store.rma.find_returns import WholeReturn

Context = Callable[[str], Mapping[str, Any]]

DECISIONS = {
    "en": "We could reproduce the fault: the microphone picks up nothing on channel 2.",
    "fr": "Nous avons reproduit le défaut\u00a0: le microphone ne capte rien sur le canal 2.",
    "zh-Hans": "我们已重现该故障：麦克风在2号通道上收不到声音。",
}


def _return(locale: str, **changes: Any) -> WholeReturn:
    """Two items are sent, the first wrongly ordered, the second repaired for its price; a third is kept."""
    market = MARKETS[locale]
    rma = {
        "id": UUID(int=900),
        "number": "RMA-3M8K-QX7T",
        "market": market,
        "locale": locale,
        "currency": CURRENCIES[market],
        "email": "customer@example.com",
        "customer_reference": "SAV-2026-031",
        "return_address": {"name": LONG_NAMES[locale], **ADDRESSES[locale]},
        "paper_label": True,
        "carrier": "Colissimo",
        "tracking_number": "6A00987654321",
        "posted_on": in_days(3),
        "expires_at": at(in_days(30)),
    }
    times = TIMES[CURRENCIES[market]]
    units = [
        _unit(1, HEADSET, reason="wrong_order", goods_minor=7990 * times, fee_minor=1199 * times, **changes),
        _unit(2, PHONE, reason="defective", wish="repair", quote_minor=8900 * times, in_warranty=False),
        _unit(3, SWITCH, reason="defective", wish="repair", confirmed_at=None),
    ]
    return WholeReturn(rma=cast("db.Row", rma), units=tuple(cast("db.Row", unit) for unit in units))


def _unit(index: int, article: Article, **changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": UUID(int=910 + index),
        "names": article.names,
        "sku": article.sku,
        "serial": serial(index),
        "confirmed_at": at(in_days(1)),
        "reason": "wrong_order",
        "wish": "refund",
        "goods_minor": 0,
        "fee_minor": 0,
        "quote_minor": 0,
        "in_warranty": True,
        "reception_status": "received",
        "acceptance_status": "accepted",
        "received_serial": None,
        "shipment_line_id": UUID(int=920 + index),
        "chosen_outcome": None,
        "outcome": None,
        "obstacle": None,
        "rejection": None,
        "kept_at": None,
        "repair_given_up": False,
        "repair_order_id": None,
    }
    return {**facts, **changes}


def _of(facts: Callable[[WholeReturn], Mapping[str, Any]], **changes: Any) -> Context:
    def context(locale: str) -> Mapping[str, Any]:
        whole = _return(locale, **changes)
        return return_context(whole, **facts(whole))

    return context


def _tracking(whole: WholeReturn) -> Mapping[str, Any]:
    return {name: whole.rma[name] for name in ("carrier", "tracking_number", "posted_on")}


def _items(whole: WholeReturn) -> Mapping[str, Any]:
    return {"items": [described_item(unit, whole) for unit in whole.units], "invoiced": True}


def _inspected(**changes: Any) -> Context:
    return _of(lambda whole: inspected(whole, whole.units[0]), **changes)


def _settled(outcome: str, *, paid: bool = False, to_pay: bool = False) -> Context:
    def facts(whole: WholeReturn) -> Mapping[str, Any]:
        unit = whole.units[0]
        return {
            "item": unit["serial"],
            "items": [described_item(unit, whole)],
            "outcome": outcome,
            "amount": return_money(whole, unit["goods_minor"] - unit["fee_minor"]) if paid else None,
            "credit_note": f"AV-{whole.rma['market']}2026-000004" if paid else None,
            "replacement": ORDER_NUMBERS[whole.rma["locale"]] if outcome == "replaced" else None,
            "to_pay": return_money(whole, unit["goods_minor"]) if to_pay else None,
        }

    return _of(facts)


def _closed(whole: WholeReturn) -> Mapping[str, Any]:
    ends = ("credited", "repaired", "not_sent")
    units = tuple(cast("db.Row", {**dict(unit), "outcome": end}) for unit, end in zip(whole.units, ends, strict=True))
    return {"rows": outcomes(WholeReturn(rma=whole.rma, units=units))}


def _fault(status: str) -> Context:
    def context(locale: str) -> Mapping[str, Any]:
        report = {
            "number": "FLT-6HQ2-9MKX",
            "market": MARKETS[locale],
            "locale": locale,
            "status": status,
            "names": HEADSET.names,
            "serial": serial(1),
            "decision": DECISIONS[locale] if status == "confirmed" else "",
            "valid_until": in_days(30),
        }
        return fault_context(report)

    return context


_REJECTED = {"acceptance_status": "rejected", "rejection": "used"}
SAMPLES: dict[tuple[str, str], Context] = {
    (kinds.RMA_CONFIRMED, ""): _of(summary),
    (kinds.RMA_LABEL, ""): _of(label),
    (kinds.RMA_TRACKING, ""): _of(_tracking),
    (kinds.RMA_CANCELED, ""): _of(_items),
    (kinds.FAULT_REPORT_DECIDED, ""): _fault("confirmed"),
    (kinds.FAULT_REPORT_DECIDED, "declined"): _fault("declined"),
    (kinds.RMA_RECEIVED, ""): _of(lambda whole: received(whole, whole.units[:2])),
    (kinds.RMA_RECEIVED, "other"): _of(
        lambda whole: received(whole, whole.units[:2]), reception_status="wrong_item", received_serial=serial(7)
    ),
    (kinds.RMA_INSPECTED, ""): _inspected(),
    (kinds.RMA_INSPECTED, "rejected"): _inspected(**_REJECTED),
    (kinds.RMA_INSPECTED, "looked_into"): _inspected(acceptance_status="needs_decision"),
    (kinds.RMA_INSPECTED, "not_repairable"): _inspected(acceptance_status="needs_decision", obstacle="not_repairable"),
    (kinds.RMA_SETTLED, ""): _settled("credited", paid=True),
    (kinds.RMA_SETTLED, "refunded"): _settled("refunded", paid=True),
    (kinds.RMA_SETTLED, "replaced"): _settled("replaced"),
    (kinds.RMA_SETTLED, "repaired"): _settled("repaired", to_pay=True),
    (kinds.RMA_SETTLED, "sent_back"): _settled("sent_back"),
    (kinds.RMA_SETTLED, "not_sent"): _settled("not_sent"),
    (kinds.RMA_CLOSED, ""): _of(_closed),
    (kinds.RMA_EXPIRED, ""): _of(_items),
}
