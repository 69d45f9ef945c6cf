"""Refunds by customer service: preview, then commit what was previewed (REF-6, REF-7, REF-9)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import Principal
from store.kernel.errors import NotFound
from store.orders.find_orders import find_order
from store.payments.refund_captures import RefundExceedsCaptured
from store.refunds import (
    CommitRefund,
    PreviewRefund,
    commit_refund,
    find_request,
    get_refund,
    preview_refund,
    refunds_of,
)
from store.refunds.errors import (
    FeeTooHigh,
    NothingToRefund,
    PreviewIsStale,
    RefundOutsidePolicy,
    ShippingAlreadyRefunded,
)
from store.web.agent.refund_shapes import AgentRefundOut, PreviewOut
from store.web.agent.refund_view import agent_refund_out, preview_out
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import LongText, RequestBody
from store.web.storefront.order_refunds import RULE_PROBLEMS, ReasonCode, RefundLineBody, refund_lines

REFUSALS = (*RULE_PROBLEMS, ShippingAlreadyRefunded, FeeTooHigh, NothingToRefund, RefundExceedsCaptured)


class PreviewBody(RequestBody):
    """What is to be refunded. `include_shipping` null: as the reasons say; `fee_minor` is kept back.

    `request` is the number of the customer's request: its day counts for the deadline.
    """

    lines: Annotated[list[RefundLineBody], Meta(min_length=1, max_length=100)]
    reason: ReasonCode
    include_shipping: bool | None = None
    fee_minor: Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)] = 0
    request: Annotated[str, Meta(max_length=40)] | None = None
    EXAMPLE: ClassVar = {"lines": [RefundLineBody.EXAMPLE], "reason": "withdrawal", "include_shipping": True}


class CommitBody(PreviewBody, kw_only=True):
    """The same, with the fingerprint of the preview that was agreed to.

    `override_reason` lets a refund outside the policy wait for a second person.
    """

    fingerprint: Annotated[str, Meta(min_length=1, max_length=64)]
    note: LongText = ""
    override_reason: LongText = ""
    EXAMPLE: ClassVar = {**PreviewBody.EXAMPLE, "fingerprint": "5f0c6d1b9a3e4f72", "note": "As agreed by telephone."}


@post(
    "/preview",
    opt=requires(*DESK),
    status_code=200,
    responses=problems(NotFound, *REFUSALS),
    summary="Preview a refund",
)
async def preview(
    number: FromPath[str],
    data: JSONBody[PreviewBody],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> PreviewOut:
    """Amounts by line with the reason of each, where the money goes, and whether a second person is needed."""
    order = await find_order(number)
    shown = await preview_refund(
        PreviewRefund(
            order_id=order["id"],
            lines=refund_lines(data.lines),
            reason=data.reason,
            include_shipping=data.include_shipping,
            fee_minor=data.fee_minor,
            request_id=await _request_id(data.request),
            principal=principal,
        )
    )
    return preview_out(shown, locale)


@post(
    "/",
    opt=requires(*DESK, idempotent="required"),
    responses=problems(NotFound, PreviewIsStale, RefundOutsidePolicy, *REFUSALS),
    summary="Refund what was previewed",
)
async def commit(
    number: FromPath[str],
    data: JSONBody[CommitBody],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentRefundOut:
    """Refused when anything has changed since the preview; the new preview is among the facts.

    Above the agent's limit or outside the policy it waits for a second person.
    """
    order = await find_order(number)
    done = await commit_refund(
        CommitRefund(
            order_id=order["id"],
            lines=refund_lines(data.lines),
            reason=data.reason,
            include_shipping=data.include_shipping,
            fee_minor=data.fee_minor,
            fingerprint=data.fingerprint,
            request_id=await _request_id(data.request),
            principal=principal,
            note=data.note,
            override_reason=data.override_reason,
        )
    )
    return agent_refund_out(await get_refund(done.refund_id), locale)


@get("/", opt=requires(*DESK), responses=problems(NotFound), summary="List the refunds of an order")
async def list_refunds(number: FromPath[str], locale: NamedDependency[str]) -> list[AgentRefundOut]:
    """All of them, the oldest first: those that wait, failed or were rejected, too."""
    order = await find_order(number)
    return [agent_refund_out(row, locale) for row in await refunds_of([order["id"]])]


async def _request_id(number: str | None) -> UUID | None:
    if number is None:
        return None
    request_id: UUID = (await find_request(number))["id"]
    return request_id


router = Router(
    path="/api/v1/agent/orders/{number:str}/refunds",
    route_handlers=[preview, commit, list_refunds],
    tags=["Agent: refunds"],
)
