"""The columns of import files: their codes, their titles in every language, and the templates (WAR-8).

The header of a template is in codes that never change; a header in English, French or Chinese is understood as well.
A template has a version, so that files of today can be read when the columns have changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from store.kernel.csv_files import write_csv
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import LOCALES, N_, translate

ImportKind = Literal["registrations", "units"]
ERROR_COLUMN = "error"


class ImportColumnsMissing(StoreError):
    """Facts: columns (codes)."""

    code = "import_columns_missing"
    status = 422
    title = N_("Columns are missing in the file.")
    detail = N_("The first line must name all columns of the template. These were not found: {columns}.")


class ImportColumnTwice(StoreError):
    """Facts: column (its code)."""

    code = "import_column_twice"
    status = 422
    title = N_("A column stands twice in the file.")
    detail = N_("The column {column} was found more than once in the first line.")


class UnknownTemplate(NotFound):
    """Facts: version, versions (those that there are)."""

    code = "unknown_template"
    title = N_("There is no such version of the template.")
    detail = N_("Version {version} does not exist; choose one of {versions}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`example` stands in the template; a column that is not `mandatory` may be missing, and its cells empty."""

    code: str
    title: str
    example: str
    mandatory: bool = True


_SERIAL = Column(code="serial_number", title=N_("Serial number"), example="AX-2F7K-0001")
# {version: columns}; a version that was given out is never changed.
REGISTRATIONS: Mapping[int, tuple[Column, ...]] = {
    1: (
        _SERIAL,
        Column(code="certificate_number", title=N_("Certificate number"), example="CERT-7K3M-9QX2-4WTN-P5HA"),
        Column(code="service_reference", title=N_("Service reference"), example="CARE-24M"),
        Column(code="purchase_date", title=N_("Purchase date"), example="2026-07-05"),
        Column(code="first_name", title=N_("First name"), example="Camille"),
        Column(code="last_name", title=N_("Last name"), example="Moreau"),
        Column(code="email", title=N_("E-mail address"), example="camille@example.com"),
        Column(code="company", title=N_("Company"), example="Moreau SARL"),
        Column(code="address", title=N_("Address"), example="12 rue de Rivoli"),
        Column(code="postcode", title=N_("Postcode"), example="75001"),
        Column(code="city", title=N_("City"), example="Paris"),
        Column(code="phone", title=N_("Phone number"), example="01 42 60 00 00"),
        Column(code="contact_preference", title=N_("Contact preference"), example="email"),
        Column(code="country", title=N_("Country"), example="FR", mandatory=False),
        Column(code="sku", title=N_("Article number"), example="", mandatory=False),
    )
}
UNITS: Mapping[int, tuple[Column, ...]] = {
    1: (
        _SERIAL,
        Column(code="sku", title=N_("Article number"), example="AUR-ONE-BLK"),
        Column(code="market", title=N_("Market"), example="FR"),
        Column(code="shipped_on", title=N_("Shipping date"), example="2026-07-05"),
    )
}
TEMPLATES: Mapping[ImportKind, Mapping[int, tuple[Column, ...]]] = {"registrations": REGISTRATIONS, "units": UNITS}


def latest_version(kind: ImportKind) -> int:
    return max(TEMPLATES[kind])


def columns_of(kind: ImportKind, version: int | None = None) -> tuple[Column, ...]:
    """Raises UnknownTemplate."""
    versions = TEMPLATES[kind]
    columns = versions.get(latest_version(kind) if version is None else version)
    if columns is None:
        raise UnknownTemplate(version=version, versions=[str(each) for each in sorted(versions)])
    return columns


def template_csv(kind: ImportKind, *, version: int | None = None, locale: str = "en") -> bytes:
    """The header and one example; separated as spreadsheets of that language expect. Raises UnknownTemplate."""
    columns = columns_of(kind, version)
    shown = [column for column in columns if column.mandatory]
    return write_csv([[column.code for column in shown], [column.example for column in shown]], locale=locale)


def failures_header(kind: ImportKind, version: int) -> list[str]:
    """Of the file of refused rows: the template's columns and what is wrong."""
    return [*(column.code for column in columns_of(kind, version)), ERROR_COLUMN]


def read_header(header: Sequence[str], kind: ImportKind, version: int) -> dict[str, int]:
    """{column: its place}; columns that we don't know are passed over.

    Raises ImportColumnsMissing, ImportColumnTwice.
    """
    known = _names(kind, version)
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        code = known.get(_folded(name))
        if code is None:
            continue
        if code in places:
            raise ImportColumnTwice(column=code)
        places[code] = place
    missing = [column.code for column in columns_of(kind, version) if column.mandatory and column.code not in places]
    if missing:
        raise ImportColumnsMissing(columns=missing)
    return places


@cache
def _names(kind: ImportKind, version: int) -> dict[str, str]:
    """How people may write a column's name: its code, or its title in any of our languages."""
    return {
        _folded(name): column.code
        for column in columns_of(kind, version)
        for name in (column.code, *(translate(locale, column.title) for locale in LOCALES))
    }


def _folded(name: str) -> str:
    """Without case, accents, spaces and punctuation; full-width letters as plain ones."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]+", "", "".join(sign for sign in decomposed if not unicodedata.combining(sign)))
