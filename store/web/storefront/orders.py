"""Orders: placed, listed, shown, found again by guests (ORD)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, field

from store.carts import EmptyCart, QuoteRequest, address_in, merge_lines
from store.customers import Principal
from store.kernel import clock, idempotency, signing
from store.kernel.errors import NotFound
from store.kernel.throttle import TooManyTries
from store.markets import CountryNotSupported, InvalidAddress, PostBoxRefused, UnknownMarket, get_market
from store.orders.find_orders import guest_order, orders_of_account
from store.orders.history import history
from store.orders.place_order import place_order
from store.orders.placement import PlaceOrder
from store.web.edge.client_address import client_address
from store.web.edge.documented import answers, problems
from store.web.edge.etag import answer_with_etag
from store.web.edge.idempotent import key_scope
from store.web.edge.locale import header, locale_for
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Email, Limit, Page, RequestBody, Text
from store.web.storefront import order_changes, order_refunds
from store.web.storefront.order_access import order_for
from store.web.storefront.order_bodies import AddressBody, AmountBody, Code, LineBody, MarketCode, PaymentBody
from store.web.storefront.order_placement import PLACEMENT_PROBLEMS, placed_answer
from store.web.storefront.order_shapes import OrderOut, OrderSummary, TimelineEntryOut
from store.web.storefront.order_timeline import timeline_entry
from store.web.storefront.order_view import order_out, order_summary, see_order, see_orders
from store.web.storefront.try_limits import GUEST_LOOKUP_BY_CLIENT


class PlaceOrderBody(RequestBody):
    """An order in one call. `expected_total` is what the customer was shown: another total is refused."""

    market: MarketCode
    lines: Annotated[list[LineBody], Meta(min_length=1, max_length=100)]
    email: Email
    address: AddressBody
    shipping_method: Code
    payment_method: Code
    expected_total: AmountBody
    payment: PaymentBody = field(default_factory=PaymentBody)
    billing_address: AddressBody | None = None
    coupon: Code | None = None
    customer_reference: Text | None = None
    EXAMPLE: ClassVar = {
        "market": "FR",
        "lines": [LineBody.EXAMPLE],
        "email": "camille@example.com",
        "address": AddressBody.EXAMPLE,
        "shipping_method": "standard",
        "payment_method": "card",
        "payment": PaymentBody.EXAMPLE,
        "expected_total": AmountBody.EXAMPLE,
    }


class LookUp(RequestBody):
    """What a guest knows of an order."""

    number: Annotated[str, Meta(min_length=1, max_length=40, examples=["FR-7K3M-9QX2"])]
    email: Email
    EXAMPLE: ClassVar = {"number": "FR-7K3M-9QX2", "email": "camille@example.com"}


@post(
    "/",
    opt=requires(*SHOPPERS, idempotent="required"),
    responses=problems(
        UnknownMarket, EmptyCart, CountryNotSupported, InvalidAddress, PostBoxRefused, *PLACEMENT_PROBLEMS
    ),
    summary="Place an order in one call",
)
async def place(
    request: Request[Any, Any, Any], data: JSONBody[PlaceOrderBody], principal: NamedDependency[Principal]
) -> Response[OrderOut]:
    """Without a cart: for servers that know what they want. The same Idempotency-Key gives the same order."""
    market = get_market(data.market)
    address = address_in("address", data.address.fields(), market)
    billing = address_in("billing_address", data.billing_address.fields()) if data.billing_address else None
    placed = await place_order(
        PlaceOrder(
            request=QuoteRequest(
                market=market,
                lines=merge_lines([(line.sku, line.quantity) for line in data.lines]),
                at=clock.now(),
                address=address,
                shipping_method=data.shipping_method,
                payment_method=data.payment_method,
                coupon=data.coupon,
                account_id=principal.account_id,
                partner_id=principal.partner_id,
            ),
            email=data.email,
            locale=locale_for(request, market=market),
            actor=principal.name,
            billing_address=billing,
            placement_key=_placement_key(request, data),
            expected_total=data.expected_total.money(),
            token=data.payment.token,
            save_consent=data.payment.save_card_consent,
            purchase_order_number=data.payment.purchase_order_number,
            customer_reference=data.customer_reference,
            return_url=data.payment.return_url or "",
            cancel_url=data.payment.cancel_url or "",
            multicapture=request.app.state.settings.stripe_multicapture,
        )
    )
    return await placed_answer(request, placed, principal)


def _placement_key(request: Request[Any, Any, Any], data: PlaceOrderBody) -> str:
    """What makes this placement itself, for ever: the same key with another body is another one, never its order."""
    body = idempotency.fingerprint(msgspec.json.encode(data)).hex()
    return f"{key_scope(request.scope)} {header(request.scope, b'idempotency-key')} {body}"


@get("/", opt=requires(*SIGNED_IN), summary="List my orders")
async def list_orders(
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[OrderSummary]:
    """The newest first, purchase orders and preorders among them; a partner sees all orders of its company."""
    after = decode_cursor(cursor, datetime, UUID)
    assert principal.account_id is not None
    found = await orders_of_account(
        principal.account_id,
        partner_id=principal.partner_id,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    seen = await see_orders(found[:limit])
    last = seen[-1].order if len(found) > limit else None
    return Page(
        items=[order_summary(each, locale) for each in seen],
        next_cursor=encode_cursor(last["placed_at"], last["id"]) if last else None,
    )


@get(
    "/{number:str}",
    opt=requires(*SHOPPERS, *DESK),
    responses=answers(OrderOut) | problems(NotFound),
    summary="Show an order",
)
async def show_order(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> Response[bytes]:
    """Status, shipments with tracking, charges, refunds, and what can be done now.

    For its owner, or for a guest with the order's token as X-Order-Token; for everybody else it does not exist.
    """
    order = await order_for(number, principal, order_token)
    seen = await see_order(order["id"])
    answer = order_out(seen, locale_for(request, order["locale"], market=seen.market))
    return answer_with_etag(request, answer, cache_control="private, no-cache")


@post(
    "/lookup",
    opt=requires(*SHOPPERS),
    status_code=200,
    responses=problems(NotFound, TooManyTries),
    summary="Find a guest's order",
)
async def look_up(request: Request[Any, Any, Any], data: JSONBody[LookUp]) -> OrderOut:
    """By order number and e-mail address. The answer carries the `order_token` for everything else.

    It is not told which of the two was wrong; some wrong tries within minutes are refused for a while.
    """
    client = client_address(request)
    await GUEST_LOOKUP_BY_CLIENT.spend(client)
    order = await guest_order(data.number, data.email)
    await GUEST_LOOKUP_BY_CLIENT.give_back(client)
    seen = await see_order(order["id"])
    answer = order_out(seen, locale_for(request, order["locale"], market=seen.market))
    answer.order_token = signing.make_token("order", order["id"])
    return answer


@get(
    "/{number:str}/timeline",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound),
    summary="Show what happened to an order",
)
async def show_timeline(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> list[TimelineEntryOut]:
    """From the placement on, in the reader's language."""
    order = await order_for(number, principal, order_token)
    locale = locale_for(request, order["locale"], market=get_market(order["market"]))
    return [timeline_entry(event, locale) for event in await history(order["id"], staff=False)]


router = Router(
    path="/api/v1/orders",
    route_handlers=[
        place,
        list_orders,
        look_up,
        show_order,
        show_timeline,
        *order_changes.handlers,
        *order_refunds.handlers,
    ],
    tags=["Orders"],
)
