"""Amounts as Stripe counts them: integers in smallest units of its own, not always those of ISO 4217."""

from __future__ import annotations

from store.kernel.money import Money, exponent
from store.payments.port import ProviderRefused

# https://docs.stripe.com/currencies#zero-decimal; every currency outside both lists has two decimals at Stripe.
ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def stripe_exponent(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_stripe(money: Money) -> int:
    """Raises ProviderRefused when Stripe can't express the amount, e.g. half a franc."""
    shift = stripe_exponent(money.currency) - exponent(money.currency)
    if shift >= 0:
        return int(money.amount_minor * 10**shift)
    whole, rest = divmod(money.amount_minor, 10**-shift)
    if rest:
        raise ProviderRefused("amount_not_representable", f"{money.to_decimal()} {money.currency}")
    return int(whole)


def from_stripe(amount: int, currency: str) -> Money:
    currency = currency.upper()
    shift = stripe_exponent(currency) - exponent(currency)
    if shift <= 0:
        return Money(amount * 10**-shift, currency)
    whole, rest = divmod(amount, 10**shift)
    if rest:
        msg = f"Stripe told {amount} {currency}, which has more decimals than the currency"
        raise ValueError(msg)
    return Money(whole, currency)
