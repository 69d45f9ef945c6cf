"""Keep the message catalogues in locales/ true to the code: `update` brings them up to date, `check` only complains.

Texts are collected from Python (`N_`, `_`, gettext and the store's own translate functions, with literal arguments)
and from Jinja templates (extract_texts.py); how a language is written is in text_rules.py. The files carry no dates
and no line numbers, so that they change only when a text does. Every folder in locales/ is a language; the English one
repeats the source.
"""

import argparse
import copy
import io
import re
import string
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po
from extract_texts import bare_words, extract, unmarkable
from text_rules import glossary, left_in_source, mistakes, words_missed

PROJECT = Path(__file__).resolve().parents[1]
SHIPPED = ("en", "fr", "zh_Hans_CN")
SOURCE_LANGUAGE = "en"
PERCENT_PLACEHOLDER = re.compile(r"%\((\w+)\)")
HEADER = "# Texts of the store. Made by `make translations`; translate here, nowhere else.\n"


def main(arguments: list[str] | None = None) -> int:
    """Do what was asked; 1 if the check finds something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["update", "check"])
    parser.add_argument("--source", type=Path, default=PROJECT / "store")
    parser.add_argument("--locales", type=Path, default=PROJECT / "locales")
    options = parser.parse_args(arguments)
    template = extract(options.source)
    if options.action == "update":
        update(template, options.locales)
        return 0
    problems = [*unmarkable(options.source), *bare_words(options.source), *check(template, options.locales)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(template)} texts in {len(languages(options.locales))} languages, {len(problems)} problems.")
    return 1 if problems else 0


def languages(locales: Path) -> list[str]:
    """List the shipped languages, and those of which somebody made a folder."""
    return sorted({*SHIPPED, *(folder.name for folder in locales.glob("*") if folder.is_dir())})


def catalogue_file(locales: Path, language: str) -> Path:
    """Give the place of a language's catalogue."""
    return locales / language / "LC_MESSAGES" / "store.po"


def update(template: Catalog, locales: Path) -> None:
    """Write the template and merge it into every language; what the code no longer says is dropped."""
    locales.mkdir(exist_ok=True)
    (locales / "store.pot").write_bytes(as_bytes(template))
    for language in languages(locales):
        catalogue = load(locales, language)
        # A copy, as the catalogue takes over the messages themselves.
        catalogue.update(copy.deepcopy(template), no_fuzzy_matching=True)
        if language == SOURCE_LANGUAGE:
            for message in catalogue:
                if message.id:
                    message.string = message.id if isinstance(message.id, str) else tuple(message.id)
        file = catalogue_file(locales, language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(as_bytes(catalogue))


def load(locales: Path, language: str) -> Catalog:
    """Read a language's catalogue, or begin one. Raises PoFileError for a broken one, which would be read in part."""
    file = catalogue_file(locales, language)
    if not file.exists():
        return Catalog(locale=language, project="store", charset="utf-8", fuzzy=False)
    with file.open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def as_bytes(catalogue: Catalog) -> bytes:
    """Write it the same way every time: sorted, without dates, versions and line numbers."""
    catalogue.header_comment = HEADER.rstrip()
    catalogue.fuzzy = False
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False)
    volatile = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Report-Msgid-Bugs-To")
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(tuple(f'"{name}' for name in volatile))]
    return "".join(kept).encode()


def check(template: Catalog, locales: Path) -> Iterator[str]:
    """Name everything that keeps a reader from seeing a text in their language."""
    pot = locales / "store.pot"
    if not pot.exists() or pot.read_bytes() != as_bytes(template):
        yield "locales/store.pot isn't what the code says: run `make translations`"
    wanted = {key(message): message for message in template if message.id}
    for language in languages(locales):
        try:
            catalogue = load(locales, language)
        except PoFileError as error:
            yield f"{language}: can't be read: {error}"
            continue
        book = glossary(locales, language)
        present = {key(message): message for message in catalogue if message.id}
        for gone in [*present.keys() - wanted.keys(), *catalogue.obsolete]:
            yield f"{language}: obsolete, the code doesn't say it any more: {gone!r}"
        for text, message in wanted.items():
            where = ", ".join(sorted({file for file, _ in message.locations}))
            if text not in present:
                yield f"{language}: not in the catalogue: {text!r} ({where})"
                continue
            for problem in [*problems_of(present[text], catalogue), *wording(present[text], language, book)]:
                yield f"{language}: {problem}: {text!r} ({where})"


def key(message: Message) -> str:
    """Identify a message as the catalogue does: by its singular."""
    return message.id if isinstance(message.id, str) else message.id[0]


def problems_of(message: Message, catalogue: Catalog) -> Iterator[str]:
    """Check one translation: there, sure, and with the placeholders of its source."""
    plural = not isinstance(message.id, str)
    forms = [form or "" for form in ([message.string] if isinstance(message.string, str) else message.string or [""])]
    if plural and len(forms) != catalogue.num_plurals:
        yield f"needs {catalogue.num_plurals} plural forms, has {len(forms)}"
    if not all(forms):
        yield "untranslated"
        return
    if message.fuzzy:
        yield "fuzzy"
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    allowed = set().union(*map(placeholders, sources))
    # "One order" may leave out the number that "{count} orders" needs.
    needed = placeholders(sources[-1]) - ({"count", "n", "num"} if plural else set())
    for form in forms:
        found = placeholders(form)
        if found - allowed:
            yield f"placeholder unknown to the source: {', '.join(sorted(found - allowed))}"
        if needed - found:
            yield f"placeholder lost: {', '.join(sorted(needed - found))}"
        if (form[:1].isspace(), form[-1:].isspace()) != (sources[-1][:1].isspace(), sources[-1][-1:].isspace()):
            yield "begins or ends with a space where the source doesn't, or the other way round"


def wording(message: Message, language: str, book: Mapping[str, Any]) -> Iterator[str]:
    """Check how a translation reads: the source's words for English, the language's rules and glossary for others."""
    plural = not isinstance(message.id, str)
    source = message.id[-1] if plural else message.id
    forms = [form for form in (message.string if plural else [message.string]) if form]
    if language == SOURCE_LANGUAGE:
        if forms and message.string not in (message.id, tuple(message.id)):
            yield "English repeats the source; change the text in the code"
        return
    for form in forms:
        if left_in_source(source, form, book):
            yield "left in English"
        yield from mistakes(language, form, book)
        yield from words_missed(source, form, book)


def placeholders(text: str) -> set[str]:
    """Find the names in {braces} and %(parentheses); broken braces count as a name of their own."""
    try:
        names = {
            name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None
        }
    except ValueError as error:
        names = {f"broken braces ({error})"}
    return names | set(PERCENT_PLACEHOLDER.findall(text))


if __name__ == "__main__":
    sys.exit(main())
