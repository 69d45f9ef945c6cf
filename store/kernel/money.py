"""Money: integer minor units and a currency, and splitting that never loses a cent (MKT-5, MKT-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from babel.core import get_global
from babel.numbers import format_currency

from store.kernel.errors import StoreError
from store.kernel.i18n import N_, babel_locale


class CurrencyMismatch(StoreError):
    code = "currency_mismatch"
    status = 422
    title = N_("The currencies differ.")
    detail = N_("An amount in {actual} can't be combined with an amount in {expected}.")


@cache
def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD (CLDR, ISO 4217)."""
    fractions = get_global("currency_fractions")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


def is_currency(code: str) -> bool:
    """Whether CLDR knows it as a currency (ISO 4217), in capitals."""
    return code in babel_locale("en").currencies


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount. `amount_minor` is in the currency's smallest unit: cents for EUR, yen for JPY."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:  # bool and float are mistakes here
            msg = f"amount_minor must be an int, got {type(self.amount_minor).__name__}"
            raise TypeError(msg)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, text: str, currency: str) -> Money:
        """Read "12.99" exactly; more decimals than the currency has is a ValueError."""
        scaled = Decimal(text).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            msg = f"{text} has more decimals than {currency} allows"
            raise ValueError(msg)
        return cls(int(scaled), currency)

    def to_decimal(self) -> str:
        """Write "12.99", "1300" (JPY) or "1.250" (KWD): the form that PayPal and bank files use."""
        digits = exponent(self.currency)
        return f"{Decimal(self.amount_minor).scaleb(-digits):.{digits}f}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(expected=self.currency, actual=other.currency)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __mul__(self, factor: int) -> Money:
        if type(factor) is not int:
            msg = "Money is multiplied by whole numbers only; use allocate() or share()"
            raise TypeError(msg)
        return Money(self.amount_minor * factor, self.currency)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount_minor < other.amount_minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount_minor <= other.amount_minor

    def __gt__(self, other: Money) -> bool:
        return not self <= other

    def __ge__(self, other: Money) -> bool:
        return not self < other

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split by weights; the parts sum to the whole (see `allocate`)."""
        return [Money(part, self.currency) for part in allocate(self.amount_minor, weights)]

    def format(self, locale: str) -> str:
        """As a person of that locale writes it, by CLDR: "12,99 €", "¥12.99", "$12.99"."""
        return _formatted(self.amount_minor, self.currency, locale)


@lru_cache(maxsize=20_000)  # A shop's amounts come again and again, and CLDR's patterns take 50 µs each.
def _formatted(amount_minor: int, currency: str, locale: str) -> str:
    amount = Decimal(amount_minor).scaleb(-exponent(currency))
    return format_currency(amount, currency, locale=babel_locale(locale))


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an integer in proportion to the weights so that the parts sum to it exactly.

    Each cumulative share is rounded towards zero and the last part takes the remainder, so a part differs from
    its exact share by less than one unit. All weights zero: everything goes to the last part.
    """
    if not weights or min(weights) < 0:
        msg = "allocation needs at least one weight, none negative"
        raise ValueError(msg)
    total = sum(weights)
    sign, magnitude = (1, amount_minor) if amount_minor >= 0 else (-1, -amount_minor)
    parts: list[int] = []
    seen = given = 0
    for weight in weights[:-1]:
        seen += weight
        reached = magnitude * seen // total if total else 0
        parts.append(sign * (reached - given))
        given = reached
    parts.append(sign * (magnitude - given))
    return parts


def share(amount_minor: int, whole: int, taken: int, part: int) -> int:
    """What `part` units cost out of `whole` units worth `amount_minor`, when `taken` units were shared out before.

    Taking 1 + 1 + 1 units gives the same sum as taking 3 at once, and taking all of them gives `amount_minor`:
    the law that shipments and refunds rest on (MKT-6).
    """
    if not 0 <= taken <= taken + part <= whole or whole == 0:
        msg = f"can't take {part} units after {taken} of {whole}"
        raise ValueError(msg)
    sign, magnitude = (1, amount_minor) if amount_minor >= 0 else (-1, -amount_minor)
    return sign * (magnitude * (taken + part) // whole - magnitude * taken // whole)


def share_taxed(gross_minor: int, tax_minor: int, whole: int, taken: int, part: int) -> tuple[int, int]:
    """(gross, tax) of `part` units, as `share` gives them; the tax never exceeds the gross amount.

    Gross amounts are shared directly, so that one of two units at 79.90 is 79.90. Only where a unit's net price is
    below one minor unit, net and tax are shared apart, since rounding could put a tax on an amount of nothing.
    """
    tax = share(tax_minor, whole, taken, part)
    if gross_minor - tax_minor < whole:
        return share(gross_minor - tax_minor, whole, taken, part) + tax, tax
    return share(gross_minor, whole, taken, part), tax


def apply_rate(amount_minor: int, rate_ppm: int) -> int:
    """A rate in parts per million of an amount, rounded half up: 20 % of 1299 is apply_rate(1299, 200_000) = 260."""
    sign, magnitude = (1, amount_minor) if amount_minor >= 0 else (-1, -amount_minor)
    return sign * ((magnitude * rate_ppm * 2 + 1_000_000) // 2_000_000)


def included_tax(gross_minor: int, rate_ppm: int) -> int:
    """The tax inside a price that includes it, rounded half up: 20 % inside 1200 is 200."""
    sign, magnitude = (1, gross_minor) if gross_minor >= 0 else (-1, -gross_minor)
    divisor = 1_000_000 + rate_ppm
    return sign * ((magnitude * rate_ppm * 2 + divisor) // (2 * divisor))
