"""Coupons: a share or an amount off the goods, in a market and a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.kernel import db
from store.kernel.money import apply_rate
from store.markets.registry import get_market


@dataclass(frozen=True, slots=True)
class Promotion:
    """A coupon: either `percent_ppm` (100_000 = 10 %) or `amount_minor`, for goods of at least `minimum_minor`."""

    code: str
    names: dict[str, str]
    percent_ppm: int | None
    amount_minor: int | None
    minimum_minor: int

    def discount(self, goods_minor: int) -> int:
        """What comes off goods of that price: nothing below the minimum, never more than the goods, rounded half up."""
        if goods_minor < self.minimum_minor:
            return 0
        if self.percent_ppm is not None:
            return apply_rate(goods_minor, self.percent_ppm)
        return min(self.amount_minor or 0, goods_minor)


async def find_promotion(code: str, market: str, at: datetime) -> Promotion | None:
    """The coupon of that code (case and outer spaces ignored) if it holds in the market at that moment, else None.

    A coupon that names a currency holds only where that currency is the market's.
    """
    row = await db.fetchrow(
        "select code, names, percent_ppm, amount_minor, minimum_minor from promotion where code = $1"
        " and (market is null or market = $2) and (currency is null or currency = $3)"
        " and (starts_at is null or starts_at <= $4) and (ends_at is null or $4 < ends_at)",
        code.strip().upper(),
        market,
        get_market(market).currency,
        at,
    )
    return Promotion(*row) if row else None
