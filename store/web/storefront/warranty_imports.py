"""Importing registrations from a file, and following it (WAR-7, WAR-8, WAR-9)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from store.customers import Principal
from store.kernel.errors import NotFound
from store.warranty.import_columns import UnknownTemplate, template_csv
from store.warranty.import_failures import failures_csv, failures_of
from store.warranty.imports import ImportJob, get_import, imports_of
from store.web.edge.documented import problems, raw_body
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Limit, Page
from store.web.storefront.import_shapes import FailedRowOut, ImportEvent, ImportOut, failed_row_out, import_out
from store.web.storefront.import_upload import UPLOAD_BYTES, UPLOAD_PROBLEMS, ImportOptions, upload_import

LOOK_SECONDS = 0.4
QUIET_SECONDS = 15.0  # proxies close streams that say nothing
STREAM_SECONDS = 600.0  # then the reader comes again
CSV = "text/csv"
CSV_FILE = {200: ResponseSpec(data_container=bytes, generate_examples=False, description="The file.", media_type=CSV)}
_STREAM = {
    200: ResponseSpec(
        data_container=ImportEvent, generate_examples=False, description="Events.", media_type="text/event-stream"
    )
}


@get(
    "/template.csv",
    opt=requires(*SHOPPERS, *DESK),
    responses=CSV_FILE | problems(UnknownTemplate),
    summary="Download the template",
)
async def download_template(
    locale: NamedDependency[str],
    version: Annotated[int | None, QueryParameter(ge=1, le=1000, description="The newest, if not said.")] = None,
) -> Response[bytes]:
    """A header in codes that never change, and an example; separated as spreadsheets of the language expect it.

    All columns are mandatory. `country` and `sku` may be added. A header in English, French or Chinese is understood.
    """
    return csv_answer(template_csv("registrations", version=version, locale=locale), "registrations.csv")


@post(
    "/",
    opt=requires(*SIGNED_IN, *DESK),
    status_code=202,
    request_max_body_size=UPLOAD_BYTES,
    operation_class=raw_body("text/csv", "multipart/form-data"),
    responses=problems(*UPLOAD_PROBLEMS),
    summary="Register devices by file",
)
async def upload(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    market: Annotated[str, QueryParameter(max_length=16)] = "",
    dry_run: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
    template_version: FromQuery[int | None] = None,
    machine_invoices: FromQuery[list[UUID] | None] = None,
    service_invoices: FromQuery[list[UUID] | None] = None,
) -> ImportOut:
    """The body is the CSV file (10 MB and 50,000 rows at most), with its name in `X-File-Name`; or a form with the
    field `file` and the parameters as further fields. Invoices are ids of files that were sent before.

    A file of any length is taken, short ones too: corrections are short; a customer's has 500 rows at most. A file
    may be sent again: rows that are registered as they stand count as `same` and change nothing.
    """
    options = ImportOptions(
        market=market,
        dry_run=dry_run,
        template_version=template_version,
        machine_invoices=machine_invoices or [],
        service_invoices=service_invoices or [],
    )
    return import_out(await upload_import(request, "registrations", principal, locale, options), locale)


@get("/", opt=requires(*SIGNED_IN, *DESK), summary="List one's imports")
async def list_imports(
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    kind: FromQuery[Literal["registrations", "units"] | None] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[ImportOut]:
    """The newest first."""
    after = decode_cursor(cursor, datetime, UUID)
    jobs = await imports_of(principal.identity, kind=kind, after=after, limit=limit + 1)
    more = jobs[limit - 1] if len(jobs) > limit else None
    return Page(
        items=[import_out(job, locale) for job in jobs[:limit]],
        next_cursor=encode_cursor(more.created_at, more.id) if more else None,
    )


@get("/{import_id:uuid}", opt=requires(*SIGNED_IN, *DESK), responses=problems(NotFound), summary="How far an import is")
async def show(
    import_id: FromPath[UUID], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> ImportOut:
    """Its counts, its pace, and how long it is likely to take."""
    return import_out(await _own(import_id, principal), locale)


@get(
    "/{import_id:uuid}/events",
    opt=requires(*SIGNED_IN, *DESK),
    responses=_STREAM | problems(NotFound),
    summary="Follow an import",
)
async def follow(
    request: Request[Any, Any, Any],
    import_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> ServerSentEvent:
    """Server-sent events: `progress` with the import as it stands whenever it has moved, and `finished` or `failed`
    as the last one."""
    job = await _own(import_id, principal)
    return ServerSentEvent(_events(request, job, locale), retry_duration=2000)


@get(
    "/{import_id:uuid}/failures",
    opt=requires(*SIGNED_IN, *DESK),
    responses=problems(NotFound),
    summary="List refused rows",
)
async def list_failures(
    import_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[FailedRowOut]:
    """In the order of the file, each with its columns and sentences. They are kept for 90 days."""
    job = await _own(import_id, principal)
    (after,) = decode_cursor(cursor, int) or (0,)
    rows = await failures_of(job.id, after_row=after, limit=limit + 1)
    return Page(
        items=[failed_row_out(row, job, locale) for row in rows[:limit]],
        next_cursor=encode_cursor(rows[limit - 1].number) if len(rows) > limit else None,
    )


@get(
    "/{import_id:uuid}/failures.csv",
    opt=requires(*SIGNED_IN, *DESK),
    responses=CSV_FILE | problems(NotFound),
    summary="Download refused rows",
)
async def download_failures(
    import_id: FromPath[UUID], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> Response[bytes]:
    """As they stood in the file, with a column `error`: corrected, the file can be sent as it is."""
    job = await _own(import_id, principal)
    content = await failures_csv(job.id, job.kind, job.template_version, most=job.rows_failed, locale=locale)
    return csv_answer(content, f"{job.kind}-failures.csv")


def csv_answer(content: bytes, name: str) -> Response[bytes]:
    return Response(content, media_type=CSV, headers={"content-disposition": f'attachment; filename="{name}"'})


async def _own(import_id: UUID, principal: Principal) -> ImportJob:
    """Customer service may look at everybody's. Raises NotFound."""
    return await get_import(import_id, identity=None if principal.staff else principal.identity)


async def _events(
    request: Request[Any, Any, Any], job: ImportJob, locale: str
) -> AsyncIterator[ServerSentEventMessage]:
    """Ends with the import, with the reader, or after a while."""
    began = spoke = time.monotonic()
    told = None
    with cast("Any", request.app).front.waiting():
        while True:
            now = time.monotonic()
            if (job.status, job.rows_done) != told:
                told, spoke = (job.status, job.rows_done), now
                data = msgspec.json.encode(import_out(job, locale))
                event = job.status if job.over else "progress"
                yield ServerSentEventMessage(data=data, event=event, id=job.rows_done)
            elif now - spoke > QUIET_SECONDS:
                spoke = now
                yield ServerSentEventMessage(data=None, comment="still at it")
            if job.over or now - began > STREAM_SECONDS:
                return
            await asyncio.sleep(LOOK_SECONDS)
            job = await get_import(job.id)


router = Router(
    path="/api/v1/warranty-imports",
    route_handlers=[download_template, upload, list_imports, show, follow, list_failures, download_failures],
    tags=["Warranty"],
)
