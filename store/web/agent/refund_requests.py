"""Customers' requests for refunds, as customer service decides them (REF-2, REF-5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import File

from store.customers import Principal
from store.kernel.errors import NotFound, WrongState
from store.markets import UnknownMarket, get_market
from store.refunds import decline_request, find_request, open_proof, open_requests
from store.web.agent.refund_queue import Because
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Page
from store.web.storefront.order_refund_shapes import RefundRequestOut
from store.web.storefront.order_refund_view import request_out


@get("/", opt=requires(*DESK), responses=problems(UnknownMarket), summary="Show the open refund requests")
async def show_requests(
    locale: NamedDependency[str],
    market: Annotated[str | None, QueryParameter(max_length=16)] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[RefundRequestOut]:
    """Cases that nobody has decided, the oldest first."""
    after = decode_cursor(cursor, datetime, UUID)
    code = get_market(market).code if market else None
    rows = await open_requests(market=code, after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = rows[:limit]
    return Page(
        items=[request_out(row, get_market(row["market"]), locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["asked_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@post(
    "/{number:str}/decline",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Decline a refund request",
)
async def decline(
    number: FromPath[str],
    data: JSONBody[Because],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> RefundRequestOut:
    """With a reason that the customer reads."""
    case = await find_request(number)
    await decline_request(case["id"], principal=principal, reason=data.reason)
    return request_out(await find_request(number), get_market(case["market"]), locale)


@get(
    "/{number:str}/proofs/{proof_id:uuid}",
    opt=requires(*DESK),
    responses=problems(NotFound),
    summary="Download a proof",
)
async def download_proof(number: FromPath[str], proof_id: FromPath[UUID]) -> File:
    """As it was uploaded; offered for saving, never shown inside the page."""
    case = await find_request(number)
    proof = await open_proof(case["id"], proof_id)
    if not proof.path.exists():
        raise NotFound
    return File(
        path=proof.path,
        filename=proof.name,
        media_type=proof.media_type,
        content_disposition_type="attachment",
        headers={"x-content-type-options": "nosniff"},
    )


router = Router(
    path="/api/v1/agent/refund-requests",
    route_handlers=[show_requests, decline, download_proof],
    tags=["Agent: refunds"],
)
