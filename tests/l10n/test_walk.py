"""Every refusal, label and sentence, in every language: nothing is left in English, nothing left out."""

from __future__ import annotations

import re

import pytest

from l10n.english_left import english_left
from l10n.said import facts_of, histories, labels, refusals
from store.kernel.i18n import LOCALES, translate
from store.kernel.wording import problem, spoken_facts, status_label
from store.notifications.kinds import SUBJECTS
from store.web.storefront.import_shapes import STATUS_LABELS

TRANSLATED = sorted(set(LOCALES) - {"en"})
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Refusals that tell a program which word to write: the word is the same in every language.
pytestmark = pytest.mark.requirement("L10N-1", "L10N-2")


def faults(text: str, source: str, locale: str) -> list[str]:
    """What is wrong with a spoken text."""
    found = [f"in English: {word}" for word in english_left(text, locale)]
    if text == source and english_left(source, locale):
        found.append("the source itself")
    if re.search(r"[{}]", text):
        found.append("a fact is missing")
    if locale == "zh-Hans" and re.search(r"[a-z]{2}", source) and not CHINESE.search(text):
        found.append("no Chinese character")
    return [f"{fault}: {text}" for fault in found]


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_refusal_is_spoken_in_the_readers_language(locale: str) -> None:
    wrong: list[str] = []
    for error in refusals():
        body = problem(error(**facts_of(error.title, error.detail)), locale)
        for part, source in (("title", error.title), ("detail", error.detail or error.title)):
            wrong += [f"{error.code}.{part}: {fault}" for fault in faults(body[part], source, locale)]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_label_is_spoken_in_the_readers_language(locale: str) -> None:
    wrong = [
        f"{code}: {fault}"
        for code, label in labels().items()
        if label not in {"Apple Pay", "Google Pay", "PayPal"}
        for fault in faults(translate(locale, label), label, locale)
    ]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_history_and_eligibility_is_spoken_in_the_readers_language(locale: str) -> None:
    wrong = [
        f"{where}: {fault}"
        for where, text in histories().items()
        for fault in faults(translate(locale, text, spoken_facts(facts_of(text), locale)), text, locale)
    ]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_subject_is_spoken_in_the_readers_language(locale: str) -> None:
    wrong = [
        f"{kind}: {fault}"
        for kind, subject in SUBJECTS.items()
        for fault in faults(translate(locale, subject, spoken_facts(facts_of(subject), locale)), subject, locale)
    ]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("locale", LOCALES)
def test_no_label_is_a_code(locale: str) -> None:
    """A code without a label would be spoken as its own English words."""
    assert not [code for code in labels() if not code.startswith("object ") and "_" in status_label(code, locale)]
    assert not [text for text in STATUS_LABELS.values() if "_" in translate(locale, text)]
