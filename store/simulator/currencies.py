"""Amounts as the providers write them: integers in minor units for Stripe, decimal strings for PayPal."""

import re
from decimal import ROUND_HALF_UP, Decimal

ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()  # noqa: SIM905 - a list to read
)
# PayPal's own list differs: it takes forints and new Taiwan dollars without decimals.
PAYPAL_ZERO_DECIMAL = frozenset({"HUF", "JPY", "TWD"})
PAYPAL_CURRENCIES = frozenset(
    "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD".split()  # noqa: SIM905
)
STRIPE_CURRENCIES = frozenset(
    "aed aud bgn bhd brl cad chf clp cny czk dkk eur gbp hkd huf ils inr jpy krw kwd mxn myr nok nzd php pln ron"  # noqa: SIM905
    " sar sek sgd thb try twd uah usd vnd zar".split()
)
# What Stripe won't go below, in minor units; elsewhere it takes what is worth half a US dollar.
STRIPE_MINIMUM = {"jpy": 50, "gbp": 30, "cny": 400, "czk": 1500, "hkd": 400, "huf": 17500, "dkk": 250,
                  "mxn": 1000, "nok": 300, "pln": 200, "sek": 300, "krw": 500, "thb": 1000}  # fmt: skip
STRIPE_MAXIMUM = 99_999_999


def stripe_exponent(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 2


def stripe_minimum(currency: str) -> int:
    return STRIPE_MINIMUM.get(currency, 50)


def show(amount_minor: int, currency: str) -> str:
    """The amount the way Stripe words it in messages: $12.34, ¥500, €3.00 or 3.00 pln."""
    signs = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
    value = f"{Decimal(amount_minor).scaleb(-stripe_exponent(currency)):,f}"
    return f"{signs[currency]}{value}" if currency in signs else f"{value} {currency}"


def paypal_exponent(currency: str) -> int:
    return 0 if currency in PAYPAL_ZERO_DECIMAL else 2


def paypal_minor(value: str, currency: str) -> int | None:
    """Minor units of a decimal string, or None when it has a wrong form or too many decimals."""
    if not re.fullmatch(r"\d{1,10}(\.\d{1,2})?", value):
        return None
    scaled = Decimal(value).scaleb(paypal_exponent(currency))
    return int(scaled) if scaled == scaled.to_integral_value() else None


def paypal_value(amount_minor: int, currency: str) -> str:
    return f"{Decimal(amount_minor).scaleb(-paypal_exponent(currency)):f}"


def paypal_money(amount_minor: int, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": paypal_value(amount_minor, currency)}


def percentage(amount_minor: int, percent: str) -> int:
    """A share of an amount, halves rounded up (away from the merchant's favour, as a provider does)."""
    return int((Decimal(amount_minor) * Decimal(percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))
