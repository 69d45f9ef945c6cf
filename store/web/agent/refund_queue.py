"""Refunds that wait for a person, and the customers' requests (REF-2, REF-3, REF-9)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.customers import Principal
from store.kernel.errors import NotFound, WrongState
from store.payments.refund_captures import MoneyDisputed, RefundExceedsCaptured
from store.refunds import (
    approve_manual,
    approve_refund,
    complete_manual,
    find_refund,
    refund_queue,
    reject_refund,
    retry_refund,
)
from store.refunds.errors import SecondPersonRequired
from store.web.agent.refund_shapes import AgentRefundOut
from store.web.agent.refund_view import agent_refund_out
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, LongText, Page, RequestBody

QueueStatus = Literal["awaiting_approval", "manual", "partly_failed", "failed"]


class Note(RequestBody):
    note: LongText = ""
    EXAMPLE: ClassVar = {"note": "Agreed with the customer."}


class Because(RequestBody):
    """A reason that others read."""

    reason: Annotated[str, Meta(min_length=3, max_length=2000)]
    EXAMPLE: ClassVar = {"reason": "The goods came back used."}


class CompleteManual(RequestBody):
    """The bank's reference of the transfer that a person made."""

    reference: Annotated[str, Meta(min_length=1, max_length=140, pattern=r"\S")]
    EXAMPLE: ClassVar = {"reference": "Transfer 2026-03-12 / 0042"}


_MONEY = (NotFound, WrongState, MoneyDisputed, RefundExceedsCaptured)


@get("/refunds", opt=requires(*DESK), summary="Show the refunds that wait for a person")
async def show_queue(
    locale: NamedDependency[str],
    status: Annotated[QueueStatus | None, QueryParameter()] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[AgentRefundOut]:
    """For approval, for a transfer by hand, or failed; the oldest first."""
    after = decode_cursor(cursor, datetime, UUID)
    position = (after[0], after[1]) if after else None
    rows = (
        await refund_queue([status], after=position, limit=limit + 1)
        if status
        else await refund_queue(after=position, limit=limit + 1)
    )
    shown = rows[:limit]
    return Page(
        items=[agent_refund_out(row, locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["requested_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/refunds/{number:str}", opt=requires(*DESK), responses=problems(NotFound), summary="Show a refund")
async def show_refund(number: FromPath[str], locale: NamedDependency[str]) -> AgentRefundOut:
    """By its number."""
    return agent_refund_out(await find_refund(number), locale)


@post(
    "/refunds/{number:str}/approve",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(*_MONEY, SecondPersonRequired),
    summary="Approve a refund",
)
async def approve(
    number: FromPath[str], data: JSONBody[Note], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentRefundOut:
    """By somebody else than who started it."""
    refund = await find_refund(number)
    await approve_refund(refund["id"], principal=principal, note=data.note)
    return agent_refund_out(await find_refund(number), locale)


@post(
    "/refunds/{number:str}/reject",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Reject a refund",
)
async def reject(
    number: FromPath[str],
    data: JSONBody[Because],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentRefundOut:
    """Its units and its money are free again, and a request behind it is open again."""
    refund = await find_refund(number)
    await reject_refund(refund["id"], principal=principal, reason=data.reason)
    return agent_refund_out(await find_refund(number), locale)


@post(
    "/refunds/{number:str}/retry",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(*_MONEY),
    summary="Send a failed refund again",
)
async def retry(
    number: FromPath[str], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentRefundOut:
    """To the original payment method."""
    refund = await find_refund(number)
    await retry_refund(refund["id"], principal=principal)
    return agent_refund_out(await find_refund(number), locale)


@post(
    "/refunds/{number:str}/approve-manual",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(*_MONEY, SecondPersonRequired),
    summary="Let a person transfer a failed refund",
)
async def agree_by_hand(
    number: FromPath[str], data: JSONBody[Note], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentRefundOut:
    """When the provider can't any more, a second person agrees that it is transferred by hand (REF-3)."""
    refund = await find_refund(number)
    await approve_manual(refund["id"], principal=principal, note=data.note)
    return agent_refund_out(await find_refund(number), locale)


@post(
    "/refunds/{number:str}/complete-manual",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Report a transfer by hand",
)
async def complete_by_hand(
    number: FromPath[str],
    data: JSONBody[CompleteManual],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentRefundOut:
    """The money has been transferred."""
    refund = await find_refund(number)
    await complete_manual(refund["id"], reference=data.reference, principal=principal)
    return agent_refund_out(await find_refund(number), locale)


router = Router(
    path="/api/v1/agent",
    route_handlers=[
        show_queue,
        show_refund,
        approve,
        reject,
        retry,
        agree_by_hand,
        complete_by_hand,
    ],
    tags=["Agent: refunds"],
)
