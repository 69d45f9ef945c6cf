"""Returns: register, review, confirm, send, follow (RMA-6, RMA-8, RMA-12 … RMA-16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from store.catalog.serial_numbers import InvalidSerial
from store.customers import AddressOwner, Principal, default_address
from store.kernel.errors import NotFound
from store.kernel.throttle import TooManyTries
from store.markets import CountryNotSupported, InvalidAddress, PostBoxRefused
from store.refunds.errors import BoughtElsewhere
from store.rma import errors, step_errors
from store.rma.accessories import UnknownAccessory
from store.rma.find_returns import load_return, load_returns, returns_of
from store.rma.register_return import OpenReturn, add_items, change_item, open_return, remove_item
from store.rma.review_return import ReviewReturn, review_return
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Limit, Page
from store.web.storefront import return_documents, return_eligibility, return_steps
from store.web.storefront.return_access import ReturnToken, known_caller, new_caller, return_for, return_token
from store.web.storefront.return_answer import answer
from store.web.storefront.return_bodies import AddUnits, ChangeUnit, RegisterReturn, ReviewFields, all_items
from store.web.storefront.return_guesses import count_return, guesses_counted
from store.web.storefront.return_shapes import ReturnOut, ReturnSummaryOut
from store.web.storefront.return_view import return_out, summary_out

REFUSED_ADDRESS = (InvalidAddress, PostBoxRefused, CountryNotSupported)
REFUSED_ITEM = (
    InvalidSerial,
    errors.SerialUnreadable,
    errors.SerialNotKnown,
    errors.SeveralProducts,
    errors.SerialRequired,
    errors.DefectiveWithoutSerial,
    errors.UnknownReturnItem,
    errors.UnitNotRegistered,
    errors.UnitNotYours,
    errors.UnitNotInUse,
    errors.UnitInOpenReturn,
    BoughtElsewhere,
    errors.NotBoughtFromUs,
    errors.ServiceNotReturned,
    errors.NothingPaid,
    errors.NotLeftYet,
    errors.NothingLeftToReturn,
    errors.ReturnDeadlineOver,
    errors.MustBeUnused,
    errors.UnknownReceivedItem,
    errors.ReceivedAsOrdered,
    errors.EvidenceMissing,
    errors.WishNotOffered,
    errors.UnknownSymptom,
    errors.ManufacturerHandles,
    errors.TicketRequired,
    errors.TicketNotPlausible,
    errors.FaultNotConfirmed,
    errors.RepairNotOffered,
    UnknownAccessory,
)
REFUSED_LIST = (
    step_errors.UnitsNotReturnable,
    step_errors.UnitTwice,
    step_errors.OtherMarket,
    step_errors.TooManyReturnUnits,
)
REFUSED_CHANGE = (NotFound, step_errors.ReturnNotEditable, step_errors.ReturnExpired)


@post(
    "/",
    opt=requires(*SHOPPERS, *DESK, idempotent=True),
    responses=problems(
        *REFUSED_ITEM, *REFUSED_LIST, step_errors.ReturnEmailMissing, *REFUSED_ADDRESS, NotFound, TooManyTries
    ),
    summary="Register what is to be returned",
)
async def register(
    request: Request[Any, Any, Any],
    data: JSONBody[RegisterReturn],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    locale: NamedDependency[str],
) -> ReturnOut:
    """A draft, all items or none: every refusal is listed under `units` with the item's `position`, counted from 0.

    Guests send the X-Order-Token of the orders that the items come from, separated by commas, and get a
    `return_token` that opens this return from then on (X-Return-Token). A draft holds nothing and ends by itself.
    """
    command = OpenReturn(
        caller=new_caller(principal, order_token),
        locale=locale,
        items=all_items(data.units),
        email=data.email,
        customer_reference=data.customer_reference,
        return_address=await data.address(principal),
        usual_address=await _usual_address(principal),
        paper_label=bool(data.paper_label),
    )
    await count_return(request, principal)
    async with guesses_counted(request, principal):
        rma_id = await open_return(command)
    token = return_token(rma_id) if principal.kind == "storefront" else None
    return await return_out(await load_return(rma_id), locale, token=token)


@get("/", opt=requires(*SIGNED_IN), summary="List your returns")
async def list_own(
    principal: NamedDependency[Principal], locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[ReturnSummaryOut]:
    """The newest first; a partner's people see those of their company."""
    after = decode_cursor(cursor, datetime, UUID)
    ids = await returns_of(
        account_id=principal.account_id,
        partner_id=principal.partner_id,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = await load_returns(ids[:limit])
    last = shown[-1].rma if len(ids) > limit else None
    return Page(
        items=[summary_out(whole, locale) for whole in shown],
        next_cursor=encode_cursor(last["created_at"], last["id"]) if last else None,
    )


@get("/{rma_id:uuid}", opt=requires(*SHOPPERS, *DESK), responses=problems(NotFound), summary="Show a return")
async def show(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> ReturnOut:
    """Everything about it: items, quotes, conditions to accept, warnings, and what has happened to each item."""
    return await answer(request, principal, await return_for(rma_id, principal, token))


@patch(
    "/{rma_id:uuid}",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(*REFUSED_CHANGE, *REFUSED_ADDRESS),
    summary="Review a draft",
)
async def review(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    data: JSONBody[ReviewFields],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> ReturnOut:
    """The address for the way back, the e-mail address, the customer's own reference.

    Where tax depends on the destination, another address may change a quote, which then has to be accepted again.
    """
    await return_for(rma_id, principal, token)
    await review_return(
        ReviewReturn(
            rma_id=rma_id,
            actor=principal.name,
            email=data.email,
            customer_reference=data.customer_reference,
            return_address=await data.address(principal),
            paper_label=data.paper_label,
        )
    )
    return await answer(request, principal, await load_return(rma_id))


@post(
    "/{rma_id:uuid}/units",
    opt=requires(*SHOPPERS, *DESK, idempotent=True),
    status_code=200,
    responses=problems(*REFUSED_CHANGE, *REFUSED_ITEM, *REFUSED_LIST, TooManyTries),
    summary="Add items to a draft",
)
async def add(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    data: JSONBody[AddUnits],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    token: ReturnToken = None,
) -> ReturnOut:
    """All of them or none."""
    whole = await return_for(rma_id, principal, token)
    async with guesses_counted(request, principal):
        await add_items(rma_id, all_items(data.units), known_caller(principal, order_token, whole))
    return await answer(request, principal, await load_return(rma_id))


@patch(
    "/{rma_id:uuid}/units/{position:int}",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(*REFUSED_CHANGE, *REFUSED_ITEM, step_errors.NoQuoteToAccept),
    summary="Change an item, or decide about its quote",
)
async def change(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    position: FromPath[int],
    data: JSONBody[ChangeUnit],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    token: ReturnToken = None,
) -> ReturnOut:
    """A repair that costs something is sent only once its quote is accepted; a declined one can be accepted later."""
    whole = await return_for(rma_id, principal, token)
    await change_item(rma_id, position, data.changes(), known_caller(principal, order_token, whole))
    return await answer(request, principal, await load_return(rma_id))


@delete(
    "/{rma_id:uuid}/units/{position:int}",
    opt=requires(*SHOPPERS, *DESK),
    status_code=200,
    responses=problems(*REFUSED_CHANGE),
    summary="Take an item out of a draft",
)
async def remove(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    position: FromPath[int],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> ReturnOut:
    """The other items keep their positions."""
    whole = await return_for(rma_id, principal, token)
    await remove_item(rma_id, position, known_caller(principal, None, whole))
    return await answer(request, principal, await load_return(rma_id))


async def _usual_address(principal: Principal) -> Mapping[str, Any] | None:
    """The caller's default for returns."""
    try:
        owner = AddressOwner.of(principal)
    except NotFound:
        return None
    entry = await default_address(owner, "returns")
    return msgspec.structs.asdict(entry.address) if entry else None


router = Router(
    path="/api/v1/returns",
    route_handlers=[
        register,
        list_own,
        return_eligibility.show_eligibility,
        return_eligibility.show_options,
        show,
        review,
        add,
        change,
        remove,
        *return_steps.HANDLERS,
        *return_documents.HANDLERS,
    ],
    tags=["Returns"],
)
orders_router = Router(
    path="/api/v1/orders", route_handlers=[return_eligibility.show_order_eligibility], tags=["Returns"]
)
