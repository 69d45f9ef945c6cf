"""The catalogues: complete, typeset as their readers are used to, and one word for one thing."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import store
from store.kernel.errors import StoreError, WrongState
from store.kernel.i18n import LOCALES, LOCALES_DIR, translate
from store.kernel.wording import LABELS, OBJECT_NAMES, problem, status_label
from store.shipments.statuses import ShipmentStatus

TRANSLATED = ("fr", "zh-Hans")

NO_BREAK, NARROW_NO_BREAK = "\u00a0", "\u202f"
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)s")
# What a program reads keeps the punctuation of programs.
LITERAL = re.compile(r"Authorization: Bearer|Content-Type: |https?://\S*")
# What the reader is to write as it stands.
QUOTED = re.compile("“[^”]*”")
HAN = r"[\u3007\u3400-\u4dbf\u4e00-\u9fff]"


@cache
def tool() -> ModuleType:
    """tools/translations.py, which is a script and no part of the package."""
    file = Path(__file__).parents[1] / "tools" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations_tool", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def texts(locale: str) -> tuple[tuple[str, str], ...]:
    """Every (English, translation) of a catalogue; the forms of a plural one by one, with the English plural."""
    pairs = []
    for message in tool().load(LOCALES_DIR, LOCALES[locale]):
        if message.id:
            plural = not isinstance(message.id, str)
            source, forms = (message.id[-1], message.string) if plural else (message.id, (message.string,))
            pairs += [(source, form or "") for form in forms]
    return tuple(pairs)


@cache
def glossary(locale: str) -> dict[str, Any]:
    return tomllib.loads((LOCALES_DIR / f"glossary.{LOCALES[locale]}.toml").read_text())


@cache
def import_everything() -> None:
    """Errors and labels register themselves when their module is imported."""
    for module in pkgutil.walk_packages(store.__path__, "store."):
        if not module.name.startswith("store.simulator") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def shown(found: list[str]) -> str:
    return "\n".join(["", *found])


@pytest.mark.requirement("L10N-5")
def test_the_catalogues_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    found = tool().main(["check"])
    assert found == 0, capsys.readouterr().err


@pytest.mark.requirement("L10N-1")
def test_each_folder_is_a_language_and_english_repeats_the_source() -> None:
    assert sorted(LOCALES.values()) == sorted(folder.name for folder in LOCALES_DIR.iterdir() if folder.is_dir())
    changed = [
        f"{message.id!r}: {message.string!r}"
        for message in tool().load(LOCALES_DIR, "en")
        if message.id and message.string not in (message.id, tuple(message.id))
    ]
    assert not changed, shown(changed)


@pytest.mark.parametrize("locale", TRANSLATED)
def test_nothing_was_left_in_english(locale: str) -> None:
    same = set(glossary(locale)["texts"]["same"])
    left = [source for source, text in texts(locale) if text == source and source not in same]
    assert not left, shown(left)


@pytest.mark.requirement("L10N-1", "L10N-2")
@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_refusal_is_translated(locale: str) -> None:
    import_everything()
    ours = [error for error in StoreError.registry.values() if error.__module__.startswith("store.")]
    assert len(ours) > 50
    untranslated = [
        f"{error.code}: {text}"
        for error in ours
        for text in (error.title, error.detail)
        if text and translate(locale, text) == text
    ]
    assert not untranslated, shown(untranslated)


@pytest.mark.requirement("L10N-1", "L10N-2")
@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_label_is_translated(locale: str) -> None:
    import_everything()
    assert len(LABELS) > 50
    same = set(glossary(locale)["texts"]["same"])
    untranslated = [
        f"{code}: {label}"
        for code, label in LABELS.items()
        if label not in same and status_label(code, locale) == label
    ]
    untranslated += [f"object: {name}" for name in OBJECT_NAMES.values() if translate(locale, name) == name]
    assert not untranslated, shown(untranslated)


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
    assert not gendered, shown(gendered)


FRENCH_MISTAKES = {
    "a typewriter's apostrophe": re.compile(r"'"),
    "English quotation marks": re.compile(r"[\"“”‘]"),
    "no no-break space before a colon": re.compile(rf"(?<!{NO_BREAK}):(?!\d)"),
    "no narrow no-break space before ; ! ?": re.compile(rf"(?<!{NARROW_NO_BREAK})[;!?]"),
    "no no-break space inside guillemets": re.compile(rf"«(?!{NO_BREAK})|(?<!{NO_BREAK})»"),
    "a space before a comma or a full stop": re.compile(r"\s[,.](?!\d)"),
    "two spaces": re.compile(r"\s{2}"),
    "three dots for an ellipsis": re.compile(r"\.\.\."),
}


def test_french_typography() -> None:
    wrong = [
        f"{mistake}: {text}"
        for _, text in texts("fr")
        for mistake, pattern in FRENCH_MISTAKES.items()
        if pattern.search(LITERAL.sub("x", PLACEHOLDER.sub("x", text)))
    ]
    assert not wrong, shown(wrong)


def test_french_says_vous() -> None:
    familiar = re.compile(r"\b(tu|toi|ton|tes|ta|te)\b|\bt’", re.IGNORECASE)
    wrong = [text for _, text in texts("fr") if familiar.search(text)]
    assert not wrong, shown(wrong)


CHINESE_MISTAKES = {
    "half-width punctuation": re.compile(r"[,;:!?()](?!\d)|(?<![A-Za-z0-9])\.|\.(?![A-Za-z0-9])"),
    "half-width quotation marks": re.compile(r"[\"']"),
    "a space beside a character": re.compile(rf"{HAN}[ \u3000]|[ \u3000]{HAN}"),
    "three full stops or dots for an ellipsis": re.compile(r"。。|\.\."),
    "你 for 您": re.compile(r"你"),
}


def test_chinese_typography() -> None:
    wrong = [
        f"{mistake}: {text}"
        for _, text in texts("zh-Hans")
        for mistake, pattern in CHINESE_MISTAKES.items()
        if pattern.search(LITERAL.sub("", text))
    ]
    assert not wrong, shown(wrong)


def test_chinese_has_no_english_but_names() -> None:
    names = sorted(glossary("zh-Hans")["texts"]["latin"], key=len, reverse=True)
    known = re.compile("|".join(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" for name in names))
    wrong = [
        f"{', '.join(words)}: {text}"
        for _, text in texts("zh-Hans")
        if (words := re.findall(r"[A-Za-z]+", known.sub("", PLACEHOLDER.sub("", text))))
    ]
    assert not wrong, shown(wrong)


def test_chinese_is_simplified() -> None:
    """GB 2312 has the simplified characters and not the traditional ones."""
    wrong = [
        f"{character}: {text}"
        for _, text in texts("zh-Hans")
        for character in re.findall(HAN, text)
        if not character.encode("gb2312", "ignore")
    ]
    assert not wrong, shown(wrong)


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_glossary_is_followed(locale: str) -> None:
    """A term of the trade is the same word everywhere; the longest term in a text counts, not those inside it."""
    book = glossary(locale)
    words = book["terms"] | book["release"]
    free = set(book["texts"]["free"]) | set(book["texts"]["same"])
    longest_first = "|".join(re.escape(term).replace(r"\ ", "[ -]") for term in sorted(words, key=len, reverse=True))
    terms = re.compile(rf"\b({longest_first})(?:s|es)?\b", re.IGNORECASE)
    by_name = {term.lower(): forms for term, forms in words.items()}
    wrong = [
        f"{term} is {by_name[term][0]}: {source!r}, {text!r}"
        for source, text in texts(locale)
        if source not in free
        for term in {found.lower().replace("-", " ") for found in terms.findall(_spoken(source))}
        if not any(form.lower() in text.lower() for form in by_name[term])
    ]
    assert not wrong, shown(wrong)


def _spoken(text: str) -> str:
    """Without what isn't a word of the sentence."""
    return QUOTED.sub("", PLACEHOLDER.sub("", text))


def test_the_glossaries_have_the_same_terms() -> None:
    french, chinese = (glossary(locale) for locale in TRANSLATED)
    for part in ("terms", "release"):
        assert list(french[part]) == list(chinese[part])
