"""CSV as people and spreadsheets really write it, read within limits; and written so that nothing in it can run.

Read: UTF-8 with or without a byte order mark, UTF-16 with one ("Unicode text"), Excel's French and Chinese files
(Windows-1252, GB 2312); separated by semicolons, commas or tabs. Written: UTF-8 with a byte order mark, as Excel needs
it. A cell that a spreadsheet would take for a formula gets an apostrophe in front, which reading takes away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from store.kernel.errors import StoreError
from store.kernel.i18n import N_

DELIMITERS = ";,\t"
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SIGNS = "=+\\-@＝＋－＠|%"
_FORMULA = re.compile(rf"[\s']*[{_SIGNS}]|'*[\t\r\n]")
_GUARDED = re.compile(rf"'(?:[\s']*[{_SIGNS}]|'*[\t\r\n])")
_GUARD = "'"
# A spreadsheet of another language separates by another sign: what stands behind one may become a cell of its own.
# It always matches, as looking ahead from every line end of many would take long.
_INNER = re.compile(rf"([;,\t\r\n][\s'\";,]*+)([{_SIGNS}]?)")
# Beyond ASCII: what French, German, Spanish … files of Windows-1252 hold, and GB 2312's signs and characters in pairs.
_WESTERN = re.compile(r"[\t\r\n\x20-\x7e\xa0-\xff€‚„…†‡‰Š‹ŒŽ‘’“”•–—™š›œžŸ]*")
_HIGH = re.compile(rb"[\x80-\xff]+")
_CHINESE = re.compile(rb"(?:[\xa1-\xa3\xb0-\xf7][\xa1-\xfe])+")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class CsvRefused(StoreError):
    """The file as a whole can't be read; nothing of it was used."""

    code = "csv_refused"
    status = 422
    title = N_("This is not a CSV file that we can read.")
    detail = N_("Save the table as “CSV UTF-8” and send it again.")


class CsvTooLarge(CsvRefused):
    code = "csv_too_large"
    status = 413
    title = N_("The file is too large.")
    detail = N_("A CSV file may have {megabytes} MB at most. Please split it.")


class CsvTooManyRows(CsvRefused):
    code = "csv_too_many_rows"
    title = N_("The file has too many rows.")
    detail = N_("A CSV file may have {most} rows at most. Please split it.")


class CsvTooWide(CsvRefused):
    code = "csv_too_wide"
    title = N_("The file has too many columns.")
    detail = N_("Row {row} has more than {most} columns. Please check that the separator is the same everywhere.")


class CsvCellTooLong(CsvRefused):
    code = "csv_cell_too_long"
    title = N_("A cell of the file is too long.")
    detail = N_("A cell in row {row} has more than {most} characters. A quotation mark may be missing there.")


class CsvBadQuotes(CsvRefused):
    code = "csv_bad_quotes"
    title = N_("The quotation marks of the file don't match.")
    detail = N_("In or before row {row} a quotation mark is missing or too many.")


class CsvUnknownEncoding(CsvRefused):
    code = "csv_unknown_encoding"
    title = N_("The letters of the file can't be read.")
    detail = N_("It is not in UTF-8. In the spreadsheet, choose “CSV UTF-8” when you save it, and send it again.")


class CsvIsWorkbook(CsvRefused):
    code = "csv_is_workbook"
    title = N_("This is a spreadsheet workbook, not a CSV file.")
    detail = N_("In the spreadsheet, choose “Save as” and “CSV UTF-8”, and send that file.")


class CsvEmpty(CsvRefused):
    code = "csv_empty"
    title = N_("The file is empty.")
    detail = N_("The first line must name the columns.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLimits:
    megabytes: int = 10
    rows: int = 50_000
    columns: int = 100
    cell: int = 2_000


LIMITS = CsvLimits()


def read_csv(
    content: bytes, *, limits: CsvLimits = LIMITS, first_row: int = 0
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and the rows as they are read: (number as a spreadsheet shows it, cells without outer white space).

    Empty rows are left out but counted. Rows below `first_row` are passed over. Raises CsvRefused at once for what is
    wrong with the whole, and while the rows are read for what is wrong with one.
    """
    text = decode_csv(content, limits=limits)
    reader = _reader(text)
    header = next(_checked(reader, limits), None)
    if header is None or not any(header[1]):
        raise CsvEmpty
    return header[1], _rows(reader, limits, first_row)


def decode_csv(content: bytes, *, limits: CsvLimits = LIMITS) -> str:
    """Raises CsvTooLarge, CsvIsWorkbook, CsvUnknownEncoding, CsvEmpty."""
    if len(content) > limits.megabytes * 1024 * 1024:
        raise CsvTooLarge(megabytes=limits.megabytes)
    if content.startswith(_WORKBOOKS):
        raise CsvIsWorkbook
    text = _decoded(content)
    if text is None or "\0" in text:
        raise CsvUnknownEncoding
    if not text.strip():
        raise CsvEmpty
    return text


def write_csv(rows: Iterable[Sequence[Any]], *, locale: str) -> bytes:
    """The table as spreadsheets of that language open it by a double click; formulas can't run.

    Numbers (int, Decimal) stay numbers; everything else is written as text, None as nothing.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";" if locale.startswith("fr") else ",", lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def neutralized(text: str) -> str:
    """A text of a stranger as it may stand in a cell: what begins like a formula gets an apostrophe.

    So does what would, where the file is split at other signs than it was written with.
    """
    inside = _INNER.sub(lambda found: f"{found[1]}'{found[2]}" if found[2] else found[1], text)
    return f"'{inside}" if _FORMULA.match(text) else inside


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return str(value)
    return neutralized(str(value))


def _decoded(content: bytes) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _try(content[len(mark) :], encoding)
    return _try(content, "utf-8") or _legacy(content)


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _legacy(content: bytes) -> str | None:
    """Chinese comes in pairs of bytes that stand by themselves; accents are single bytes within words."""
    runs = list(_HIGH.finditer(content))
    if 2 * sum(_is_chinese(content, run) for run in runs) >= len(runs):
        return _try(content, "gb18030")
    text = _try(content, "cp1252")
    return text if text is not None and _WESTERN.fullmatch(text) else None


def _is_chinese(content: bytes, run: re.Match[bytes]) -> bool:
    before, after = content[run.start() - 1 : run.start()], content[run.end() : run.end() + 1]
    inside_a_word = bool(before) and bool(after) and before[0] in _LETTERS and after[0] in _LETTERS
    return not inside_a_word and _CHINESE.fullmatch(run.group()) is not None


def _reader(text: str) -> Any:
    head, _, rest = text.partition("\n")
    if re.fullmatch(r'"?sep=[;,\t]"?\r?', head, re.IGNORECASE):  # Excel's own hint, which it hides
        delimiter = head.strip('"\r')[-1]
        text = rest
    else:
        delimiter = max(DELIMITERS, key=head.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _rows(reader: Any, limits: CsvLimits, first_row: int) -> Iterator[tuple[int, list[str]]]:
    found = 0
    for number, cells in _checked(reader, limits, start=2):
        if number > 2 * limits.rows + 1:  # a long file of nothing
            raise CsvTooManyRows(most=limits.rows)
        if not any(cells):
            continue
        found += 1
        if found > limits.rows:
            raise CsvTooManyRows(most=limits.rows)
        if number >= first_row:
            yield number, cells


def _checked(reader: Any, limits: CsvLimits, *, start: int = 1) -> Iterator[tuple[int, list[str]]]:
    number = start
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field larger" in str(error):
                raise CsvCellTooLong(row=number, most=limits.cell) from None
            raise CsvBadQuotes(row=number) from None
        if cells is None:
            return
        if len(cells) > limits.columns:
            raise CsvTooWide(row=number, most=limits.columns)
        if any(len(cell) > limits.cell for cell in cells):
            raise CsvCellTooLong(row=number, most=limits.cell)
        yield number, [_plain(cell) for cell in cells]
        number += 1


def _plain(cell: str) -> str:
    plain = cell[1:] if _GUARDED.match(cell) else cell
    return _INNER.sub(lambda found: f"{found[1].removesuffix(_GUARD * bool(found[2]))}{found[2]}", plain).strip()
