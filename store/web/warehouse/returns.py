"""Returns at the warehouse: parcels that arrive, what is in them, how it is, and its workshop (RMA-17)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from store.customers import Principal
from store.kernel.errors import NotFound, WrongState
from store.rma.accessories import UnknownAccessory
from store.rma.desk_errors import (
    InspectedBefore,
    NotAsNew,
    NotInRepair,
    NotInspectable,
    RejectionWithoutReason,
    ReturnNotReceivable,
    ReturnUnitSettled,
    WhichUnit,
)
from store.rma.errors import UnitInOpenReturn
from store.rma.find_parcels import find_parcels, return_queue
from store.rma.find_returns import WholeReturn, find_return, load_returns
from store.rma.inspect_unit import InspectUnit, inspect_unit
from store.rma.receive_units import ReceiveUnits, complete_reception, receive_units
from store.rma.repair_unit import report_not_repairable, report_repaired
from store.rma.statuses import Acceptance
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import requires
from store.web.edge.schemas import Cursor, Limit, Page, RequestBody
from store.web.warehouse.return_shapes import Inspect, NotRepairable, Receive, WarehouseReturnOut
from store.web.warehouse.return_view import return_out, returns_out


class Nothing(RequestBody):
    """Nothing needs to be said."""

    EXAMPLE: ClassVar = {}


@get("/", opt=requires("warehouse", "admin"), summary="Show the awaited returns")
async def show_queue(
    locale: NamedDependency[str],
    status: Annotated[Literal["confirmed", "receiving"], QueryParameter()] = "confirmed",
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[WarehouseReturnOut]:
    """Those whose goods are awaited (confirmed), or have arrived in part or whole (receiving), the oldest first."""
    after = decode_cursor(cursor, datetime, UUID)
    ids = await return_queue(status, after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = await load_returns(ids[:limit])
    last = shown[-1].rma if len(ids) > limit else None
    return Page(
        items=[return_out(whole, locale) for whole in shown],
        next_cursor=encode_cursor(last["created_at"], last["id"]) if last else None,
    )


@get("/search", opt=requires("warehouse", "admin"), summary="Find what a parcel belongs to")
async def search(
    locale: NamedDependency[str],
    wanted: Annotated[str, QueryParameter(name="query", min_length=1, max_length=200)],
    limit: Limit = 25,
) -> list[WarehouseReturnOut]:
    """For parcels without a return number: by serial or tracking number, the sender's e-mail or name.

    Those that are awaited come first.
    """
    return await returns_out(await find_parcels(wanted, limit=limit), locale)


@get("/{number:str}", opt=requires("warehouse", "admin"), responses=problems(NotFound), summary="Show a return")
async def show(number: FromPath[str], locale: NamedDependency[str]) -> WarehouseReturnOut:
    """By its number, with what was sent, what has arrived and how it was found; without prices."""
    return await _shown(number, locale)


@post(
    "/{number:str}/receive",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(
        NotFound, ReturnNotReceivable, WhichUnit, ReturnUnitSettled, UnitInOpenReturn, UnknownAccessory, WrongState
    ),
    summary="Receive a parcel",
)
async def receive(
    number: FromPath[str],
    data: JSONBody[Receive],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseReturnOut:
    """What lay in it. Scanning it again changes nothing; what is awaited may come on another day.

    Another item than the awaited one is kept for customer service. Goods of a return that was cancelled or has expired
    open it again.
    """
    whole = await _numbered(number)
    await receive_units(
        ReceiveUnits(rma_id=whole.rma["id"], scans=[scan.scanned() for scan in data.units], actor=principal.name)
    )
    return await _shown(number, locale)


@post(
    "/{number:str}/complete",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, ReturnNotReceivable),
    summary="Say that nothing more will come",
)
async def complete(
    number: FromPath[str],
    data: JSONBody[Nothing],  # noqa: ARG001 - refuses what is sent by mistake
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseReturnOut:
    """What is still awaited is missing, and customer service decides about it."""
    await complete_reception((await _numbered(number)).rma["id"], actor=principal.name)
    return await _shown(number, locale)


@post(
    "/{number:str}/units/{position:int}/inspect",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, NotInspectable, InspectedBefore, NotAsNew, RejectionWithoutReason, UnknownAccessory),
    summary="Inspect an item",
)
async def inspect(
    number: FromPath[str],
    position: FromPath[int],
    data: JSONBody[Inspect],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseReturnOut:
    """What follows is done by itself: credit, refund, replacement, repair, or the way back to its owner."""
    whole = await _numbered(number)
    await inspect_unit(
        InspectUnit(
            rma_id=whole.rma["id"],
            position=position,
            verdict=Acceptance(data.verdict),
            actor=principal.name,
            as_new=data.as_new,
            rejection=data.rejection,
            note=data.note,
            accessories=data.accessories,
            photo_ids=data.photo_ids,
            identity=principal.identity,
        )
    )
    return await _shown(number, locale)


@post(
    "/{number:str}/units/{position:int}/repaired",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, NotInRepair),
    summary="Report a repair",
)
async def repaired(
    number: FromPath[str],
    position: FromPath[int],
    data: JSONBody[Nothing],  # noqa: ARG001 - refuses what is sent by mistake
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseReturnOut:
    """It can leave: its parcel is in the queue, and on hold until a repair that costs something is paid."""
    await report_repaired((await _numbered(number)).rma["id"], position, actor=principal.name)
    return await _shown(number, locale)


@post(
    "/{number:str}/units/{position:int}/not-repairable",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, NotInRepair),
    summary="Give up a repair",
)
async def not_repairable(
    number: FromPath[str],
    position: FromPath[int],
    data: JSONBody[NotRepairable],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseReturnOut:
    """Its invoice is credited, or what was paid goes back; customer service decides what comes of the item."""
    await report_not_repairable((await _numbered(number)).rma["id"], position, actor=principal.name, note=data.note)
    return await _shown(number, locale)


async def _numbered(number: str) -> WholeReturn:
    return await find_return(number)


async def _shown(number: str, locale: str) -> WarehouseReturnOut:
    return return_out(await _numbered(number), locale)


router = Router(
    path="/api/v1/warehouse/returns",
    route_handlers=[show_queue, search, show, receive, complete, inspect, repaired, not_repairable],
    tags=["Warehouse"],
)
