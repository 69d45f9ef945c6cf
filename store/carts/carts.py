"""The cart: one row, priced anew whenever it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from store.carts.make_quote import make_quote
from store.carts.quote import Quote, QuoteRequest, UnknownItems
from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.markets import Market, get_market
from store.markets.addresses import Address, normalize_address
from store.payments.methods import method_for

LINES_MAX = 100
QUANTITY_MAX = 999


class CartExpired(StoreError):
    code = "cart_expired"
    status = 410
    title = N_("This cart has expired.")
    detail = N_("It was not used before {expires_at}. Please start a new one.")


class CartPlaced(StoreError):
    code = "cart_placed"
    status = 409
    title = N_("This cart has become an order.")
    detail = N_("A placed order can't be edited. Start a new cart, or cancel the order while it has not been released.")


class CartChanged(StoreError):
    """Somebody changed the cart between its showing and its placement."""

    code = "cart_changed"
    status = 409
    title = N_("The cart has been changed meanwhile.")
    detail = N_("Please show it to the customer again, and confirm once more.")


class BadQuantity(StoreError):
    code = "bad_quantity"
    status = 422
    title = N_("This quantity is not possible.")
    detail = N_("Please choose a whole number between 1 and {maximum}, and at most {lines_max} different items.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    id: UUID
    market: Market
    locale: str
    account_id: UUID | None
    partner_id: UUID | None
    email: str | None
    lines: tuple[tuple[str, int], ...]
    address: Address | None
    billing_address: Address | None
    shipping_method: str | None
    payment_method: str | None
    coupon: str | None
    order_id: UUID | None
    version: int
    created_at: datetime
    expires_at: datetime

    def quote_request(self, at: datetime) -> QuoteRequest:
        return QuoteRequest(
            market=self.market,
            lines=self.lines,
            at=at,
            address=self.address,
            shipping_method=self.shipping_method,
            payment_method=self.payment_method,
            coupon=self.coupon,
            account_id=self.account_id,
            partner_id=self.partner_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who comes to a cart: one of an account is that account's alone; staff may look at all."""

    account_id: UUID | None = None
    partner_id: UUID | None = None
    staff: bool = False

    def enter(self, cart: Cart) -> Cart:
        """The cart; a guest's becomes that of the visitor who has signed in meanwhile. Raises NotFound."""
        if self.staff or cart.account_id == self.account_id:
            return cart
        if cart.account_id is not None:
            raise NotFound
        return replace(cart, account_id=self.account_id, partner_id=self.partner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CartChange:
    """What a storefront sets; UNSET leaves it as it is, None empties it."""

    lines: Sequence[tuple[str, int]] | msgspec.UnsetType = msgspec.UNSET
    email: str | msgspec.UnsetType | None = msgspec.UNSET
    address: Mapping[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    billing_address: Mapping[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    shipping_method: str | msgspec.UnsetType | None = msgspec.UNSET
    payment_method: str | msgspec.UnsetType | None = msgspec.UNSET
    coupon: str | msgspec.UnsetType | None = msgspec.UNSET


async def create_cart(
    market: Market, locale: str, change: CartChange, *, account_id: UUID | None = None, partner_id: UUID | None = None
) -> tuple[Cart, Quote | None]:
    """Make a cart from what is known so far. The quote is None while it has no lines."""
    now = clock.now()
    empty = Cart(
        id=new_id(),
        market=market,
        locale=locale,
        account_id=account_id,
        partner_id=partner_id,
        email=None,
        lines=(),
        address=None,
        billing_address=None,
        shipping_method=None,
        payment_method=None,
        coupon=None,
        order_id=None,
        version=1,
        created_at=now,
        expires_at=now + timedelta(days=market.policy.cart_days),
    )
    cart = _changed(empty, change)
    quote = await make_quote(cart.quote_request(now)) if cart.lines else None
    await db.insert(
        "cart",
        id=cart.id,
        market=market.code,
        locale=locale,
        created_at=now,
        expires_at=cart.expires_at,
        **_columns(cart),
    )
    _keep(cart)
    return cart, quote


async def change_cart(cart_id: UUID, change: CartChange, visitor: Visitor) -> tuple[Cart, Quote | None]:
    """Apply a change and price the cart. Raises NotFound, CartExpired, CartPlaced and what pricing raises.

    A cart that this process has just written needs no reading: should it have changed meanwhile, its version tells.
    """
    kept = kept_cart(cart_id)
    if kept is not None:
        with suppress(StoreError):  # What is refused here is judged again by what is in the database.
            changed = await _change(kept, change, visitor)
            if changed is not None:
                return changed
    while True:
        changed = await _change(await open_cart(cart_id), change, visitor)
        if changed is not None:  # None: somebody changed it meanwhile; their change first, then ours.
            return changed


async def _change(known: Cart, change: CartChange, visitor: Visitor) -> tuple[Cart, Quote | None] | None:
    """None when the cart is no longer what is known."""
    cart = _changed(visitor.enter(known), change)
    quote = await make_quote(cart.quote_request(clock.now())) if cart.lines else None
    columns = _columns(cart)
    settings = ", ".join(f"{name} = ${position}" for position, name in enumerate(columns, start=3))
    touched = await db.execute(
        f"update cart set version = version + 1, {settings} where id = $1 and version = $2 and order_id is null",
        cart.id,
        cart.version,
        *columns.values(),
    )
    if not touched:
        return None
    _keep(replace(cart, version=cart.version + 1))
    return cart, quote


# Carts as this process wrote them a moment ago, by the pool of their database.
_kept: dict[UUID, tuple[Any, Cart]] = {}
KEPT_MAX = 2_000


def _keep(cart: Cart) -> None:
    _kept.pop(cart.id, None)
    if len(_kept) >= KEPT_MAX:
        del _kept[next(iter(_kept))]
    _kept[cart.id] = (db.connected_pool(), cart)


def kept_cart(cart_id: UUID) -> Cart | None:
    """A cart as this process wrote it a moment ago, once, without reading it: its version tells if it still is so."""
    pool, cart = _kept.pop(cart_id, (None, None))
    return cart if cart is not None and pool is db.connected_pool() and cart.expires_at >= clock.now() else None


async def read_cart(cart_id: UUID, visitor: Visitor) -> tuple[Cart, Quote | None]:
    """The cart and its quote, which is None without lines and once it has become an order."""
    cart = visitor.enter(await load_cart(cart_id))
    quote = await make_quote(cart.quote_request(clock.now())) if cart.lines and cart.order_id is None else None
    return cart, quote


async def open_cart(cart_id: UUID) -> Cart:
    """A cart that can still be changed."""
    cart = await load_cart(cart_id)
    if cart.order_id is not None:
        raise CartPlaced(order_id=cart.order_id)
    return cart


async def load_cart(cart_id: UUID) -> Cart:
    """Raises NotFound; CartExpired unless it has become an order."""
    row = await db.fetchrow("select * from cart where id = $1", cart_id)
    if row is None:
        raise NotFound
    if row["order_id"] is None and row["expires_at"] < clock.now():
        raise CartExpired(expires_at=row["expires_at"])
    return Cart(
        id=row["id"],
        market=get_market(row["market"]),
        locale=row["locale"],
        account_id=row["account_id"],
        partner_id=row["partner_id"],
        email=row["email"],
        lines=tuple((sku, quantity) for sku, quantity in row["lines"]),
        address=msgspec.convert(row["address"], Address) if row["address"] else None,
        billing_address=msgspec.convert(row["billing_address"], Address) if row["billing_address"] else None,
        shipping_method=row["shipping_method"],
        payment_method=row["payment_method"],
        coupon=row["coupon"],
        order_id=row["order_id"],
        version=row["version"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


def _changed(cart: Cart, change: CartChange) -> Cart:
    values: dict[str, Any] = {name: getattr(cart, name) for name in Cart.__slots__}
    if not isinstance(change.lines, msgspec.UnsetType):
        values["lines"] = merge_lines(change.lines)
    for name in ("email", "shipping_method", "payment_method", "coupon"):
        value = getattr(change, name)
        if value is not msgspec.UNSET:
            values[name] = value or None
    if not isinstance(change.address, msgspec.UnsetType):
        values["address"] = address_in("address", change.address, cart.market)
    if not isinstance(change.billing_address, msgspec.UnsetType):
        values["billing_address"] = address_in("billing_address", change.billing_address)
    if values["payment_method"]:
        method_for(cart.market, values["payment_method"])
    return Cart(**values)


def address_in(field: str, raw: Mapping[str, Any] | None, market: Market | None = None) -> Address | None:
    """An address that was checked; its mistakes are named as parts of the request's field."""
    if not raw:
        return None
    try:
        return normalize_address(raw, market)
    except StoreError as error:
        for mistake in error.facts.get("errors", ()):
            mistake["field"] = f"{field}.{mistake['field']}"
        raise


async def take_cart(cart_id: UUID, order_id: UUID, version: int) -> UUID | None:
    """The cart becomes this order, once, whatever races: None. Or the order that it has become before (CRT-6).

    In the placement's unit of work; the row stays locked until its end. Raises CartChanged when it isn't the version
    that the placement was made from, NotFound.
    """
    taken = "update cart set order_id = $2 where id = $1 and order_id is null and version = $3"
    if await db.execute(taken, cart_id, order_id, version):
        return None
    row = await db.fetchrow("select order_id from cart where id = $1", cart_id)
    if row is None:
        raise NotFound
    if row["order_id"] is None:
        raise CartChanged
    known: UUID = row["order_id"]
    return known


def merge_lines(lines: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """One line per SKU, in the order of their first mention. Raises BadQuantity, UnknownItems."""
    merged: dict[str, int] = {}
    for sku, quantity in lines:
        if not 1 <= quantity <= QUANTITY_MAX:
            raise BadQuantity(sku=sku, quantity=quantity, maximum=QUANTITY_MAX, lines_max=LINES_MAX)
        merged[sku] = merged.get(sku, 0) + quantity
    if len(merged) > LINES_MAX or any(quantity > QUANTITY_MAX for quantity in merged.values()):
        raise BadQuantity(maximum=QUANTITY_MAX, lines_max=LINES_MAX)
    if any(not sku or len(sku) > 64 for sku in merged):
        raise UnknownItems(skus=[sku[:64] for sku in merged if not sku or len(sku) > 64])
    return tuple(merged.items())


def _columns(cart: Cart) -> dict[str, Any]:
    return {
        "account_id": cart.account_id,
        "partner_id": cart.partner_id,
        "email": cart.email,
        "lines": [list(line) for line in cart.lines],
        "address": msgspec.to_builtins(cart.address) if cart.address else None,
        "billing_address": msgspec.to_builtins(cart.billing_address) if cart.billing_address else None,
        "shipping_method": cart.shipping_method,
        "payment_method": cart.payment_method,
        "coupon": cart.coupon,
    }


async def purge_carts() -> int:
    """Carts that were never ordered go some time after they expired."""
    return await db.execute(
        "delete from cart where order_id is null and expires_at < $1", clock.now() - timedelta(days=30)
    )
