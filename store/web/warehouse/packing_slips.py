"""The packing slip of a shipment as PDF (SHP-4)."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from store.documents import packing_slip_pdf
from store.kernel.errors import NotFound
from store.shipments import find_shipment
from store.web.edge.documented import problems
from store.web.edge.etag import etag_of
from store.web.edge.roles import requires
from store.web.storefront.documents import PDF_ANSWERS, answer_pdf


@get(
    "/{number:str}/packing-slip.pdf",
    opt=requires("warehouse", "admin"),
    responses=PDF_ANSWERS | problems(NotFound),
    summary="Print a packing slip",
)
async def print_packing_slip(request: Request[Any, Any, Any], number: FromPath[str]) -> Response[bytes]:
    """What is in the shipment and where it goes, without prices, in the order's language."""
    shipment = await find_shipment(number)
    content = await packing_slip_pdf(shipment["order_id"], shipment["id"])
    return answer_pdf(request, content, name=f"{shipment['number']}.pdf", etag=etag_of(content))


router = Router(path="/api/v1/warehouse/shipments", route_handlers=[print_packing_slip], tags=["Warehouse"])
