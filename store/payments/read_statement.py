"""Read a bank statement: CSV with the columns booked_on, amount, currency, reference and payer (PAY-10).

The first line names the columns, in any order; `payer` may be missing, others are ignored. Separated by `;` or `,`,
UTF-8 with or without a byte order mark. Dates are ISO 8601 (2026-07-05), amounts as in "1 234,56", "1.234,56" or
"1,234.56", negative when money left the account, currencies by ISO 4217. Lines that can't be read are told apart,
with their number; a file that is no statement at all is refused.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from store.kernel.csv_files import neutralized
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.money import Money, exponent, is_currency

MAX_BYTES = 5_000_000
MAX_LINES = 20_000
MAX_TEXT = 500
MAX_MINOR = 10**15
REQUIRED = {"booked_on", "amount", "currency", "reference"}
_SPACES = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2009'’"))
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?:([.,])\d{3}(?:\3\d{3})*)?|\d+)(?:([.,])(\d+))?", re.ASCII)


class BadStatement(StoreError):
    """`reason` is too_large, too_many_lines, not_text or no_columns."""

    code = "bad_statement"
    status = 422
    title = N_("The file is not a bank statement that we can read.")
    detail = N_("It must be a CSV file in UTF-8 whose first line names the columns {columns}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A line of the statement; `fingerprint` tells it from every other, and is the same each time it is read."""

    number: int
    booked_on: date
    amount: Money
    reference: str
    payer: str
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineError:
    """A line that can't be read; `text` is safe to open in a spreadsheet."""

    number: int
    reason: str
    text: str


def read_statement(content: bytes | str) -> tuple[list[StatementLine], list[LineError]]:
    """The lines, oldest or newest first as the file has them. Raises BadStatement."""
    lines: list[StatementLine] = []
    errors: list[LineError] = []
    seen: Counter[bytes] = Counter()
    for number, row in _rows(_text(content)):
        try:
            line = _line(number, row)
        except ValueError as error:
            errors.append(LineError(number=number, reason=str(error), text=harmless(" ".join(row.values()))))
            continue
        facts = _fingerprint(line, 0)
        lines.append(replace(line, fingerprint=_fingerprint(line, seen[facts])))
        seen[facts] += 1
    return lines, errors


def _text(content: bytes | str) -> str:
    if len(content) > MAX_BYTES:
        raise _refusal("too_large")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _refusal("not_text") from None
    if "\0" in text:
        raise _refusal("not_text")
    return text


def _refusal(reason: str) -> BadStatement:
    return BadStatement(reason=reason, columns=[*sorted(REQUIRED), "payer"])


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, {column: text}) of every line that isn't empty."""
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") >= head.count(",") else ",")
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if not set(names) >= REQUIRED:
            raise _refusal("no_columns")
        for count, cells in enumerate(reader):
            if count >= MAX_LINES:
                raise _refusal("too_many_lines")
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error:
        raise _refusal("not_text") from None


def _line(number: int, row: dict[str, str]) -> StatementLine:
    currency = row.get("currency", "").strip().upper()
    if not is_currency(currency):
        msg = "currency"
        raise ValueError(msg)
    try:
        booked_on = date.fromisoformat(row.get("booked_on", "").strip())
    except ValueError:
        msg = "booked_on"
        raise ValueError(msg) from None
    return StatementLine(
        number=number,
        booked_on=booked_on,
        amount=read_amount(row.get("amount", ""), currency),
        reference=_words(row.get("reference", "")),
        payer=_words(row.get("payer", "")),
    )


def _words(text: str) -> str:
    return " ".join(text.split())[:MAX_TEXT]


def read_amount(text: str, currency: str) -> Money:
    """An amount as French, German or English banks write it. Raises ValueError("amount") when it is none, or unclear.

    The last sign is a decimal one when no more digits follow than the currency has, and groups thousands when three
    do; in a currency with three decimals a single "1,234" could be both and is refused.
    """
    digits = exponent(currency)
    match = _AMOUNT.fullmatch(text.translate(_SPACES).replace("−", "-"))
    if match is None:
        raise ValueError("amount")
    sign, whole, group, point, decimals = match.groups()
    unclear = group is not None and point is None and digits == 3 and whole.count(group) == 1
    if unclear or (point is not None and (group == point or len(decimals.rstrip("0")) > digits)):
        raise ValueError("amount")
    whole = whole.replace(group, "") if group else whole
    minor = int(whole) * 10**digits + int((decimals or "").rstrip("0").ljust(digits, "0") or 0)
    if minor == 0 or minor > MAX_MINOR:
        raise ValueError("amount")
    return Money(-minor if sign == "-" else minor, currency)


def _fingerprint(line: StatementLine, occurrence: int) -> bytes:
    """Two truly identical lines of one file are two; the same line in the next statement is the same."""
    facts = (
        line.booked_on.isoformat(),
        str(line.amount.amount_minor),
        line.amount.currency,
        line.reference,
        line.payer,
        str(occurrence),
    )
    return hashlib.sha256("\x1f".join(facts).encode()).digest()


def harmless(text: str) -> str:
    """Text of a stranger as it may stand in a cell: a spreadsheet takes what begins like a formula for one."""
    return neutralized(" ".join(text.split())[:MAX_TEXT])
