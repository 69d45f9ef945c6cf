"""Returns at the desk: find them, see everything, decide about items that wait for it (RMA-16, RMA-17, RMA-18)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from store.customers import Principal
from store.kernel.errors import NotFound
from store.markets import UnknownMarket, get_market
from store.rma.decide_unit import DecideUnit, decide_unit
from store.rma.desk_errors import NothingToDecide, NotLost, OutcomeAboveLimit, OutcomeNotAllowed
from store.rma.find_parcels import undecided_units
from store.rma.find_returns import find_return, load_returns, search_returns
from store.rma.receive_units import report_lost
from store.rma.statuses import Acceptance, Outcome
from store.web.agent.return_shapes import AgentReturnOut, Decide, FoundReturn
from store.web.agent.return_view import agent_return_out, found_return
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Page, RequestBody


class Lost(RequestBody):
    """Nothing needs to be said."""

    EXAMPLE: ClassVar = {}


@get("/", opt=requires(*DESK), responses=problems(UnknownMarket), summary="Find returns")
async def find(
    locale: NamedDependency[str],
    wanted: Annotated[str, QueryParameter(name="query", max_length=200)] = "",
    market: Annotated[str | None, QueryParameter(max_length=16)] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[FoundReturn]:
    """By return or order number, serial, e-mail, the customer's reference or a tracking number; the newest first."""
    after = decode_cursor(cursor, datetime, UUID)
    ids = await search_returns(
        wanted,
        market=get_market(market).code if market else None,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = await load_returns(ids[:limit])
    last = shown[-1].rma if len(ids) > limit else None
    return Page(
        items=[found_return(whole, locale) for whole in shown],
        next_cursor=encode_cursor(last["created_at"], last["id"]) if last else None,
    )


@get("/undecided", opt=requires(*DESK), summary="Show the returns that wait for a decision")
async def undecided(locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25) -> Page[FoundReturn]:
    """Each stands once per item that waits; those that were registered first come first."""
    after = decode_cursor(cursor, UUID)
    rows = await undecided_units(after=after[0] if after else None, limit=limit + 1)
    shown = rows[:limit]
    wholes = {whole.rma["id"]: whole for whole in await load_returns(list({row["rma_id"] for row in shown}))}
    return Page(
        items=[found_return(wholes[row["rma_id"]], locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/{number:str}", opt=requires(*DESK), responses=problems(NotFound), summary="Show everything about a return")
async def show(number: FromPath[str], locale: NamedDependency[str]) -> AgentReturnOut:
    """By its number: items with their money and papers, what may come of each, and the whole history."""
    return await _shown(number, locale)


@post(
    "/{number:str}/units/{position:int}/decide",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, NothingToDecide, OutcomeNotAllowed, OutcomeAboveLimit),
    summary="Decide about an item",
)
async def decide(
    number: FromPath[str],
    position: FromPath[int],
    data: JSONBody[Decide],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentReturnOut:
    """The first decision counts. What is paid back stays within what the agent may refund alone (REF-9)."""
    await decide_unit(
        DecideUnit(
            rma_id=(await find_return(number)).rma["id"],
            position=position,
            verdict=Acceptance(data.verdict),
            outcome=Outcome(data.outcome) if data.outcome else None,
            principal=principal,
            note=data.note,
        )
    )
    return await _shown(number, locale)


@post(
    "/{number:str}/units/{position:int}/lost",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, NotLost),
    summary="Report that an item was lost on the way",
)
async def lost(
    number: FromPath[str],
    position: FromPath[int],
    data: JSONBody[Lost],  # noqa: ARG001 - refuses what is sent by mistake
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentReturnOut:
    """By the carrier's word; it then waits for a decision. Should it arrive all the same, the warehouse receives it."""
    await report_lost((await find_return(number)).rma["id"], position, actor=principal.name)
    return await _shown(number, locale)


async def _shown(number: str, locale: str) -> AgentReturnOut:
    return await agent_return_out(await find_return(number), locale)


router = Router(
    path="/api/v1/agent/returns", route_handlers=[find, undecided, show, decide, lost], tags=["Agent: returns"]
)
