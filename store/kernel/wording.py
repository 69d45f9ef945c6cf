"""How a fact reads: in a sentence for a person, and in JSON for a program (L10N-4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from store.kernel.errors import StoreError
from store.kernel.i18n import N_, babel_locale, translate
from store.kernel.money import Money

_FIRST = re.compile(r"\b1 (?=\w)")
# Objects that sentences name.
OBJECT_NAMES = {
    "order": N_("order"),
    "shipment": N_("shipment"),
    "payment": N_("payment"),
    "charge": N_("charge"),
    "authorization": N_("authorization"),
    "capture": N_("capture"),
    "refund": N_("refund"),
    "refund_request": N_("refund request"),
    "cart": N_("cart"),
    "dispute": N_("dispute"),
    "payment_link": N_("payment link"),
    "bank_line": N_("statement line"),
    "support_case": N_("case"),
    "rma": N_("return"),
    "unit": N_("device"),
    "rma_reception": N_("arrival of the item"),
    "rma_acceptance": N_("inspection of the item"),
    "fault_report": N_("fault report"),
}


class Country(str):
    """A country's code that a sentence speaks as the country's name (CLDR)."""

    __slots__ = ()


class Code(str):
    """A code that a sentence speaks by its label."""

    __slots__ = ()


def money_json(money: Money, locale: str) -> dict[str, Any]:
    """{"amount_minor": 1299, "currency": "EUR", "formatted": "12,99 €"}."""
    return {"amount_minor": money.amount_minor, "currency": money.currency, "formatted": money.format(locale)}


def spoken(value: Any, locale: str) -> Any:
    """A fact as it stands in a sentence."""
    if isinstance(value, Money):
        return value.format(locale)
    if isinstance(value, datetime):
        return _moment(value, locale)
    if isinstance(value, date):
        return long_date(value, locale)
    if isinstance(value, Country):
        return babel_locale(locale).territories.get(str(value), str(value))
    if isinstance(value, Enum):
        return status_label(str(value.value), locale)
    if isinstance(value, int) and not isinstance(value, bool):
        return format_decimal(value, locale=babel_locale(locale))
    if isinstance(value, Code):
        return status_label(value, locale)
    if isinstance(value, (list, tuple, set, frozenset)):
        return format_list([str(spoken(item, locale)) for item in value], locale=babel_locale(locale))
    if isinstance(value, str) and value in OBJECT_NAMES:
        return translate(locale, OBJECT_NAMES[value])
    return value


def _moment(value: datetime, locale: str) -> str:
    """To the minute, in UTC and said so, as a sentence doesn't know where its reader is."""
    speaker, moment = babel_locale(locale), value.astimezone(UTC)
    time = f"{format_time(moment, 'short', locale=speaker)} UTC"
    return str(speaker.datetime_formats["long"]).format(time, long_date(moment, locale))


def long_date(day: date, locale: str, form: Literal["long", "full"] = "long") -> str:
    """July 1, 2026, with "full" the day of the week before it; French says 1er of the first alone, CLDR does not."""
    text = format_date(day, form, locale=babel_locale(locale))
    return _FIRST.sub("1er ", text, count=1) if locale.startswith("fr") else text


def plain(value: Any, locale: str) -> Any:
    """A fact as JSON carries it."""
    if isinstance(value, StoreError):
        return problem(value, locale)
    if isinstance(value, Money):
        return money_json(value, locale)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item, locale) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, locale) for item in value]
    return value


# Facts whose value is a code that sentences speak by its label, whoever wrote it down.
SPOKEN_BY_LABEL = frozenset(
    {"state", "status", "reason", "code", "decline_code", "outcome", "missing", "offered", "field"}
)


def spoken_facts(facts: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Facts as they stand in a sentence: amounts and dates by locale, codes by their labels."""
    return {name: spoken(_coded(value) if name in SPOKEN_BY_LABEL else value, locale) for name, value in facts.items()}


def _coded(value: Any) -> Any:
    if isinstance(value, str):
        return Code(value)
    if isinstance(value, (list, tuple)):
        return [_coded(item) for item in value]
    return value


def problem(error: StoreError, locale: str) -> dict[str, Any]:
    """The RFC 9457 body in the reader's language: {"type", "code", "status", "title", "detail", …facts}."""
    facts = spoken_facts(error.facts, locale)
    plain_facts = {name: plain(value, locale) for name, value in error.facts.items()}
    for mistake in plain_facts.get("errors", ()):
        mistake["message"] = translate(locale, mistake.get("message", ""))
    return {
        **plain_facts,
        "type": f"urn:store:problem:{error.code}",
        "code": error.code,
        "status": error.status,
        "title": translate(locale, error.title, facts),
        "detail": translate(locale, error.detail or error.title, facts),
    }


# The labels of every status, reason and method that the API shows as `…_label`; rooms add theirs at import.
LABELS: dict[str, str] = {}


def register_labels(labels: dict[str, str]) -> None:
    """Add {code: N_("Label")}; two rooms giving one code two labels is a mistake."""
    for code, label in labels.items():
        if LABELS.setdefault(code, label) != label:
            msg = f"label of {code!r} is defined twice"
            raise ValueError(msg)


def status_label(code: str, locale: str) -> str:
    label = LABELS.get(code)
    return translate(locale, label) if label else code.replace("_", " ")
