"""Texts that are data (markets, demo products, questions, accessories) say the same in all languages (L10N-2)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import text_rules

import store
from store.kernel.i18n import LOCALES

STORE = Path(store.__file__).parent
NUMBERED = re.compile(r"^\d+\. ")  # the steps of an instruction
FILES = sorted(STORE.rglob("*.toml"))


def spoken_tables(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table whose keys are languages, with its place in the file."""
    if isinstance(value, dict):
        if value and set(value) <= set(LOCALES):
            yield place, value
            return
        for name, inner in value.items():
            yield from spoken_tables(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from spoken_tables(inner, f"{place}[{number}]")


def texts() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{file.relative_to(STORE)}{place}", table)
        for file in FILES
        for place, table in spoken_tables(tomllib.loads(file.read_text("utf-8")))
    ]


def lacking(table: dict[str, Any]) -> list[str]:
    return [locale for locale in LOCALES if not str(table.get(locale, "")).strip()]


@pytest.mark.requirement("L10N-1", "L10N-2")
def test_every_text_of_a_data_file_is_there_in_every_language() -> None:
    found = texts()
    assert len(found) > 300
    wrong = [f"{place}: {', '.join(missing)}" for place, table in found if (missing := lacking(table))]
    assert not wrong, "\n".join(["", *wrong])


def test_a_text_that_lacks_a_language_is_found() -> None:
    data = tomllib.loads(
        '[[entry]]\ntitle.en = "One"\ntitle.fr = " "\n[entry.more]\nnames = { en = "A", fr = "B", zh-Hans = "C" }'
    )
    assert [(place, lacking(table)) for place, table in spoken_tables(data)] == [
        (".entry[0].title", ["fr", "zh-Hans"]),
        (".entry[0].more.names", []),
    ]


@pytest.mark.parametrize("locale", ["fr", "zh-Hans"])
def test_texts_of_data_files_are_typeset_as_their_readers_are_used_to(locale: str) -> None:
    """Chinese names of goods and carriers may keep the spaces and letters of their makers."""
    rules = text_rules.RULES[LOCALES[locale]]
    wrong = [
        f"{place}: {mistake}: {line}"
        for place, table in texts()
        for line in str(table.get(locale, "")).splitlines()
        for mistake, pattern in rules.items()
        if mistake != "a space beside a character"
        and pattern.search(NUMBERED.sub("", text_rules.LITERAL.sub("x", line)))
    ]
    assert not wrong, "\n".join(["", *wrong])
