"""The tax rates in what a credit note says: those of the goods, which fees and allowances share (REF-8)."""

from __future__ import annotations

from collections.abc import Mapping

from store.kernel.money import allocate, included_tax


def share_by_rate(amount_minor: int, tax_minor: int, goods: Mapping[int, int]) -> list[dict[str, int]]:
    """[{rate_ppm, amount_minor, tax_minor}] of an amount that belongs to goods of several rates, lowest rate first.

    `goods` are {rate in parts per million: gross amount}. The parts sum to amount and tax exactly, and no part has
    more tax than it is worth; what rounding leaves goes to the highest rate. Signs are kept.
    """
    sign = -1 if amount_minor < 0 else 1
    amount, tax = abs(amount_minor), abs(tax_minor)
    rates = [rate for rate in sorted(goods) if goods[rate] > 0] or sorted(goods) or [0]
    shares = allocate(amount, [max(goods.get(rate, 0), 0) for rate in rates])
    taxes = [included_tax(part, rate) for part, rate in zip(shares, rates, strict=True)]
    if not tax and sum(taxes) > len(rates):  # untaxed, and not only for being next to nothing
        rates, shares, taxes = [0], [amount], [0]
    rest = tax - sum(taxes)
    for place in reversed(range(len(rates))):
        kept = min(max(taxes[place] + rest, 0), shares[place])
        rest -= kept - taxes[place]
        taxes[place] = kept
    return [
        {"rate_ppm": rate, "amount_minor": sign * part, "tax_minor": sign * part_tax}
        for rate, part, part_tax in zip(rates, shares, taxes, strict=True)
        if part
    ]
