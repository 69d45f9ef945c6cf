"""Invoices and credit notes as PDF, from the order history (DOC-3, REF-8)."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from store.customers import Principal
from store.documents import DocumentDamaged, DocumentFile, credit_note_pdf, invoice_pdf, order_summary_pdf
from store.kernel.errors import NotFound
from store.web.edge.documented import problems
from store.web.edge.etag import etag_of, matches
from store.web.edge.locale import header
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.storefront.order_access import order_for

PDF = "application/pdf"
# For `responses=` of a handler that answers with `answer_pdf`.
PDF_ANSWERS = {
    200: ResponseSpec(data_container=bytes, generate_examples=False, description="The PDF.", media_type=PDF),
    304: ResponseSpec(data_container=None, generate_examples=False, description="You have it already."),
}


@get(
    "/{number:str}/invoices/{file_name:str}",
    opt=requires(*SHOPPERS, *DESK),
    responses=PDF_ANSWERS | problems(NotFound, DocumentDamaged),
    summary="Download an invoice",
)
async def download_invoice(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    file_name: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> Response[bytes]:
    """`file_name` is the invoice's number and `.pdf`. The same bytes for ever, in the order's language (DOC-3).

    For the order's owner, or a guest with its token as X-Order-Token; for everybody else it does not exist.
    """
    order = await order_for(number, principal, order_token)
    return answer_document(request, await invoice_pdf(order["id"], number_in(file_name)))


@get(
    "/{number:str}/credit-notes/{file_name:str}",
    opt=requires(*SHOPPERS, *DESK),
    responses=PDF_ANSWERS | problems(NotFound, DocumentDamaged),
    summary="Download a credit note",
)
async def download_credit_note(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    file_name: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> Response[bytes]:
    """`file_name` is the credit note's number and `.pdf`. The same bytes for ever, in the order's language (REF-8)."""
    order = await order_for(number, principal, order_token)
    return answer_document(request, await credit_note_pdf(order["id"], number_in(file_name)))


@get(
    "/{number:str}/summary.pdf",
    opt=requires(*SHOPPERS, *DESK),
    responses=PDF_ANSWERS | problems(NotFound),
    summary="Download the order on paper",
)
async def download_summary(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> Response[bytes]:
    """What was ordered at which prices, in the order's language. It is no invoice."""
    order = await order_for(number, principal, order_token)
    content = await order_summary_pdf(order["id"])
    return answer_pdf(request, content, name=f"{order['number']}.pdf", etag=etag_of(content))


def number_in(file_name: str) -> str:
    """EXEMPLE-FR-2026-000001 of EXEMPLE-FR-2026-000001.pdf. Raises NotFound for a file that isn't a PDF."""
    number, dot, ending = file_name.rpartition(".")
    if not dot or ending.lower() != "pdf" or not 0 < len(number) <= 80:
        raise NotFound
    return number


def answer_document(request: Request[Any, Any, Any], file: DocumentFile) -> Response[bytes]:
    return answer_pdf(request, file.content, name=file.name, etag=f'"{file.sha256[:32]}"')


def answer_pdf(request: Request[Any, Any, Any], content: bytes, *, name: str, etag: str) -> Response[bytes]:
    """A PDF to look at, print or save under its name; 304 when the caller has it already."""
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers, media_type=PDF)
    return Response(content, headers={**headers, "content-disposition": disposition(name)}, media_type=PDF)


def disposition(name: str) -> str:
    """The file's name twice: for every client, and as it is written (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    safe = "".join(sign if sign.isalnum() or sign in "-_. " else "-" for sign in plain).strip(" -")
    return f"inline; filename=\"{safe}\"; filename*=UTF-8''{quote(name, safe='')}"


router = Router(
    path="/api/v1/orders", route_handlers=[download_invoice, download_credit_note, download_summary], tags=["Orders"]
)
