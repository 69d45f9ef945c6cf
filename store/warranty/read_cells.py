"""What stands in the cells of an import, as people and their spreadsheets write it (WAR-8)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from store.kernel.errors import StoreError
from store.kernel.i18n import N_

# What can be wrong with a cell by itself; refusals of the rules are errors with codes and sentences of their own.
CELL_ERRORS = {
    "missing": N_("This cell must be filled in."),
    "too_long": N_("At most {most} characters can stand here."),
    "bad_date": N_("“{value}” is not a date. Write it like 2026-07-05 or 05/07/2026 (day, month, year)."),
    "future_date": N_("{value} is in the future."),
    "ancient_date": N_("{value} is too long ago."),
    "duplicate_row": N_("This serial number stands in row {row} already."),
    "unknown_sku": N_("There is no article with the number “{value}”."),
    "unknown_market": N_("There is no market “{value}”. Choose one of {markets}."),
}

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]0{1,2}:00(?::00)?)?")
_CHINESE = re.compile(r"(\d{4})(?:[/.]|年)(\d{1,2})(?:[/.]|月)(\d{1,2})日?")
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """What is wrong in a column ("" for the whole row). `text` is marked for translation and takes `facts`."""

    column: str
    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """A row of the file; `number` as the spreadsheet shows it."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class BadCell(ValueError):
    """Raised while a cell is read; `in_column` says in which."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def in_column(self, column: str) -> CellError:
        return CellError(column=column, code=self.code, text=CELL_ERRORS[self.code], facts=self.facts)


def refused(error: StoreError, column: str) -> CellError:
    """The refusal of a rule as what is wrong in a column."""
    return CellError(column=column, code=error.code, text=error.detail or error.title, facts=error.facts)


def missing_cells(row: ImportRow, mandatory: Sequence[str]) -> list[CellError]:
    return [BadCell("missing").in_column(column) for column in mandatory if not row[column]]


def read_date(text: str) -> date:
    """ISO; day/month/year as in French spreadsheets; year/month/day as in Chinese ones. Raises BadCell.

    A date with two figures for the year, or with the month first, could be two dates: it is refused.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for pattern, order in ((_ISO, (0, 1, 2)), (_CHINESE, (0, 1, 2)), (_FRENCH, (2, 1, 0))):
        if found := pattern.fullmatch(plain):
            parts = found.groups()
            try:
                return date(*(int(parts[place]) for place in order))
            except ValueError:
                break
    raise BadCell("bad_date", value=text[:60])


def read_past_date(text: str, *, today: date, earliest: date) -> date:
    """A day that is not ahead, and not before `earliest`. Raises BadCell."""
    day = read_date(text)
    if day > today:
        raise BadCell("future_date", value=day)
    if day < earliest:
        raise BadCell("ancient_date", value=day)
    return day


_PREFERENCES = {
    "email": ("email", "e-mail", "mail", "courriel", "电子邮件", "电子邮箱", "邮箱", "邮件"),
    "phone": ("phone", "telephone", "téléphone", "tel", "tél", "电话"),
    "post": ("post", "postal", "letter", "courrier", "poste", "邮寄", "信件"),
}


def read_preference(text: str) -> str:
    """How the owner wants to be reached, as people write it: email, phone or post; anything else as it stands."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold().rstrip(".")
    return next((code for code, words in _PREFERENCES.items() if plain in words), plain)
