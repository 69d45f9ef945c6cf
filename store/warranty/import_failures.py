"""Rows of an import that were refused: kept as they were, told in the reader's language (WAR-9, L10N-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.csv_files import write_csv
from store.kernel.i18n import translate
from store.kernel.wording import spoken_facts
from store.warranty.import_columns import ImportKind, failures_header
from store.warranty.read_cells import CellError, ImportRow

# Facts are kept as JSON; a day is kept so that it can be told as one.
_DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRow:
    """`number` as the spreadsheet shows it, `cells` as they stood there."""

    number: int
    cells: Mapping[str, str]
    errors: Sequence[CellError]


async def keep_failures(import_id: UUID, failures: Sequence[tuple[ImportRow, Sequence[CellError]]]) -> None:
    """In a unit of work, one statement."""
    await db.execute(
        "insert into warranty_import_failure (import_id, row, cells, errors)"
        " select $1, r.* from jsonb_to_recordset($2) as r (row int, cells jsonb, errors jsonb)",
        import_id,
        [
            {"row": row.number, "cells": dict(row.cells), "errors": [_kept(error) for error in errors]}
            for row, errors in failures
        ],
    )


async def failures_of(import_id: UUID, *, after_row: int = 0, limit: int) -> list[FailedRow]:
    """In the order of the file, from a row on."""
    rows = await db.fetch(
        "select row, cells, errors from warranty_import_failure where import_id = $1 and row > $2"
        " order by row limit $3",
        import_id,
        after_row,
        limit,
    )
    return [
        FailedRow(number=row["row"], cells=row["cells"], errors=[_error(each) for each in row["errors"]])
        for row in rows
    ]


async def failures_csv(import_id: UUID, kind: ImportKind, version: int, *, most: int, locale: str) -> bytes:
    """The refused rows in the template's format with what is wrong: corrected, it can be imported as it is."""
    header = failures_header(kind, version)
    rows = await failures_of(import_id, limit=most)
    return write_csv(
        [header, *([*(row.cells.get(column, "") for column in header[:-1]), _told(row, locale)] for row in rows)],
        locale=locale,
    )


def tell(error: CellError, locale: str) -> str:
    """The sentence in the reader's language."""
    return translate(locale, error.text, spoken_facts(error.facts, locale))


def _told(row: FailedRow, locale: str) -> str:
    return " ".join(
        f"{error.column}: {tell(error, locale)}" if error.column else tell(error, locale) for error in row.errors
    )


def _kept(error: CellError) -> dict[str, Any]:
    facts = {name: _plain(value) for name, value in error.facts.items()}
    return {"column": error.column, "code": error.code, "text": error.text, "facts": facts}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {_DAY: value.isoformat()} if isinstance(value, date) else value


def _error(kept: Mapping[str, Any]) -> CellError:
    facts = {
        name: date.fromisoformat(value[_DAY]) if isinstance(value, dict) and set(value) == {_DAY} else value
        for name, value in kept["facts"].items()
    }
    return CellError(column=kept["column"], code=kept["code"], text=kept["text"], facts=facts)
