"""Languages: marking texts where they are written, translating them at the edge (L10N-1, L10N-3)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

LOCALES_DIR = Path(__file__).parents[2] / "locales"
TAG_LENGTH_MAX = 35  # RFC 5646 §4.4.1: what everybody has to be able to read

DEFAULT_LOCALE = "en"


def languages_in(folder: Path) -> dict[str, str]:
    """What the API calls each language → its folder, which is its CLDR identifier, too: {"zh-Hans": "zh_Hans_CN"}.

    English comes first: it needs no catalogue, as it is what the code says.
    """
    folders = [DEFAULT_LOCALE, *sorted(file.parents[1].name for file in folder.glob("*/LC_MESSAGES/store.po"))]
    parsed = [(Locale.parse(name), name) for name in dict.fromkeys(folders)]
    return {"-".join(filter(None, (locale.language, locale.script))): name for locale, name in parsed}


# Adding a language is adding a folder (L10N-1).
LOCALES = languages_in(LOCALES_DIR)


def N_(text: str) -> str:  # noqa: N802 - the field's name for "mark, translate later"
    """Mark a text for the catalogues; it is translated where it meets a reader."""
    return text


def babel_locale(locale: str) -> Locale:
    return _babel_locale(LOCALES.get(locale, locale))


@cache
def _babel_locale(identifier: str) -> Locale:
    return Locale.parse(identifier.replace("-", "_"))


@cache
def catalogue(locale: str) -> NullTranslations:
    """The compiled catalogue of a locale, built in memory from its .po file."""
    path = LOCALES_DIR / LOCALES[locale] / "LC_MESSAGES" / "store.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        messages = read_po(file, locale=LOCALES[locale])
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def translate(locale: str, text: str, facts: Mapping[str, Any] | None = None) -> str:
    """The text in the reader's language with the facts put in; an unknown fact stays visible as its name."""
    translated = catalogue(locale).gettext(text) if text else ""
    return translated.format_map(_Facts(facts or {})) if facts else translated


def translate_plural(
    locale: str, singular: str, plural: str, count: int, facts: Mapping[str, Any] | None = None
) -> str:
    """The form of the text that the count takes in the reader's language (CLDR), with the count and the facts in it."""
    text: str = catalogue(locale).ngettext(singular, plural, count)
    said = format_decimal(count, locale=babel_locale(locale))
    return text.format_map(_Facts({"count": said, **(facts or {})}))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def normalize_locale(tag: str | None) -> str | None:
    """Map a language tag (fr-CA, zh-CN, zh_Hans_CN, EN) to one of ours, or None.

    A script that we don't have is better than another language: zh-TW is answered in zh-Hans until there is a zh-Hant.
    """
    if not tag:
        return None
    parts = tag[:TAG_LENGTH_MAX].replace("_", "-").lower().split("-")
    ours = [locale for locale in LOCALES if locale.split("-")[0] == parts[0]]
    if len(ours) < 2:
        return ours[0] if ours else None
    script = _script(parts)
    return next((locale for locale in ours if locale.split("-")[1:] == [script]), ours[0])


def _script(parts: list[str]) -> str:
    """The script of a tag: said, or the one that its region writes by CLDR (zh-TW: Hant)."""
    said = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), None)
    if said:
        return said.title()
    likely: Mapping[str, str] = get_global("likely_subtags")
    region = next((part.upper() for part in parts[1:] if len(part) == 2), "")
    whole = likely.get(f"{parts[0]}_{region}") or likely.get(parts[0]) or ""
    return next((part for part in whole.split("_")[1:] if len(part) == 4), "")


@lru_cache(maxsize=1024)
def from_accept_language(header: str) -> str | None:
    """The first locale of ours in an Accept-Language header, by its weights (RFC 9110 §12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for position, item in enumerate(header.split(",")[:20]):
        tag, _, parameter = item.partition(";")
        try:
            weight = float(parameter.strip().lower().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            continue
        locale = normalize_locale(tag.strip())
        if locale and 0 < weight <= 1:
            ranked.append((-weight, position, locale))
    return min(ranked)[2] if ranked else None


def choose_locale(
    *candidates: str | None, accept_language: str | None = None, market_locales: Iterable[str] = ()
) -> str:
    """Explicit choice, else account or order, else Accept-Language, else the market's first (L10N-3)."""
    for candidate in candidates:
        if locale := normalize_locale(candidate):
            return locale
    if accept_language and (locale := from_accept_language(accept_language)):
        return locale
    for tag in market_locales:
        if locale := normalize_locale(tag):
            return locale
    return DEFAULT_LOCALE


def pick(texts: Mapping[str, str] | None, locale: str) -> str:
    """Content kept in several languages ({"en": …, "fr": …, "zh-Hans": …}): the reader's, else English, else any."""
    if not texts:
        return ""
    return texts.get(locale) or texts.get(DEFAULT_LOCALE) or next(iter(texts.values()))
