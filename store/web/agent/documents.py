"""Invoices and credit notes as PDF, for customer service (DOC-3, REF-8)."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from store.documents import DocumentDamaged, credit_note_pdf, invoice_pdf
from store.kernel.errors import NotFound
from store.orders.find_orders import find_order
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, requires
from store.web.storefront.documents import PDF_ANSWERS, answer_document, number_in


@get(
    "/{number:str}/invoices/{file_name:str}",
    opt=requires(*DESK),
    responses=PDF_ANSWERS | problems(NotFound, DocumentDamaged),
    summary="Download an invoice of a customer",
)
async def download_invoice(
    request: Request[Any, Any, Any], number: FromPath[str], file_name: FromPath[str]
) -> Response[bytes]:
    """`file_name` is the invoice's number and `.pdf`; the very file that the customer gets."""
    order = await find_order(number)
    return answer_document(request, await invoice_pdf(order["id"], number_in(file_name)))


@get(
    "/{number:str}/credit-notes/{file_name:str}",
    opt=requires(*DESK),
    responses=PDF_ANSWERS | problems(NotFound, DocumentDamaged),
    summary="Download a credit note of a customer",
)
async def download_credit_note(
    request: Request[Any, Any, Any], number: FromPath[str], file_name: FromPath[str]
) -> Response[bytes]:
    """`file_name` is the credit note's number and `.pdf`; the very file that the customer gets."""
    order = await find_order(number)
    return answer_document(request, await credit_note_pdf(order["id"], number_in(file_name)))


router = Router(
    path="/api/v1/agent/orders", route_handlers=[download_invoice, download_credit_note], tags=["Agent: orders"]
)
