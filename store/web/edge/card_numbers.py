"""Card numbers never come in (PAY-14).

The objects about payment are searched for anything that looks like one; what people write by hand, such as addresses
and references, for numbers as the networks that we accept give them out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_DIGITS = re.compile(r"(?<![0-9A-Za-z])\d(?:[ .-]?\d){12,18}(?![0-9A-Za-z])")
_DIGITS_IN_BYTES = re.compile(rb"\d(?:[ .-]?\d){12,18}")
_DIGITS_IN_DISGUISE = re.compile(rb"\\u(?:003|[fF]{2}1)|\xef\xbc")  # escaped, or full-width ones
# Below a key that begins with one of these, every text and number is about payment.
_PAYMENT_KEYS = ("payment", "card", "pan", "funding", "source", "token", "wallet", "billing_card")

_WRITTEN_KEYS = {"customer_reference", "message", "name", "company", "line1", "line2", "district", "city"}
# Visa, Mastercard, American Express, Discover, Diners Club, JCB: by their first digits and length.
_ISSUED = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
)


def may_hold_card_number(body: bytes) -> bool:
    """A quick look at the raw body, so that ordinary requests aren't walked."""
    return _DIGITS_IN_BYTES.search(body) is not None or _DIGITS_IN_DISGUISE.search(body) is not None


def holds_card_number(value: Any, *, about_payment: bool = False) -> bool:
    """Whether a JSON value holds a card number in a payment object, or among what people write by hand.

    Nothing else is searched: serial numbers, barcodes and tracking numbers may pass the same check sum.
    """
    return any(
        looks_like_card_number(text, issued_only=written)
        for text, written in _texts(value, about_payment=about_payment)
    )


def looks_like_card_number(text: str, *, issued_only: bool = False) -> bool:
    """13 to 19 digits, single spaces, dots or hyphens between them allowed, with a right Luhn check digit.

    `issued_only`: only numbers that begin, and are as long, as those of the accepted networks.
    """
    numbers = (re.sub(r"\D", "", found) for found in _DIGITS.findall(unicodedata.normalize("NFKC", text)))
    return any(luhn_is_right(number) and (not issued_only or _ISSUED.fullmatch(number)) for number in numbers)


def luhn_is_right(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _texts(value: Any, *, about_payment: bool, written: bool = False) -> Iterator[tuple[str, bool]]:
    """What is searched, and whether it is written by hand."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = str(key).lower()
            yield from _texts(
                item, about_payment=about_payment or name.startswith(_PAYMENT_KEYS), written=name in _WRITTEN_KEYS
            )
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, about_payment=about_payment, written=written)
    elif isinstance(value, (str, int)) and not isinstance(value, bool) and (about_payment or written):
        yield str(value), not about_payment
