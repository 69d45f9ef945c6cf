"""Card numbers never come in: the objects about payment are searched for anything that looks like one (PAY-14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_DIGITS = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])")
_DIGITS_IN_BYTES = re.compile(rb"\d(?:[ -]?\d){12,18}")
# Below a key that begins with one of these, every text and number is about payment.
_PAYMENT_KEYS = ("payment", "card", "pan", "funding", "source", "token", "wallet", "billing_card")


def may_hold_card_number(body: bytes) -> bool:
    """A quick look at the raw body, so that ordinary requests aren't walked."""
    return _DIGITS_IN_BYTES.search(body) is not None or b"\\u003" in body


def holds_card_number(value: Any, *, about_payment: bool = False) -> bool:
    """Whether a payment object in a JSON value holds a card number.

    Only payment objects are searched: serial numbers, barcodes and tracking numbers may pass the same check sum.
    """
    return any(looks_like_card_number(text) for text in _payment_texts(value, about_payment))


def looks_like_card_number(text: str) -> bool:
    """13 to 19 digits, single spaces or hyphens between them allowed, with a right Luhn check digit."""
    return any(luhn_is_right(re.sub(r"\D", "", found)) for found in _DIGITS.findall(text))


def luhn_is_right(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _payment_texts(value: Any, about_payment: bool) -> Iterator[str]:  # noqa: FBT001 - an inner walk
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _payment_texts(item, about_payment or str(key).lower().startswith(_PAYMENT_KEYS))
    elif isinstance(value, list):
        for item in value:
            yield from _payment_texts(item, about_payment)
    elif about_payment and isinstance(value, (str, int)) and not isinstance(value, bool):
        yield str(value)
