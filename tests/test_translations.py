"""The catalogues: complete, typeset as their readers are used to, one word for one thing; each check finds its fault."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import extract_texts
import pytest
import text_rules
import translations
from l10n.said import import_everything

from store.kernel.errors import WrongState
from store.kernel.i18n import LOCALES, LOCALES_DIR, translate
from store.kernel.wording import LABELS, problem
from store.shipments.statuses import ShipmentStatus

TRANSLATED = sorted(set(LOCALES.values()) - {"en"})
NARROW, WIDE = "\u202f", "\u00a0"
CODE = """
from store.kernel.i18n import N_, translate

GREETING = N_("Hello {name}, your order is ready.")
PARTS = translate_plural(locale, "{count} parcel", "{count} parcels", count)
"""
GOOD = {
    "fr": (
        'msgid "Hello {name}, your order is ready."\nmsgstr "Bonjour {name}, votre commande est prête."\n\n'
        'msgid "{count} parcel"\nmsgid_plural "{count} parcels"\nmsgstr[0] "{count} colis"\nmsgstr[1] "{count} colis"\n'
    ),
    "zh_Hans_CN": (
        'msgid "Hello {name}, your order is ready."\nmsgstr "{name}，您好！您的订单已备妥。"\n\n'
        'msgid "{count} parcel"\nmsgid_plural "{count} parcels"\nmsgstr[0] "{count}个包裹"\n'
    ),
}
PLURALS = {"fr": "nplurals=2; plural=(n > 1);", "zh_Hans_CN": "nplurals=1; plural=0;"}


@pytest.mark.requirement("L10N-5")
def test_the_catalogues_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    found = translations.main(["check"])
    assert found == 0, capsys.readouterr().err


@pytest.mark.requirement("L10N-1")
def test_each_folder_is_a_language() -> None:
    assert sorted(LOCALES.values()) == sorted(folder.name for folder in LOCALES_DIR.iterdir() if folder.is_dir())


@pytest.mark.requirement("L10N-2")
@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "The shipment is on hold; this step is not possible from there."),
        ("fr", "Statut actuel (envoi)\u00a0: en attente de paiement. Il ne permet pas cette étape."),
        ("zh-Hans", "当前状态（包裹）：暂缓发货。该状态下无法执行此步骤。"),
    ],
)
def test_labels_stand_in_sentences(locale: str, sentence: str) -> None:
    import_everything()
    refusal = WrongState(object="shipment", state=ShipmentStatus.ON_HOLD)
    assert problem(refusal, locale)["detail"] == sentence


def test_french_statuses_have_no_gender() -> None:
    """One label is said of orders (f.), shipments (m.), payments (m.) and charges: no participle on its own."""
    import_everything()
    gendered = [
        f"{code}: {text}"
        for code, label in LABELS.items()
        for text in [translate("fr", label)]
        if label[:1].islower() and re.fullmatch(r"\w+(é|u|is|it)e?s?", text) and text != "refus"
    ]
    assert not gendered, "\n".join(["", *gendered])


def test_the_glossaries_have_the_same_terms() -> None:
    books = [text_rules.glossary(LOCALES_DIR, language) for language in TRANSLATED]
    for part in ("terms", "release"):
        assert all(list(book[part]) == list(books[0][part]) for book in books)


# A small shop's worth of texts, right in both languages; each fault is put in by itself.


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "texts.py").write_text(CODE)
    for language, catalogue in GOOD.items():
        write(tmp_path, language, catalogue)
        shutil.copy(LOCALES_DIR / f"glossary.{language}.toml", tmp_path / "locales")
    assert run(tmp_path, "update") == 0
    return tmp_path


def write(shop: Path, language: str, catalogue: str) -> None:
    file = translations.catalogue_file(shop / "locales", language)
    file.parent.mkdir(parents=True, exist_ok=True)
    header = (
        f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {PLURALS[language]}\\n"\n'
    )
    file.write_text(f"{header}\n{catalogue}", "utf-8")


def run(shop: Path, action: str) -> int:
    found: int = translations.main([action, "--source", str(shop / "source"), "--locales", str(shop / "locales")])
    return found


Checked = Callable[[str, str, str], str]


@pytest.fixture
def faulty(shop: Path, capsys: pytest.CaptureFixture[str]) -> Checked:
    def check(language: str, before: str, after: str) -> str:
        assert before in GOOD[language]
        write(shop, language, GOOD[language].replace(before, after))
        capsys.readouterr()
        assert run(shop, "check") == 1
        return capsys.readouterr().err

    return check


@pytest.mark.requirement("L10N-5")
def test_what_is_right_is_not_complained_about(shop: Path) -> None:
    assert run(shop, "check") == 0


@pytest.mark.requirement("L10N-5")
@pytest.mark.parametrize(
    ("language", "before", "after", "complaint"),
    [
        ("fr", "Bonjour {name}, votre commande est prête.", "", "untranslated"),
        ("fr", 'msgid "Hello', '#, fuzzy\nmsgid "Hello', "fuzzy"),
        ("fr", "Bonjour {name}", "Bonjour {nom}", "placeholder unknown to the source: nom"),
        ("zh_Hans_CN", "{name}，", "", "placeholder lost: name"),
        ("fr", "Bonjour {name}", "Bonjour {name", "broken braces"),
        ("fr", "prête.", "prête. ", "begins or ends with a space"),
        ("fr", 'msgstr[1] "{count} colis"', "", "untranslated: '{count} parcel'"),
        ("fr", 'msgstr[1] "{count} colis"', 'msgstr[1] ""', "untranslated"),
        (
            "zh_Hans_CN",
            '{count}个包裹"',
            '{count}个包裹"\nmsgstr[1] "{count}个包裹"',
            "more translations than num_plurals",
        ),
        ("fr", "Bonjour {name}, votre commande est prête.", "Hello {name}, your order is ready.", "left in English"),
        ("fr", "commande", "ordre", "the glossary says commande for order"),
        ("zh_Hans_CN", "订单", "定单", "the glossary says 订单 for order"),
        ("fr", "votre commande", "l'ordre de commande", "a typewriter's apostrophe"),
        ("fr", "prête.", "« prête ».", "inside guillemets"),
        ("fr", "prête.", "“prête”.", "English quotation marks"),
        ("fr", "prête.", "prête !", "no narrow no-break space"),
        ("fr", "prête.", f"prête{WIDE};", "no narrow no-break space"),
        ("fr", "prête.", f"prête{NARROW}: oui.", "no no-break space before a colon"),
        ("fr", "prête.", "prête .", "a space before a comma or a full stop"),
        ("fr", "est prête", "est  prête", "two spaces"),
        ("fr", "prête.", "prête...", "three dots"),
        ("fr", "votre commande", "ta commande", "tu for vous"),
        ("zh_Hans_CN", "！", "!", "half-width punctuation"),
        ("zh_Hans_CN", "您的订单已备妥。", "您的订单'已'备妥。", "half-width quotation marks"),
        ("zh_Hans_CN", "{count}个包裹", "{count}个 包裹", "a space beside a character"),
        ("zh_Hans_CN", "您的订单", "你的订单", "你 for 您"),
        ("zh_Hans_CN", "备妥。", "备妥。。", "three full stops"),
        ("zh_Hans_CN", "您的订单", "您的order订单", "Latin letters: order"),
        ("zh_Hans_CN", "订单已备妥", "订单已備妥", "not simplified: 備"),
    ],
)
def test_each_fault_of_a_translation_is_found(
    faulty: Checked, language: str, before: str, after: str, complaint: str
) -> None:
    found = faulty(language, before, after)
    assert f"{language}: " in found
    assert complaint in found


@pytest.mark.requirement("L10N-5")
@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("more.py", 'from i18n import N_\nTEXT = N_("New.")\n', "not in the catalogue: 'New.'"),
        ("more.py", 'TEXT = N_(f"New {thing}.")\n', "N_() takes a literal"),
        ("more.py", "TEXT = N_(text)\n", "N_() takes a literal"),
        ("more.html", '<p title="{{ _("New.") }}"></p>', "not in the catalogue: 'New.'"),
        ("more.html", "<p>Order {{ number }}</p>", "'Order' stands outside of _()"),
        ("more.html", '<img src="logo.png" alt="Logo">', "'Logo' stands outside of _()"),
        ("templates/more.txt", "{% if order %}Order{% endif %}", "'Order' stands outside of _()"),
        ("texts.py", "", "obsolete"),
    ],
)
def test_a_text_of_the_code_that_no_catalogue_has_is_found(
    shop: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, complaint: str
) -> None:
    path = shop / "source" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert run(shop, "check") == 1
    assert complaint in capsys.readouterr().err


def test_only_whole_texts_are_taken_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        'translate(locale, kept["sentence"], facts)\ntranslate(locale, row.get("message", ""))\n'
        '# Translators: a greeting\nN_("One "\n   "text.")\ni18n.translate(locale, "Another.")\n'
    )
    found = {message.id: message.auto_comments for message in extract_texts.extract(tmp_path) if message.id}
    assert found == {"One text.": ["Translators: a greeting"], "Another.": []}


def test_what_is_no_text_of_a_template_is_left_alone() -> None:
    template = (
        '{# a note #}<style>p { color: red }</style><!-- why --><p class="big">{{ _("Order") }}&nbsp;'
        '{% for item in items %}{{ item.name }} × 1{% endfor %}</p><img alt="{{ _("Logo") }}">'
    )
    assert extract_texts.words_outside(template) == []


def test_a_change_of_the_english_catalogue_is_found(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = translations.catalogue_file(shop / "locales", "en")
    file.write_text(file.read_text().replace('msgstr "Hello {name}, your', 'msgstr "Hi {name}, your'))
    assert run(shop, "check") == 1
    assert "English repeats the source" in capsys.readouterr().err
