"""Makers' and resellers' files of devices that the store did not sell itself (WAR-5)."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from store.customers import Principal
from store.markets import all_markets
from store.warranty.import_columns import UnknownTemplate, template_csv
from store.web.edge.documented import problems, raw_body
from store.web.edge.roles import DESK, requires
from store.web.storefront.import_shapes import ImportOut, import_out
from store.web.storefront.import_upload import UPLOAD_BYTES, UPLOAD_PROBLEMS, ImportOptions, upload_import
from store.web.storefront.warranty_imports import CSV_FILE, csv_answer


@get(
    "/template.csv",
    opt=requires(*DESK),
    responses=CSV_FILE | problems(UnknownTemplate),
    summary="Download the template",
)
async def download_template(
    locale: NamedDependency[str],
    version: Annotated[int | None, QueryParameter(ge=1, le=1000, description="The newest, if not said.")] = None,
) -> Response[bytes]:
    """Serial number, article, market, and the day on which it was shipped: there the warranty begins."""
    return csv_answer(template_csv("units", version=version, locale=locale), "units.csv")


@post(
    "/",
    opt=requires(*DESK),
    status_code=202,
    request_max_body_size=UPLOAD_BYTES,
    operation_class=raw_body("text/csv", "multipart/form-data"),
    responses=problems(*UPLOAD_PROBLEMS),
    summary="Make devices known by file",
)
async def upload(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    dry_run: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
    template_version: FromQuery[int | None] = None,
) -> ImportOut:
    """The body is the CSV file, or a form with the field `file`. Devices that are known stay as they are.

    The import is followed, and its refused rows are listed, at /api/v1/warranty-imports/{id}.
    """
    options = ImportOptions(market=all_markets()[0].code, dry_run=dry_run, template_version=template_version)
    return import_out(await upload_import(request, "units", principal, locale, options), locale)


router = Router(path="/api/v1/agent/unit-imports", route_handlers=[download_template, upload], tags=["Agent: warranty"])
