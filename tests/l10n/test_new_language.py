"""Adding a language is adding a folder (L10N-1)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.kernel import i18n
from store.kernel.money import Money

GERMAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Not found."
msgstr "Nicht gefunden."
"""
pytestmark = pytest.mark.requirement("L10N-1")


def add(locales: Path, folder: str, catalogue: str) -> None:
    file = locales / folder / "LC_MESSAGES" / "store.po"
    file.parent.mkdir(parents=True)
    file.write_text(catalogue, "utf-8")


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A copy of locales/ with one more folder; nothing else of the store is touched."""
    shutil.copytree(i18n.LOCALES_DIR, tmp_path / "locales")
    add(tmp_path / "locales", "de", GERMAN)
    monkeypatch.setattr(i18n, "LOCALES_DIR", tmp_path / "locales")
    for locale, folder in i18n.languages_in(tmp_path / "locales").items():
        monkeypatch.setitem(i18n.LOCALES, locale, folder)
    i18n.from_accept_language.cache_clear()
    yield
    i18n.from_accept_language.cache_clear()
    i18n.catalogue.cache_clear()


def test_the_folders_say_which_languages_there_are(tmp_path: Path) -> None:
    assert i18n.languages_in(tmp_path / "nowhere") == {"en": "en"}
    for folder in ("zh_Hant_TW", "de", "zh_Hans_CN", "pt_BR"):
        add(tmp_path, folder, GERMAN)
    (tmp_path / "notes").mkdir()
    assert i18n.languages_in(tmp_path) == {
        "en": "en",
        "de": "de",
        "pt": "pt_BR",
        "zh-Hans": "zh_Hans_CN",
        "zh-Hant": "zh_Hant_TW",
    }


@pytest.mark.usefixtures("german")
def test_a_new_folder_is_chosen_spoken_and_falls_back_to_english() -> None:
    assert i18n.choose_locale("de-AT") == "de"
    assert i18n.choose_locale(accept_language="it, de;q=0.5, en;q=0.4") == "de"
    assert i18n.translate("de", "Not found.") == "Nicht gefunden."
    assert i18n.translate("de", "Not allowed.") == "Not allowed."
    assert i18n.pick({"en": "Headset", "fr": "Casque"}, "de") == "Headset"
    assert Money(129_900, "EUR").format("de") == "1.299,00\u00a0€"


@pytest.mark.usefixtures("german")
async def test_a_new_folder_is_answered_in(client, keys) -> None:
    answer = await client.get("/api/v1/nowhere?locale=de", headers=keys.storefront)
    assert answer.headers["content-language"] == "de"
    assert answer.json()["title"] == "Nicht gefunden."


def test_scripts_are_told_apart_once_both_are_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert i18n.normalize_locale("zh-TW") == "zh-Hans"  # better than English
    monkeypatch.setitem(i18n.LOCALES, "zh-Hant", "zh_Hant_TW")
    read = {
        tag: i18n.normalize_locale(tag)
        for tag in ("zh-TW", "zh-HK", "zh-Hant-CN", "zh", "zh-CN", "zh-SG", "zh-Hans-TW")
    }
    assert read == {
        "zh-TW": "zh-Hant",
        "zh-HK": "zh-Hant",
        "zh-Hant-CN": "zh-Hant",
        "zh": "zh-Hans",
        "zh-CN": "zh-Hans",
        "zh-SG": "zh-Hans",
        "zh-Hans-TW": "zh-Hans",
    }
