"""Demo content: some forty questions in three languages and the manuals of the demo products; links lead nowhere.

It is data (`faq/*.toml`, `manuals.toml`); this package reads it and hands it over. It knows no database: whoever loads
it decides what becomes of it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from store.catalog.demo import load_demo_catalogue
from store.support.faq_entries import FaqEntry, ManualEntry

DEMO_DIR = Path(__file__).parent

Shape = TypeVar("Shape", bound=msgspec.Struct)


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class QuestionPart(_Part):
    slug: str
    question: dict[str, str]
    answer: dict[str, str]
    about: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    market: str | None = None


class FaqFile(_Part):
    topic: str
    entry: list[QuestionPart]


class DocumentPart(_Part):
    kind: str
    languages: list[str]
    titles: dict[str, str]
    products: list[str]


class ManualsFile(_Part):
    address: str
    document: list[DocumentPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSupport:
    questions: tuple[FaqEntry, ...]
    manuals: tuple[ManualEntry, ...]


def load_demo_support() -> DemoSupport:
    """All of it, questions in the order of the files. Raises msgspec.ValidationError with the file's name."""
    files = [_read(path, FaqFile) for path in sorted((DEMO_DIR / "faq").glob("*.toml"))]
    questions = tuple(_question(entry, file.topic) for file in files for entry in file.entry)
    return DemoSupport(questions=questions, manuals=tuple(_manuals(_read(DEMO_DIR / "manuals.toml", ManualsFile))))


def _read(path: Path, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        error.add_note(f"in {path.name}")
        raise


def _question(entry: QuestionPart, topic: str) -> FaqEntry:
    return FaqEntry(
        slug=entry.slug,
        topic=topic,
        questions=entry.question,
        answers=entry.answer,
        subjects=entry.about,
        symptoms=entry.symptoms,
        market=entry.market,
    )


def _manuals(file: ManualsFile) -> list[ManualEntry]:
    names = {product.slug: product.names for product in load_demo_catalogue().products}
    return [
        ManualEntry(
            product=product,
            kind=document.kind,
            language=language,
            titles={
                reader: title.replace("{product}", names[product][reader]) for reader, title in document.titles.items()
            },
            url=file.address.format(product=product, kind=document.kind, language=language),
        )
        for document in file.document
        for product in document.products
        for language in document.languages
    ]
