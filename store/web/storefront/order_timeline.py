"""The history of an order as sentences for its reader (ORD-2, ORD-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel import db
from store.kernel.i18n import translate
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.orders.history import EVENT_TEXTS
from store.web.storefront.order_shapes import TimelineEntryOut

_CODES = {"code", "outcome", "reason", "status"}


def timeline_entry(event: db.Row, locale: str) -> TimelineEntryOut:
    return TimelineEntryOut(at=event["at"], kind=event["kind"], text=event_text(event, locale))


def event_text(event: db.Row, locale: str) -> str:
    facts: Mapping[str, Any] = event["facts"]
    return translate(
        locale,
        EVENT_TEXTS.get(event["kind"], event["kind"]),
        {name: _spoken(name, value, locale) for name, value in facts.items()},
    )


def _spoken(name: str, value: Any, locale: str) -> Any:
    if isinstance(value, dict) and "amount_minor" in value:
        return Money(value["amount_minor"], value["currency"]).format(locale)
    return status_label(value, locale) if name in _CODES and isinstance(value, str) else value
