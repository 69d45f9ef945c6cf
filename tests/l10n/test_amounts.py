"""Every amount in the approved e-mails and documents is written as its reader's language writes money."""

from __future__ import annotations

from pathlib import Path

import pytest

from l10n.amounts import unformatted
from l10n.golden import plain_text
from store.kernel.i18n import LOCALES
from store.kernel.money import Money

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Total : 12.99 €", "fr"),
        ("Total : 1299,00 €", "fr"),
        ("Total : €12,99", "fr"),
        ("Total : 12,99 EUR", "fr"),
        ("合计：12.99", "zh-Hans"),
        ("合计：¥1299.00", "zh-Hans"),
        ("合计：CNY 12.99", "zh-Hans"),
        ("Total: 12.99 $", "en"),
        ("Total: $12", "en"),
    ],
)
def test_an_amount_that_nobody_writes_so_is_found(text: str, locale: str) -> None:
    assert unformatted(text, locale)


@pytest.mark.requirement("L10N-4")
@pytest.mark.parametrize("locale", LOCALES)
def test_what_money_says_is_right(locale: str) -> None:
    for currency in ("EUR", "USD", "CNY"):
        for minor in (0, 5, 1299, -1299, 123_456_789):
            written = Money(minor, currency).format(locale)
            assert unformatted(f"({written})", locale) == [], written


@pytest.mark.requirement("L10N-4", "DOC-1", "DOC-3")
def test_every_amount_that_was_looked_at_is_written_so() -> None:
    wrong = []
    for file in sorted(path for path in GOLDEN.rglob("*.*.*") if path.suffix in {".txt", ".html"}):
        locale = file.suffixes[-2].lstrip(".")
        text = file.read_text("utf-8")
        text = plain_text(text) if file.suffix == ".html" else text
        wrong += [f"{file.relative_to(GOLDEN)}: {found}" for found in unformatted(text, locale)]
    assert not wrong, "\n".join(["", *wrong])
