"""Carts: everything that a customer is told before ordering, and the order (CRT)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType, field
from msgspec.structs import asdict

from store.carts import (
    BadQuantity,
    Cart,
    CartChange,
    CartChanged,
    CartExpired,
    CartPlaced,
    CouponNotValid,
    Quote,
    UnknownItems,
    Visitor,
    change_cart,
    create_cart,
    kept_cart,
    load_cart,
    read_cart,
)
from store.customers import AddressOwner, Principal, get_address
from store.kernel.errors import NotFound, StoreError
from store.markets import (
    CountryNotSupported,
    InvalidAddress,
    PostBoxRefused,
    UnknownMarket,
    UnknownShippingMethod,
    get_market,
)
from store.orders.errors import PaymentDeclined
from store.orders.place_order import place_order, placement_of
from store.orders.placement import PlaceOrder
from store.payments.methods import PaymentMethodNotOffered
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.locale import locale_for
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.edge.schemas import Email, RequestBody, Text
from store.web.storefront.cart_shapes import CartOut
from store.web.storefront.cart_view import cart_out
from store.web.storefront.order_bodies import AddressBody, Code, LineBody, MarketCode, PaymentBody
from store.web.storefront.order_placement import PLACEMENT_PROBLEMS, placed_answer
from store.web.storefront.order_shapes import OrderOut

Lines = Annotated[list[LineBody], Meta(max_length=100)]


class ChangeCart(RequestBody):
    """A field that is left out stays as it is; null empties it. `lines` replaces all lines.

    `address_id` is an entry of the signed-in caller's address book, in place of `address`.
    """

    lines: Lines | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET
    address: AddressBody | UnsetType | None = UNSET
    address_id: UUID | UnsetType = UNSET
    billing_address: AddressBody | UnsetType | None = UNSET
    shipping_method: Code | UnsetType | None = UNSET
    payment_method: Code | UnsetType | None = UNSET
    coupon: Code | UnsetType | None = UNSET
    EXAMPLE: ClassVar = {
        "lines": [LineBody.EXAMPLE],
        "email": "camille@example.com",
        "address": AddressBody.EXAMPLE,
        "shipping_method": "standard",
        "payment_method": "card",
        "coupon": "WELCOME10",
    }

    async def change(self, principal: Principal) -> CartChange:
        """Raises NotFound for an address that is not in the caller's book."""
        return CartChange(
            lines=UNSET if self.lines is UNSET else [(line.sku, line.quantity) for line in self.lines],
            email=self.email,
            address=await self._address(principal),
            billing_address=_fields(self.billing_address),
            shipping_method=self.shipping_method,
            payment_method=self.payment_method,
            coupon=self.coupon,
        )

    async def _address(self, principal: Principal) -> Any:
        if self.address_id is UNSET:
            return _fields(self.address)
        if self.address is not UNSET:
            raise invalid({"field": "address_id", "code": "not_allowed"})
        entry = await get_address(AddressOwner.of(principal), self.address_id)
        return asdict(entry.address)


class CreateCart(ChangeCart, kw_only=True):
    """A new cart in a market."""

    market: MarketCode
    EXAMPLE: ClassVar = {"market": "FR", "lines": [LineBody.EXAMPLE], "email": "camille@example.com"}


class PlaceCart(RequestBody):
    """`quote` is the fingerprint from the cart's answer that the customer agreed to."""

    quote: Annotated[str, Meta(min_length=1, max_length=64)]
    payment: PaymentBody = field(default_factory=PaymentBody)
    customer_reference: Text | None = None
    EXAMPLE: ClassVar = {"quote": "5f0c6d1b9a3e4f72", "payment": PaymentBody.EXAMPLE, "customer_reference": "Desk 14"}


_PRICING_PROBLEMS = (
    BadQuantity,
    UnknownItems,
    CouponNotValid,
    UnknownShippingMethod,
    PaymentMethodNotOffered,
    CountryNotSupported,
    InvalidAddress,
    PostBoxRefused,
)


@post(
    "/",
    opt=requires(*SHOPPERS, idempotent=True),
    responses=problems(NotFound, UnknownMarket, *_PRICING_PROBLEMS),
    summary="Make a cart",
)
async def make_cart(
    request: Request[Any, Any, Any], data: JSONBody[CreateCart], principal: NamedDependency[Principal]
) -> CartOut:
    """Make a cart from what is known so far, and price it.

    The answer has the totals, the shipping options with their promised dates, the shipment plan, and, once a payment
    method is chosen, the charge plan.
    """
    market = get_market(data.market)
    locale = locale_for(request, market=market)
    cart, quote = await create_cart(
        market, locale, await data.change(principal), account_id=principal.account_id, partner_id=principal.partner_id
    )
    return cart_out(cart, quote, locale)


@get(
    "/{cart_id:uuid}",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound, CartExpired, CartPlaced),
    summary="Show a cart",
)
async def show_cart(
    request: Request[Any, Any, Any], cart_id: FromPath[UUID], principal: NamedDependency[Principal]
) -> CartOut:
    """A cart, priced anew. A cart of an account is shown to that account only."""
    cart, quote = await read_cart(cart_id, _visitor(principal))
    if cart.order_id is not None:
        raise CartPlaced
    return _answer(request, cart, quote)


@patch(
    "/{cart_id:uuid}",
    opt=requires(*SHOPPERS),
    responses=problems(NotFound, CartExpired, CartPlaced, *_PRICING_PROBLEMS),
    summary="Change a cart",
)
async def edit_cart(
    request: Request[Any, Any, Any],
    cart_id: FromPath[UUID],
    data: JSONBody[ChangeCart],
    principal: NamedDependency[Principal],
) -> CartOut:
    """Change what is named and price the cart. A guest's cart that a signed-in customer changes becomes theirs."""
    cart, quote = await change_cart(cart_id, await data.change(principal), _visitor(principal))
    return _answer(request, cart, quote)


@post(
    "/{cart_id:uuid}/place",
    opt=requires(*SHOPPERS, idempotent="required"),
    responses=problems(NotFound, CartExpired, CartChanged, *PLACEMENT_PROBLEMS),
    summary="Place the order",
)
async def place_cart(
    request: Request[Any, Any, Any],
    cart_id: FromPath[UUID],
    data: JSONBody[PlaceCart],
    principal: NamedDependency[Principal],
) -> Response[OrderOut]:
    """Order what the cart shows. A cart becomes one order at most, whatever is sent how often (CRT-6).

    `payment.next_action` of the answer tells what the payer has to do next (3-D Secure, PayPal's page); the order is
    pending until then. A guest reads the order again with the `order_token` as X-Order-Token.
    """
    multicapture = request.app.state.settings.stripe_multicapture
    kept, cart = kept_cart(cart_id), None
    if kept is not None:
        try:
            placed = await place_order(_placement(kept, data, principal, multicapture=multicapture))
        except PaymentDeclined:
            raise
        except StoreError:  # Judged again by what is in the database, if that is another cart than the one we knew.
            cart = await load_cart(cart_id)
            if cart.version == kept.version:
                raise
        else:
            return await placed_answer(request, placed, principal)
    cart = _visitor(principal).enter(cart or await load_cart(cart_id))
    if cart.order_id is not None:
        return await placed_answer(request, await placement_of(cart.order_id), principal)
    placed = await place_order(_placement(cart, data, principal, multicapture=multicapture))
    return await placed_answer(request, placed, principal)


def _placement(cart: Cart, data: PlaceCart, principal: Principal, *, multicapture: bool) -> PlaceOrder:
    cart = _visitor(principal).enter(cart)
    payment = data.payment
    return PlaceOrder(
        request=cart.quote_request(cart.created_at),
        cart_id=cart.id,
        cart_version=cart.version,
        email=cart.email or "",
        locale=cart.locale,
        billing_address=cart.billing_address,
        actor=principal.name,
        shown=data.quote,
        token=payment.token,
        save_consent=payment.save_card_consent,
        purchase_order_number=payment.purchase_order_number,
        customer_reference=data.customer_reference,
        return_url=payment.return_url or "",
        cancel_url=payment.cancel_url or "",
        multicapture=multicapture,
    )


def _visitor(principal: Principal) -> Visitor:
    return Visitor(account_id=principal.account_id, partner_id=principal.partner_id, staff=principal.staff)


def _answer(request: Request[Any, Any, Any], cart: Cart, quote: Quote | None) -> CartOut:
    return cart_out(cart, quote, locale_for(request, cart.locale, market=cart.market))


def _fields(body: AddressBody | UnsetType | None) -> Any:
    return body.fields() if isinstance(body, AddressBody) else body


router = Router(path="/api/v1/carts", route_handlers=[make_cart, show_cart, edit_cart, place_cart], tags=["Carts"])
