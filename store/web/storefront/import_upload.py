"""An import's file with its options, as a body of its own or as a form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from store.customers import Principal
from store.kernel import throttle
from store.kernel.attachments import MAX_BYTES, EmptyFile, FileRefused, FileTooLarge
from store.kernel.csv_files import (
    CsvBadQuotes,
    CsvCellTooLong,
    CsvEmpty,
    CsvIsWorkbook,
    CsvTooLarge,
    CsvTooManyRows,
    CsvTooWide,
    CsvUnknownEncoding,
)
from store.kernel.errors import NotFound, StoreError
from store.kernel.throttle import TooManyTries
from store.markets import UnknownMarket
from store.warranty.import_columns import ImportColumnsMissing, ImportColumnTwice, ImportKind, UnknownTemplate
from store.warranty.imports import ImportJob, StartImport, start_import
from store.warranty.read_import import ImportHasNoRows
from store.web.edge.fields import from_message, invalid
from store.web.storefront.attachments import MULTIPART_BYTES, sent_file

UPLOAD_BYTES = MAX_BYTES + MULTIPART_BYTES
INVOICES_MAX = 50
IMPORTS_MOST, IMPORTS_SECONDS = 60, 3600
CUSTOMER_IMPORTS_MOST = 6
UPLOAD_PROBLEMS: tuple[type[StoreError], ...] = (
    CsvEmpty,
    CsvUnknownEncoding,
    CsvIsWorkbook,
    CsvBadQuotes,
    CsvTooLarge,
    CsvTooManyRows,
    CsvTooWide,
    CsvCellTooLong,
    ImportColumnsMissing,
    ImportColumnTwice,
    ImportHasNoRows,
    UnknownTemplate,
    UnknownMarket,
    FileRefused,
    EmptyFile,
    FileTooLarge,
    NotFound,
    TooManyTries,
)


class ImportOptions(msgspec.Struct, kw_only=True):
    """In the query, or as further fields of the form."""

    market: str = ""
    dry_run: bool = False
    template_version: int | None = None
    machine_invoices: list[UUID] = msgspec.field(default_factory=list)
    service_invoices: list[UUID] = msgspec.field(default_factory=list)


async def upload_import(
    request: Request[Any, Any, Any],
    kind: ImportKind,
    principal: Principal,
    locale: str,
    options: ImportOptions,
) -> ImportJob:
    """Start an import with what was sent. Raises UPLOAD_PROBLEMS, Invalid."""
    if not principal.staff:
        most = CUSTOMER_IMPORTS_MOST if principal.kind == "customer" else IMPORTS_MOST
        await throttle.spend("imports", principal.identity, most=most, seconds=IMPORTS_SECONDS)
    content, name = await sent_file(request, default_name=f"{kind}.csv")
    options = await _with_form(request, options)
    if not options.market:
        raise invalid({"field": "market", "code": "required"})
    for field in ("machine_invoices", "service_invoices"):
        if len(getattr(options, field)) > INVOICES_MAX:
            raise invalid({"field": field, "code": "too_long", "limit": str(INVOICES_MAX)})
    return await start_import(
        StartImport(
            kind=kind,
            content=content,
            file_name=name,
            market=options.market,
            locale=locale,
            principal=principal,
            dry_run=options.dry_run,
            template_version=options.template_version,
            machine_invoices=options.machine_invoices,
            service_invoices=options.service_invoices,
        )
    )


async def _with_form(request: Request[Any, Any, Any], options: ImportOptions) -> ImportOptions:
    """What the form says goes before what the query says. Raises Invalid."""
    if request.content_type[0] != "multipart/form-data":
        return options
    form = await request.form()
    said: dict[str, Any] = {}
    for field in msgspec.structs.fields(ImportOptions):
        values = [value for value in form.getall(field.name, []) if not isinstance(value, UploadFile) and value]
        if values:
            said[field.name] = values if field.name.endswith("_invoices") else values[-1]
    try:
        return msgspec.convert({**msgspec.to_builtins(options), **said}, ImportOptions, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(from_message(str(error))) from None
