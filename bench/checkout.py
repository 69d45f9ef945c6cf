"""A shopper's whole checkout over HTTP: cart, choices, order. Three requests, paid by bank transfer."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.http_connection import HttpConnection, request
from bench.store_process import STOREFRONT_KEY, BenchFailed

REQUESTS = 3
ADDRESS = {
    "name": "Camille Moreau",
    "line1": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "+33 1 42 60 00 00",
}


class CartAnswer(msgspec.Struct):
    """As much of the cart's answer as a storefront needs to go on."""

    id: str
    quote: str | None


class OrderAnswer(msgspec.Struct):
    number: str
    status: str
    order_token: str = ""


_cart = msgspec.json.Decoder(CartAnswer)
_order = msgspec.json.Decoder(OrderAnswer)


@dataclass(slots=True, kw_only=True)
class Shopper:
    """Buys one each of two SKUs, again and again. `skus` are drawn from at random, or always the first two."""

    connection: HttpConnection
    skus: Sequence[str]
    dice: random.Random
    payment_method: str = "wire"
    payment: dict[str, Any] | None = None

    async def check_out(self) -> OrderAnswer:
        """One order, confirmed. Raises BenchFailed."""
        cart = _cart.decode(await self._send("POST", "/api/v1/carts", self._first_body(), 201))
        choices = {"shipping_method": "standard", "payment_method": self.payment_method}
        path = f"/api/v1/carts/{cart.id}"
        cart = _cart.decode(await self._send("PATCH", path, choices, 200))
        placing: dict[str, Any] = {"quote": cart.quote}
        if self.payment:
            placing["payment"] = self.payment
        order = _order.decode(await self._send("POST", f"{path}/place", placing, 201, Idempotency_Key=uuid.uuid4().hex))
        if order.status != "confirmed":
            msg = f"order {order.number} is {order.status}"
            raise BenchFailed(msg)
        return order

    def _first_body(self) -> dict[str, Any]:
        first, second = self.dice.sample(self.skus, 2) if len(self.skus) > 2 else self.skus
        return {
            "market": "FR",
            "lines": [{"sku": first, "quantity": 1}, {"sku": second, "quantity": 1}],
            "email": f"shopper{self.dice.randrange(1_000_000)}@example.com",
            "address": ADDRESS,
        }

    async def _send(self, method: str, path: str, body: dict[str, Any], wanted: int, **headers: str) -> bytes:
        status, answer = await self.connection.ask(
            request(method, path, STOREFRONT_KEY, msgspec.json.encode(body), **headers)
        )
        if status != wanted:
            msg = f"{method} {path} answered {status}: {answer[:600].decode(errors='replace')}"
            raise BenchFailed(msg)
        return answer
