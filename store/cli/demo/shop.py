"""What customers do: fill a cart, order, look, pay, cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from store.cli.demo.call import Answer, Caller, Unexpected, until
from store.cli.demo.stage import Stage

Lines = list[tuple[str, int]]
Json = dict[str, Any]

ADDRESSES: dict[str, Json] = {
    "FR": {
        "name": "Camille Moreau",
        "line1": "12 rue de Rivoli",
        "postcode": "75001",
        "city": "Paris",
        "country": "FR",
        "phone": "+33142000000",
    },
    "CN": {
        "name": "王芳",
        "line1": "深南大道1号",
        "district": "南山区",
        "city": "深圳市",
        "region": "广东省",
        "postcode": "518000",
        "country": "CN",
        "phone": "+8675586000000",
    },
}
BACK = {"return_url": "https://shop.example.com/back", "cancel_url": "https://shop.example.com/cancel"}
TOKENS = {"card": "pm_card_visa", "apple_pay": "pm_sim_apple_pay", "google_pay": "pm_sim_google_pay"}


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its owner follows it."""

    number: str
    owner: Caller

    @property
    def path(self) -> str:
        return f"/api/v1/orders/{self.number}"

    async def look(self, *, quiet: bool = False) -> Json:
        return dict((await self.owner.get(self.path, quiet=quiet)).body)

    async def until(self, holds: Callable[[Json], object], what: str) -> Json:
        """The order as soon as something holds for it; background work may need a moment."""

        async def seen() -> Json | None:
            order = await self.look()
            return order if holds(order) else None

        order: Json = await until(seen, f"{self.number}: {what}")
        return order


async def fill_cart(
    caller: Caller,
    lines: Lines,
    method: str,
    *,
    market: str = "FR",
    shipping: str = "two_day",
    email: str = "camille@example.com",
    quiet: bool = False,
) -> Answer:
    body = {
        "market": market,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "email": email,
        "address": ADDRESSES[market],
        "shipping_method": shipping,
        "payment_method": method,
    }
    return await caller.post("/api/v1/carts", body, quiet=quiet)


async def place(
    caller: Caller,
    cart: Answer,
    *,
    token: str | None = None,
    purchase_order_number: str | None = None,
    expect: tuple[int, ...] = (201,),
    quiet: bool = False,
) -> Answer:
    payment: Json = {"token": token or TOKENS.get(cart["payment_method"]["code"]), "save_card_consent": True, **BACK}
    if purchase_order_number:
        payment = {"purchase_order_number": purchase_order_number}
    if not cart["quote"]:
        raise Unexpected(f"the cart can't be ordered: {cart['problem']}")
    body = {"quote": cart["quote"], "payment": payment}
    return await caller.post(f"/api/v1/carts/{cart['id']}/place", body, key=uuid4().hex, expect=expect, quiet=quiet)


def order_of(caller: Caller, placed: Answer) -> Order:
    """With the token that makes a guest the order's owner."""
    return Order(placed["number"], caller.with_order(placed.body.get("order_token", "")))


async def buy(
    stage: Stage, lines: Lines, method: str, *, caller: Caller | None = None, token: str | None = None, **facts: Any
) -> Order:
    """A cart and its order, in two calls."""
    caller = caller or stage.storefront
    cart = await fill_cart(caller, lines, method, **facts)
    return order_of(caller, await place(caller, cart, token=token))


async def confirm(order: Order) -> Json:
    """The payer is back from the provider's page."""
    return dict((await order.owner.post(f"{order.path}/payment/confirm")).body)


async def out_of_stock_sku(caller: Caller, skus: tuple[str, ...], market: str = "FR") -> str:
    """One of these that has to be ordered from its maker now, whatever earlier visitors have done."""
    for sku in skus:
        body = {"market": market, "lines": [{"sku": sku, "quantity": 1}]}
        cart = await caller.post("/api/v1/carts", body, quiet=True)
        if cart["lines"] and cart["lines"][0]["availability"]["code"] == "backorder":
            return sku
    raise Unexpected(f"all of {', '.join(skus)} are in stock or can't be ordered")


def minor(money: Json) -> int:
    return int(money["amount_minor"])
