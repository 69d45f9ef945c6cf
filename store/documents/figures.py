"""Figures on documents: amounts with and without tax, rates, and the tax by rate (DOC-3, MKT-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import accumulate
from typing import Any

from babel.numbers import format_currency, format_percent

from store.kernel.i18n import N_, babel_locale, translate
from store.kernel.money import Money, exponent

_UNIT_PRICE_DECIMALS = 2  # beyond those of the currency, where a line does not divide

LINE_COLUMNS = (
    N_("Item"),
    N_("Quantity"),
    N_("Unit price before tax"),
    N_("Tax rate"),
    N_("Before tax"),
    N_("With tax"),
)


def line_columns(locale: str) -> list[str]:
    return [translate(locale, name) for name in LINE_COLUMNS]


def line_row(
    name: str, note: str, *, quantity: int | None, rate_ppm: int | None, gross: Money, tax: Money, locale: str
) -> dict[str, Any]:
    """A row of the table, in the order of LINE_COLUMNS; `note` stands small below the name."""
    net = gross - tax
    return {
        "name": name,
        "note": note,
        "cells": [
            str(quantity) if quantity is not None else "",
            unit_price(net, quantity, locale) if quantity else "",
            percent(rate_ppm, locale) if rate_ppm is not None else "",
            net.format(locale),
            gross.format(locale),
        ],
    }


def carry(rows: list[dict[str, Any]], amounts: Iterable[Money], locale: str) -> list[dict[str, Any]]:
    """The rows, each with the sum of all up to it: what a page carries over to the next."""
    sums = accumulate(amounts)
    return [row | {"carried": total.format(locale)} for row, total in zip(rows, sums, strict=True)]


def carried_words(locale: str) -> dict[str, str]:
    return {"forward": translate(locale, N_("Carried forward")), "brought": translate(locale, N_("Brought forward"))}


def unit_price(net: Money, quantity: int, locale: str) -> str:
    """What one unit costs; with two decimals more where the cents don't divide: the line's amount is the truth."""
    if net.amount_minor % quantity == 0:
        return Money(net.amount_minor // quantity, net.currency).format(locale)
    digits = exponent(net.currency)
    each = Decimal(net.amount_minor).scaleb(-digits) / quantity
    rounded = each.quantize(Decimal(1).scaleb(-digits - _UNIT_PRICE_DECIMALS))
    return str(format_currency(rounded, net.currency, locale=babel_locale(locale), decimal_quantization=False))


def percent(rate_ppm: int, locale: str) -> str:
    """e.g. 20 %, 5,5 % or 8.875%, as the language writes it."""
    rate = Decimal(rate_ppm) / 1_000_000
    return str(format_percent(rate, locale=babel_locale(locale), decimal_quantization=False))


def taxes_by_rate(parts: Iterable[tuple[int | None, int, int]]) -> list[dict[str, Any]]:
    """{rate_ppm, net_minor, tax_minor} of parts (rate, gross, tax), the highest rate first, no single rate last."""
    sums: dict[int | None, tuple[int, int]] = {}
    for rate, gross, tax in parts:
        net_before, tax_before = sums.get(rate, (0, 0))
        sums[rate] = (net_before + gross - tax, tax_before + tax)
    highest_first = sorted(sums.items(), key=lambda item: -1 if item[0] is None else item[0], reverse=True)
    return [{"rate_ppm": rate, "net_minor": net, "tax_minor": tax} for rate, (net, tax) in highest_first]


def tax_table(
    taxes: Iterable[Mapping[str, Any]], tax_name: str, tax_region: str, currency: str, locale: str
) -> dict[str, Any]:
    """`taxes` are {rate_ppm, net_minor, tax_minor}; a rate of None is told without one. Sales tax names its state."""
    name = translate(locale, tax_name) + (f" ({tax_region})" if tax_name == "Sales tax" and tax_region else "")
    rows = []
    for tax in taxes:
        rate = "" if tax["rate_ppm"] is None else percent(tax["rate_ppm"], locale)
        rows.append(
            [
                f"{name} {rate}".strip(),
                Money(tax["net_minor"], currency).format(locale),
                Money(tax["tax_minor"], currency).format(locale),
            ]
        )
    columns = [translate(locale, text) for text in (N_("Tax"), N_("Taxable amount"), N_("Tax amount"))]
    return {"columns": columns, "rows": rows}


def totals(gross: Money, tax: Money, total_label: str, locale: str) -> list[dict[str, Any]]:
    """Before tax, tax, and the total, which stands out."""
    return [
        {"label": translate(locale, N_("Total before tax")), "value": (gross - tax).format(locale), "strong": False},
        {"label": translate(locale, N_("Total tax")), "value": tax.format(locale), "strong": False},
        {"label": translate(locale, total_label), "value": gross.format(locale), "strong": True},
    ]
