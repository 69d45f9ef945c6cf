"""The file of an import as rows with named columns, and what of it repeats (WAR-8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from store.catalog.serial_numbers import InvalidSerial, read_serial
from store.kernel.csv_files import read_csv
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.warranty.import_columns import ImportKind, read_header
from store.warranty.read_cells import ImportRow

# What makes two rows the same thing twice, and what must then be equal in rows about one device.
_KEYS: dict[ImportKind, tuple[str, ...]] = {"registrations": ("certificate_number",), "units": ("sku",)}
_HOLDER = ("purchase_date", "email", "last_name", "first_name", "company", "address", "postcode", "city")


class ImportHasNoRows(StoreError):
    code = "import_has_no_rows"
    status = 422
    title = N_("The file has no rows.")
    detail = N_("Below the first line there must be at least one row with a device.")


def count_rows(content: bytes, kind: ImportKind, version: int) -> int:
    """Read the whole file once. Raises CsvRefused, ImportColumnsMissing, ImportColumnTwice, ImportHasNoRows."""
    count = sum(1 for _ in read_rows(content, kind, version))
    if not count:
        raise ImportHasNoRows
    return count


def read_rows(content: bytes, kind: ImportKind, version: int) -> Iterator[ImportRow]:
    """Row by row, so that a large file takes little memory. Raises as `count_rows` does."""
    header, rows = read_csv(content)
    places = read_header(header, kind, version)
    for number, cells in rows:
        yield ImportRow(
            number=number,
            cells={column: cells[place] for column, place in places.items() if place < len(cells) and cells[place]},
        )


def find_repeated(content: bytes, kind: ImportKind, version: int) -> dict[int, int]:
    """{row: the earlier row that has the device already}.

    A device may stand in several rows for several services, but only once for each, and with one owner.
    """
    first: dict[str, tuple[int, int]] = {}
    seen: dict[tuple[str, ...], int] = {}
    repeated: dict[int, int] = {}
    for row in read_rows(content, kind, version):
        serial = _serial(row["serial_number"])
        if not serial:
            continue
        owner = hash(_folded(row, _HOLDER)) if kind == "registrations" else 0
        key = (serial, *_folded(row, _KEYS[kind]))
        if key in seen:
            repeated[row.number] = seen[key]
        elif serial in first and first[serial][1] != owner:
            repeated[row.number] = first[serial][0]
        else:
            seen[key] = row.number
            first.setdefault(serial, (row.number, owner))
    return repeated


def _serial(text: str) -> str:
    try:
        return read_serial(text)
    except InvalidSerial:
        return ""  # It is refused for itself.


def _folded(row: ImportRow, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[column].casefold() for column in columns)
