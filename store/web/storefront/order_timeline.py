"""The history of an order as sentences for its reader (ORD-2, ORD-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel import db
from store.kernel.i18n import translate
from store.kernel.money import Money
from store.kernel.wording import spoken_facts
from store.orders.history import EVENT_TEXTS
from store.web.storefront.order_shapes import TimelineEntryOut


def timeline_entry(event: db.Row, locale: str) -> TimelineEntryOut:
    return TimelineEntryOut(at=event["at"], kind=event["kind"], text=event_text(event, locale))


def event_text(event: db.Row, locale: str) -> str:
    return spoken_event(EVENT_TEXTS, event, locale)


def spoken_event(texts: Mapping[str, str], event: db.Row, locale: str) -> str:
    """An entry of any history: its kind's sentence with its facts."""
    facts = {name: _money(value) for name, value in event["facts"].items()}
    return translate(locale, texts.get(event["kind"], event["kind"]), spoken_facts(facts, locale))


def _money(value: Any) -> Any:
    """Amounts are kept as {"amount_minor", "currency"}."""
    if isinstance(value, dict) and "amount_minor" in value:
        return Money(value["amount_minor"], value["currency"])
    return value
