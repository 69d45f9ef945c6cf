"""Asking for a refund: what may be asked for, opening the case, the proof of the return (REF-1, REF-2, REF-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, field

from store.customers import Principal
from store.kernel import db
from store.kernel.attachments import MAX_BYTES
from store.kernel.errors import Forbidden, NotFound
from store.markets import get_market
from store.payments.refund_captures import MoneyDisputed
from store.refunds import RefundLine, RequestRefund, attach_proof, find_request, refund_eligibility, requests_of
from store.refunds import request_refund as open_case
from store.refunds.errors import (
    AlreadyRefunded,
    BoughtAtUnknownPlace,
    BoughtElsewhere,
    NotChargedYet,
    NotShippedYet,
    ProofRefused,
    RefundDeadlineOver,
    ServiceUsed,
    TooManyUnits,
    UnknownRefundLine,
)
from store.refunds.reasons import UnknownRefundReason
from store.web.edge.documented import problems, raw_body
from store.web.edge.fields import invalid
from store.web.edge.locale import locale_for
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.edge.schemas import LongText, Quantity, RequestBody, Sku
from store.web.storefront.order_access import order_for
from store.web.storefront.order_refund_shapes import EligibilityOut, ProofOut, RefundRequestOut
from store.web.storefront.order_refund_view import eligibility_out, proof_out, request_out

YEARS = (2000, 2200)  # of moments that somebody may ask about
ReasonCode = Annotated[str, Meta(min_length=1, max_length=40, examples=["withdrawal"])]


class RefundLineBody(RequestBody):
    """Units to give back, named by shipment line, by order line, or by SKU (one of the three)."""

    quantity: Quantity
    shipment_line_id: UUID | None = None
    order_line_id: UUID | None = None
    sku: Sku | None = None
    reason: ReasonCode | None = None
    EXAMPLE: ClassVar = {"sku": "AUR-ONE-BLK", "quantity": 1}


class AskForRefund(RequestBody):
    """Without `lines`: everything that can be given back. `asked_at` is for staff that note an earlier contact."""

    reason: ReasonCode = "withdrawal"
    lines: Annotated[list[RefundLineBody], Meta(max_length=100)] = field(default_factory=list)
    message: LongText = ""
    asked_at: datetime | None = None
    EXAMPLE: ClassVar = {
        "reason": "withdrawal",
        "lines": [RefundLineBody.EXAMPLE],
        "message": "It does not fit me.",
    }


RULE_PROBLEMS = (
    BoughtElsewhere,
    BoughtAtUnknownPlace,
    NotShippedYet,
    NotChargedYet,
    AlreadyRefunded,
    MoneyDisputed,
    RefundDeadlineOver,
    ServiceUsed,
    TooManyUnits,
    UnknownRefundLine,
    UnknownRefundReason,
)


@get(
    "/{number:str}/eligibility/refund",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound, UnknownRefundReason, Forbidden),
    summary="May this be refunded?",
)
async def show_eligibility(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    reason: Annotated[str, QueryParameter(max_length=40)] = "withdrawal",
    as_of: Annotated[datetime | None, QueryParameter(description="Staff only: had it been asked for then.")] = None,
) -> EligibilityOut:
    """By shipment and line, each with the rule and a sentence; the day of contact counts (REF-1)."""
    order = await order_for(number, principal, order_token)
    if as_of is not None and not principal.staff:
        raise Forbidden
    found = await refund_eligibility(order["id"], as_of=aware("as_of", as_of), reason=reason)
    return eligibility_out(found, _locale(request, order))


@post(
    "/{number:str}/refund-requests",
    opt=requires(*SHOPPERS, *DESK, idempotent=True),
    responses=problems(NotFound, *RULE_PROBLEMS),
    summary="Ask for a refund",
)
async def ask(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    data: JSONBody[AskForRefund],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> RefundRequestOut:
    """Opens a case that customer service decides; the day on which it is opened counts for the deadline.

    What a rule refuses for certain is refused at once with the reason; purchases made elsewhere with the right place.
    """
    order = await order_for(number, principal, order_token)
    asked = await open_case(
        RequestRefund(
            order_id=order["id"],
            lines=refund_lines(data.lines),
            reason=data.reason,
            message=data.message,
            asked_at=aware("asked_at", data.asked_at),
            principal=principal,
        )
    )
    return request_out(await find_request(asked.number), get_market(order["market"]), _locale(request, order))


@get(
    "/{number:str}/refund-requests",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound),
    summary="List the refund requests of an order",
)
async def list_requests(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> list[RefundRequestOut]:
    """The oldest first, with what was decided."""
    order = await order_for(number, principal, order_token)
    market, locale = get_market(order["market"]), _locale(request, order)
    return [request_out(row, market, locale) for row in await requests_of([order["id"]])]


@post(
    "/{number:str}/refund-requests/{request_number:str}/proofs",
    opt=requires(*SHOPPERS, *DESK),
    request_max_body_size=MAX_BYTES,
    operation_class=raw_body("application/pdf", "image/jpeg", "image/png"),
    responses=problems(NotFound, ProofRefused),
    summary="Upload the proof of the return",
)
async def upload_proof(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    request_number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    name: Annotated[str, QueryParameter(max_length=200)] = "proof",
) -> ProofOut:
    """The body is the file itself: PDF, JPEG or PNG, at most 10 MB. The same file sent twice is one."""
    order = await order_for(number, principal, order_token)
    case = await find_request(request_number)
    if case["order_id"] != order["id"]:
        raise NotFound
    proof = await attach_proof(
        case["id"],
        name=name,
        content=await request.body(),
        principal=principal,
    )
    return proof_out(proof)


def refund_lines(lines: Sequence[RefundLineBody]) -> list[RefundLine]:
    """Raises Invalid for a line that names nothing."""
    for position, line in enumerate(lines):
        if not (line.shipment_line_id or line.order_line_id or line.sku):
            raise invalid({"field": f"lines.{position}.shipment_line_id", "code": "required"})
    return [
        RefundLine(
            quantity=line.quantity,
            shipment_line_id=line.shipment_line_id,
            order_line_id=line.order_line_id,
            sku=line.sku,
            reason=line.reason,
        )
        for line in lines
    ]


def aware(name: str, moment: datetime | None) -> datetime | None:
    """A time without an offset could be any: refused, as is one that no calendar of ours has days around."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise invalid({"field": name, "code": "wrong_format"})
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise invalid({"field": name, "code": "wrong_value"})
    return moment.astimezone(UTC)


def _locale(request: Request[Any, Any, Any], order: db.Row) -> str:
    return locale_for(request, order["locale"], market=get_market(order["market"]))


handlers: list[HTTPRouteHandler] = [show_eligibility, ask, list_requests, upload_proof]
