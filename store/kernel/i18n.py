"""Languages: marking texts where they are written, translating them at the edge (L10N-1, L10N-3)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES_DIR = Path(__file__).parents[2] / "locales"

# What the API calls a locale → the folder in locales/ and the CLDR identifier.
LOCALES = {"en": "en", "fr": "fr", "zh-Hans": "zh_Hans_CN"}
DEFAULT_LOCALE = "en"


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
    text: str = catalogue(locale).ngettext(singular, plural, count)
    return text.format_map(_Facts({"count": count, **(facts or {})}))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def normalize_locale(tag: str | None) -> str | None:
    """Map a language tag (fr-CA, zh-CN, zh_Hans_CN, EN) to one of ours, or None."""
    if not tag:
        return None
    language = tag.replace("_", "-").split("-")[0].lower()
    return {"en": "en", "fr": "fr", "zh": "zh-Hans"}.get(language)


@lru_cache(maxsize=1024)
def from_accept_language(header: str) -> str | None:
    """The first locale of ours in an Accept-Language header, by its weights (RFC 9110 §12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for position, item in enumerate(header.split(",")[:20]):
        tag, _, parameter = item.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            continue
        locale = normalize_locale(tag.strip())
        if locale and weight > 0:
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
