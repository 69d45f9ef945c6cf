"""Customer service finds orders, sees everything about one, cancels and moves it (DSK-1, DSK-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.customers import Principal
from store.kernel import audit
from store.kernel.errors import NotFound
from store.markets import InvalidAddress, UnknownMarket, get_market
from store.orders.cancel_order import NothingToCancel
from store.orders.errors import (
    CancellationTooLate,
    ChannelOrderKnown,
    OrderNotConfirmed,
)
from store.orders.find_orders import find_order, search_orders
from store.orders.import_channel_order import ImportChannelOrder, import_channel_order
from store.web.agent.order_shapes import AgentOrderOut, FoundOrder
from store.web.agent.order_view import agent_order_out, found_order
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Email, Limit, Page, RequestBody, Sku, Text
from store.web.storefront.order_bodies import AddressBody, MarketCode
from store.web.storefront.order_changes import (
    ADDRESS_CHANGE_PROBLEMS,
    BOUGHT_ELSEWHERE,
    Cancel,
    CancellationOut,
    ChangeAddress,
    cancellation,
    moved,
)
from store.web.storefront.order_shapes import OrderOut
from store.web.storefront.order_view import see_order, see_orders


class ChannelLine(RequestBody):
    """`paid_minor` is what was paid for all units, in the market's currency."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=999)]
    paid_minor: Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
    EXAMPLE: ClassVar = {"sku": "AUR-ONE-BLK", "quantity": 1, "paid_minor": 7990}


class ImportChannelOrderBody(RequestBody):
    """An order that was placed on a marketplace or with a retailer; `reference` is its number there."""

    market: MarketCode
    channel: Annotated[str, Meta(min_length=2, max_length=40, pattern=r"^[a-z][a-z0-9_]*$", examples=["ebay"])]
    reference: Text
    email: Email
    address: AddressBody
    lines: Annotated[list[ChannelLine], Meta(min_length=1, max_length=100)]
    locale: Annotated[str, Meta(max_length=35)] | None = None
    bought_at: datetime | None = None
    EXAMPLE: ClassVar = {
        "market": "FR",
        "channel": "ebay",
        "reference": "12-34567-89012",
        "email": "camille@example.com",
        "address": AddressBody.EXAMPLE,
        "lines": [ChannelLine.EXAMPLE],
        "locale": "fr",
        "bought_at": "2026-03-11T18:04:00Z",
    }


@get("/", opt=requires(*DESK), responses=problems(UnknownMarket), summary="Find orders")
async def find(
    locale: NamedDependency[str],
    wanted: Annotated[str, QueryParameter(name="query", max_length=200)] = "",
    market: Annotated[str | None, QueryParameter(max_length=16)] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[FoundOrder]:
    """By order or shipment number, e-mail, recipient, phone, tracking number, serial, or a payment's reference.

    The newest first; without a query, all of them.
    """
    after = decode_cursor(cursor, datetime, UUID)
    found = await search_orders(
        wanted,
        market=get_market(market).code if market else None,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    seen = await see_orders(found[:limit])
    last = seen[-1].order if len(found) > limit else None
    return Page(
        items=[found_order(each, locale) for each in seen],
        next_cursor=encode_cursor(last["placed_at"], last["id"]) if last else None,
    )


@get("/{number:str}", opt=requires(*DESK), responses=problems(NotFound), summary="Show everything about an order")
async def show(number: FromPath[str], locale: NamedDependency[str]) -> AgentOrderOut:
    """In the reader's language; the order's own is in `order.locale`."""
    order = await find_order(number)
    return await agent_order_out(await see_order(order["id"]), locale)


@post(
    "/{number:str}/cancel",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, CancellationTooLate, NothingToCancel, OrderNotConfirmed, *BOUGHT_ELSEWHERE),
    summary="Cancel an order, or some of it",
)
async def cancel(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    data: JSONBody[Cancel],
    principal: NamedDependency[Principal],
) -> CancellationOut:
    """Customer service is not bound to the day of the order; what the warehouse has can't be cancelled by anybody."""
    order = await find_order(number)
    done = await cancellation(request, order, data, actor=principal.name, any_day=True)
    await audit.record(
        principal.name, "cancel_order", "order", order["number"], outcome=done.outcome, reason=data.reason
    )
    return done


@post(
    "/{number:str}/address",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(*ADDRESS_CHANGE_PROBLEMS),
    summary="Change the shipping address",
)
async def change_address(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    data: JSONBody[ChangeAddress],
    principal: NamedDependency[Principal],
) -> OrderOut:
    """On the customer's word, under the rules that hold for the customer."""
    order = await find_order(number)
    answer = await moved(request, order, data, actor=principal.name)
    await audit.record(principal.name, "change_address", "order", order["number"], reason=data.reason)
    return answer


@post(
    "/",
    opt=requires(*DESK, idempotent=True),
    responses=problems(UnknownMarket, ChannelOrderKnown, InvalidAddress),
    summary="Import an order from elsewhere",
)
async def import_order(
    data: JSONBody[ImportChannelOrderBody], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentOrderOut:
    """So that its buyer is told where to ask for a refund, and its units have their warranty (ORD-8)."""
    order_id = await import_channel_order(
        ImportChannelOrder(
            market=data.market,
            channel=data.channel,
            reference=data.reference,
            email=data.email,
            locale=data.locale or get_market(data.market).default_locale,
            address=data.address.fields(),
            lines=[(line.sku, line.quantity, line.paid_minor) for line in data.lines],
            actor=principal.name,
            bought_at=data.bought_at,
        )
    )
    seen = await see_order(order_id)
    await audit.record(principal.name, "import_order", "order", seen.order["number"], channel=data.channel)
    return await agent_order_out(seen, locale)


router = Router(
    path="/api/v1/agent/orders", route_handlers=[find, show, cancel, change_address], tags=["Agent: orders"]
)
channel_router = Router(path="/api/v1/agent/channel-orders", route_handlers=[import_order], tags=["Agent: orders"])
