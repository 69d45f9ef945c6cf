"""Amounts as PayPal writes them: decimal text, without decimals for three currencies, two of them unlike ISO 4217."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel.money import Money, exponent
from store.payments.port import ProviderRefused

# https://developer.paypal.com/api/rest/reference/currency-codes/
WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})


def to_paypal(money: Money) -> dict[str, str]:
    """Raises ProviderRefused when PayPal can't express the amount."""
    value = money.to_decimal()
    if money.currency in WITHOUT_DECIMALS and exponent(money.currency):
        value, _, decimals = value.partition(".")
        if decimals.strip("0"):
            raise ProviderRefused("amount_not_representable", f"{money.to_decimal()} {money.currency}")
    return {"currency_code": money.currency, "value": value}


def from_paypal(amount: Mapping[str, Any]) -> Money:
    return Money.from_decimal(amount["value"], amount["currency_code"])
