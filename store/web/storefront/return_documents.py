"""The label and the packing advice of a return, for its owner and by the links of its e-mails (RMA-13, RMA-14)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import MediaType, Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from store.customers import ANONYMOUS, Principal
from store.documents import ReturnLabel, make_label, packing_advice_html
from store.kernel.errors import NotFound
from store.kernel.i18n import pick
from store.markets import get_market
from store.rma.find_returns import WholeReturn
from store.rma.statuses import ReturnStatus
from store.rma.step_errors import LabelNotReady
from store.web.edge.documented import problems
from store.web.edge.etag import etag_of
from store.web.edge.roles import DESK, PUBLIC, SHOPPERS, requires
from store.web.storefront.documents import PDF_ANSWERS, answer_pdf
from store.web.storefront.return_access import ReturnToken, return_for
from store.web.storefront.return_answer import return_locale
from store.web.storefront.return_view import address_lines

LinkToken = Annotated[str, QueryParameter(max_length=200, description="From the e-mail about the return.")]
PAGE = {200: ResponseSpec(data_container=str, generate_examples=False, description="The page.", media_type="text/html")}


@get(
    "/{rma_id:uuid}/label.pdf",
    opt=requires(*SHOPPERS, *DESK),
    responses=PDF_ANSWERS | problems(NotFound, LabelNotReady),
    summary="Download the label",
)
async def label(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> Response[bytes]:
    """With the RMA number as text, barcode and QR code: it goes on the outside of the parcel."""
    return await _label(request, await return_for(rma_id, principal, token))


@get(
    "/{rma_id:uuid}/packing-advice",
    opt=requires(*SHOPPERS, *DESK),
    responses=PAGE | problems(NotFound, LabelNotReady),
    summary="Show the packing advice",
)
async def packing_advice(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> Response[str]:
    """An HTML page to read or to print, with the checklist of accessories."""
    return _advice(request, await return_for(rma_id, principal, token))


@get(
    "/{rma_id:uuid}/label.pdf",
    opt=requires(*PUBLIC),
    responses=PDF_ANSWERS | problems(NotFound, LabelNotReady),
    summary="Download the label by an e-mail's link",
)
async def linked_label(request: Request[Any, Any, Any], rma_id: FromPath[UUID], token: LinkToken) -> Response[bytes]:
    """Whoever holds the link of the e-mail can open it in a browser."""
    return await _label(request, await return_for(rma_id, ANONYMOUS, token))


@get(
    "/{rma_id:uuid}/packing-advice",
    opt=requires(*PUBLIC),
    responses=PAGE | problems(NotFound, LabelNotReady),
    summary="Show the packing advice by an e-mail's link",
)
async def linked_advice(request: Request[Any, Any, Any], rma_id: FromPath[UUID], token: LinkToken) -> Response[str]:
    """Whoever holds the link of the e-mail can open it in a browser."""
    return _advice(request, await return_for(rma_id, ANONYMOUS, token))


async def _label(request: Request[Any, Any, Any], whole: WholeReturn) -> Response[bytes]:
    content = await make_label(return_label(whole, return_locale(request, whole)))
    return answer_pdf(request, content, name=f"{whole.rma['number']}.pdf", etag=etag_of(content))


def _advice(request: Request[Any, Any, Any], whole: WholeReturn) -> Response[str]:
    page = packing_advice_html(return_label(whole, return_locale(request, whole)))
    return Response(page, media_type=MediaType.HTML, headers={"referrer-policy": "no-referrer"})


def return_label(whole: WholeReturn, locale: str) -> ReturnLabel:
    """What stands on the label. Raises LabelNotReady before the return is confirmed, and when it is over."""
    rma = whole.rma
    if rma["status"] not in {ReturnStatus.CONFIRMED, ReturnStatus.RECEIVING}:
        raise LabelNotReady(state=ReturnStatus(rma["status"]))
    market = get_market(rma["market"])
    sent = [row for row in whole.units if row["confirmed_at"] is not None]
    accessories = [pick(each["names"], locale) for row in sent for each in row["accessories"] if each["sent"]]
    return ReturnLabel(
        rma_number=rma["number"],
        market=market.code,
        locale=locale,
        return_address=list(market.return_address.lines),
        sender=address_lines(rma, locale),
        units=[(row["serial"] or row["sku"], pick(row["names"], locale)) for row in sent],
        issued_at=rma["confirmed_at"],
        customer_reference=rma["customer_reference"],
        carrier=pick(market.return_carrier.names, locale) or market.return_carrier.carrier,
        checklist=list(dict.fromkeys(accessories)),
    )


HANDLERS = (label, packing_advice)
links_router = Router(path="/api/v1/return-links", route_handlers=[linked_label, linked_advice], tags=["Returns"])
