"""The scanner finds English, and takes nothing else for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from l10n.english_left import english_left
from l10n.golden import golden_texts

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize(
    ("text", "locale", "found"),
    [
        ("Votre commande FR-7K3M-9QX2 est en route.", "fr", []),
        ("Votre order est en route.", "fr", ["order"]),
        ("Thank you pour votre commande.", "fr", ["Thank", "you"]),
        ("L’article n’a pas été livré, on ne sait pas.", "fr", []),
        ("The customer’s avis", "fr", ["The", "customer’s"]),
        ("Vendu par Kestrel Wave for Teams", "fr", ["for"]),
        ("您的订单FR-7K3M-9QX2已发出。", "zh-Hans", []),
        ("您的order已发出。", "zh-Hans", ["order"]),
        ("请访问https://example.com/orders，或写信给help@example.com。", "zh-Hans", []),
        ("CSV文件须为UTF-8编码，RMA编号在外面。", "zh-Hans", []),
        ("Your order has left.", "zh-Hans", ["Your", "order", "has", "left"]),
        ("Your order has left.", "en", []),
    ],
)
def test_english_is_found_and_nothing_else(text: str, locale: str, found: list[str]) -> None:
    assert english_left(text, locale) == found


def test_names_may_stand_in_any_text() -> None:
    assert not english_left("Vendu par Kestrel Wave for Teams", "fr", names=["Kestrel Wave for Teams"])
    assert not english_left("1 × Kestrel Wave（KW-1）", "zh-Hans", names=["Kestrel Wave"])
    assert english_left("1 × Kestrel Waves", "zh-Hans", names=["Kestrel Wave"]) == ["Kestrel", "Waves"]


@pytest.mark.requirement("L10N-2", "DOC-1")
def test_no_english_is_left_in_what_was_looked_at() -> None:
    """The texts of e-mails and documents that were approved; see tests/golden."""
    wrong = [
        f"{file.relative_to(GOLDEN)}: {word}"
        for file, locale, text, names in golden_texts(GOLDEN)
        for word in english_left(text, locale, names)
    ]
    assert not wrong, "\n".join(["", *wrong])


def test_the_golden_files_of_all_languages_are_read(tmp_path: Path) -> None:
    for name in ("refunded.en.txt", "refunded.fr.txt", "refunded.zh-Hans.txt", "refunded.fr.html", "notes.md"):
        file = tmp_path / "emails" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("The order" if name.endswith("txt") else "<p style='color: red'>The&nbsp;<b>order</b></p>")
    found = {file.name: english_left(text, locale, names) for file, locale, text, names in golden_texts(tmp_path)}
    assert found == {
        "refunded.fr.html": ["The", "order"],
        "refunded.fr.txt": ["The", "order"],
        "refunded.zh-Hans.txt": ["The", "order"],
    }
