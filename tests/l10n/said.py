"""Every text that the store says, and facts for every name that stands in one."""

from __future__ import annotations

import importlib
import pkgutil
import re
import string
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import store
from store.kernel.errors import StoreError
from store.kernel.money import Money
from store.kernel.wording import LABELS, OBJECT_NAMES, Country
from store.orders.history import EVENT_TEXTS as ORDER_TEXTS
from store.refunds.eligibility import ELIGIBLE as REFUND_ELIGIBLE
from store.refunds.limits import ABOVE_LIMIT, BY_HAND, OUTSIDE_POLICY
from store.rma.eligibility import ELIGIBLE as RETURN_ELIGIBLE
from store.rma.history import EVENT_TEXTS as RETURN_TEXTS
from store.rma.terms_text import TERMS
from store.support.product_support import ROUTE_SENTENCES
from store.warranty.coverage import EXPLANATIONS
from store.warranty.passport import EVENT_TEXTS as UNIT_TEXTS
from store.warranty.read_cells import CELL_ERRORS
from store.web.storefront.import_shapes import STATUS_LABELS as IMPORT_LABELS
from store.web.storefront.order_changes import MESSAGES as CHANGE_MESSAGES

# What stands in for a fact that isn't listed: a code, which is nobody's language.
CODE = "FR-7K3M-9QX2"


def every(names: str, fact: object) -> dict[str, Any]:
    return dict.fromkeys(re.findall(r"\w+", names), fact)


FACTS: dict[str, Any] = {
    **every(
        "amount available fee gross limit needed quote received refundable requested total used",
        Money(129_990, "EUR"),
    ),
    **every(
        "as_of asked_on day deadline dispatched_on due_on ends_on expires_on first last last_day not_before on placed_on"
        " posted_on promised_on purchased_on received_at ship_on since sold_on standard_until starts_on until"
        " valid_until",
        date(2026, 7, 5),
    ),
    "expires_at": datetime(2026, 7, 5, 12, 30, tzinfo=UTC),
    **every(
        "count days files given hours left limit_bytes lines_max maximum megabytes minimum most retry_after_seconds row"
        " units wanted years",
        1_234,
    ),
    "country": Country("FR"),
    "supported": [Country("FR"), Country("DE")],
    "object": "order",
    "state": "expired",
    "outcome": "refunded",
    "code": "insufficient_funds",
    "decline_code": "expired_card",
    "reason": "defective",
    "offered": ["refund", "repair"],
    "missing": ["photo", "ticket"],
    "errors": [],
}


@cache
def import_everything() -> None:
    """Errors and labels register themselves when their module is imported."""
    for module in pkgutil.walk_packages(store.__path__, "store."):
        if not module.name.startswith("store.simulator") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def refusals() -> list[type[StoreError]]:
    """Every error of the store's own."""
    import_everything()
    found = [error for _, error in sorted(StoreError.registry.items()) if error.__module__.startswith("store.")]
    assert len(found) > 150
    return found


def labels() -> dict[str, str]:
    import_everything()
    assert len(LABELS) > 150
    return {**LABELS, **{f"object {code}": name for code, name in OBJECT_NAMES.items()}}


def histories() -> dict[str, str]:
    """The sentences of all histories and of all answers to "may I?", by where they are kept."""
    import_everything()
    kept: dict[str, dict[str, str]] = {
        "order": ORDER_TEXTS,
        "rma": RETURN_TEXTS,
        "unit": UNIT_TEXTS,
        "coverage": {code: sentence for code, (_, sentence) in EXPLANATIONS.items()},
        "return": {code: sentence for _, code, sentence in RETURN_ELIGIBLE.values()},
        "refund": {"eligible": REFUND_ELIGIBLE, "above": ABOVE_LIMIT, "by_hand": BY_HAND, "outside": OUTSIDE_POLICY},
        "terms": {str(place): text for place, text in enumerate(TERMS)},
        "cell": CELL_ERRORS,
        "import": IMPORT_LABELS,
        "change": {str(code): text for code, text in CHANGE_MESSAGES.items()},
        "route": {str(code): text for code, text in ROUTE_SENTENCES.items()},
    }
    return {f"{where} {code}": text for where, texts in kept.items() for code, text in texts.items()}


def facts_of(*texts: str) -> dict[str, Any]:
    """A fact for every name in the texts."""
    return {name: FACTS.get(name, CODE) for text in texts for name in names_in(text)}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
