"""Cases as customer service works through them: the queue, answers, closing, assignment (SUP-1, ACC-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import File
from msgspec import Meta

from store.customers import Principal
from store.kernel import db
from store.kernel.errors import Invalid, NotFound, WrongState
from store.markets import UnknownMarket, get_market
from store.support import (
    TOPICS,
    answer_case,
    assign_case,
    case_queue,
    close_case,
    find_case,
    messages_of,
    reopen_case,
    unassign_case,
)
from store.support.errors import CaseFull, MessageEmpty, UnknownAssignee, UnknownSupportTopic
from store.support.open_case import MESSAGE_LENGTH_MAX
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Page, RequestBody
from store.web.storefront.attachments import saved_file
from store.web.storefront.support_shapes import CaseMessageOut, CaseSummaryOut
from store.web.storefront.support_view import case_facts, messages_out


class AnswerBody(RequestBody):
    """`close`: nothing more is expected from the customer."""

    message: Annotated[str, Meta(min_length=1, max_length=MESSAGE_LENGTH_MAX, description="Plain text.")]
    close: bool = False
    EXAMPLE: ClassVar = {"message": "Your parcel is on its way again and will arrive on Thursday.", "close": False}


class CloseBody(RequestBody):
    """`reason` is for colleagues and stands in the audit."""

    reason: Annotated[str, Meta(max_length=500)] = ""
    EXAMPLE: ClassVar = {"reason": "Settled on the telephone."}


class AssignBody(RequestBody):
    """Null: the caller takes it."""

    account_id: UUID | None = None
    EXAMPLE: ClassVar = {"account_id": "01980d3e-7a10-7c3b-9d51-3f2b6e0c4a13"}


class QueuedCaseOut(CaseSummaryOut):
    """`waiting_since`: of an open case the first message without an answer. `locale` is what the customer reads."""

    name: str
    email: str
    locale: str
    account_id: UUID | None
    assignee: str | None
    assignee_name: str | None
    waiting_since: datetime


class AgentCaseOut(QueuedCaseOut):
    messages: list[CaseMessageOut]


@get(
    "/",
    opt=requires(*DESK),
    responses=problems(UnknownMarket, UnknownSupportTopic, Invalid),
    summary="Show the queue of cases",
)
async def show_queue(
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    status: Annotated[Literal["open", "answered", "closed"], QueryParameter()] = "open",
    topic: Annotated[str | None, QueryParameter(max_length=40)] = None,
    market: Annotated[str | None, QueryParameter(max_length=16)] = None,
    assignee: Annotated[
        str | None, QueryParameter(max_length=60, description="me, nobody, or the id of a colleague's account.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[QueuedCaseOut]:
    """Those that wait the longest first."""
    if topic is not None and topic not in TOPICS:
        raise UnknownSupportTopic(topic=topic, known=list(TOPICS))
    after = decode_cursor(cursor, datetime, UUID)
    rows = await case_queue(
        status=status,
        topic=topic,
        market=get_market(market).code if market else None,
        assignee=_identity(assignee, principal),
        unassigned=assignee == "nobody",
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    return Page(
        items=[QueuedCaseOut(**_queued(row, locale)) for row in shown],
        next_cursor=encode_cursor(shown[-1]["waiting_since"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/{number:str}", opt=requires(*DESK), responses=problems(NotFound), summary="Show a case")
async def show_case(number: FromPath[str], locale: NamedDependency[str]) -> AgentCaseOut:
    """With its thread, the oldest message first."""
    return await _case_out(number, locale)


@post(
    "/{number:str}/answers",
    opt=requires(*DESK, idempotent=True),
    responses=problems(NotFound, MessageEmpty, CaseFull, WrongState),
    summary="Answer a case",
)
async def answer(
    number: FromPath[str],
    data: JSONBody[AnswerBody],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentCaseOut:
    """The customer gets it by e-mail, in the language of the case. A case that nobody has becomes the caller's."""
    case = await find_case(number)
    await answer_case(case["id"], data.message, principal=principal, close=data.close)
    return await _case_out(number, locale)


@post(
    "/{number:str}/close",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Close a case",
)
async def close(
    number: FromPath[str],
    data: JSONBody[CloseBody],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentCaseOut:
    """Nothing is sent. When the customer writes again, it opens by itself."""
    case = await find_case(number)
    await close_case(case["id"], principal=principal, reason=data.reason)
    return await _case_out(number, locale)


@post(
    "/{number:str}/reopen",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Reopen a case",
)
async def reopen(
    number: FromPath[str], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentCaseOut:
    """It waits for an answer again."""
    case = await find_case(number)
    await reopen_case(case["id"], principal=principal)
    return await _case_out(number, locale)


@post(
    "/{number:str}/assignee",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, UnknownAssignee),
    summary="Take or give a case",
)
async def assign(
    number: FromPath[str],
    data: JSONBody[AssignBody],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentCaseOut:
    """To oneself, or to a colleague of customer service."""
    case = await find_case(number)
    await assign_case(case["id"], data.account_id, principal=principal)
    return await _case_out(number, locale)


@delete(
    "/{number:str}/assignee",
    opt=requires(*DESK),
    status_code=200,
    responses=problems(NotFound),
    summary="Put a case back",
)
async def unassign(
    number: FromPath[str], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentCaseOut:
    """It is nobody's again."""
    case = await find_case(number)
    await unassign_case(case["id"], principal=principal)
    return await _case_out(number, locale)


@get(
    "/{number:str}/attachments/{attachment_id:uuid}",
    opt=requires(*DESK),
    responses=problems(NotFound),
    summary="Download a file of a case",
)
async def download(number: FromPath[str], attachment_id: FromPath[UUID]) -> File:
    """As it was sent; offered for saving, never shown inside the page."""
    case = await find_case(number)
    if not any(attachment_id in row["attachments"] for row in await messages_of(case["id"])):
        raise NotFound
    return await saved_file(attachment_id)


def _identity(assignee: str | None, principal: Principal) -> str | None:
    if assignee is None or assignee == "nobody":
        return None
    if assignee == "me":
        return principal.identity
    try:
        return f"account:{UUID(assignee)}"
    except ValueError:
        raise invalid({"field": "assignee", "code": "wrong_format"}) from None


async def _case_out(number: str, locale: str) -> AgentCaseOut:
    case = await find_case(number)
    return AgentCaseOut(**_queued(case, locale), messages=await messages_out(case["id"], locale, staff=True))


def _queued(case: db.Row, locale: str) -> dict[str, Any]:
    names = ("name", "email", "locale", "account_id", "assignee", "assignee_name", "waiting_since")
    return {**case_facts(case, locale), **{name: case[name] for name in names}}


router = Router(
    path="/api/v1/agent/cases",
    route_handlers=[show_queue, show_case, answer, close, reopen, assign, unassign, download],
    tags=["Agent: support"],
)
