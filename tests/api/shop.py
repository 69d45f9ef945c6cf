"""A storefront in tests: the requests that it makes, as short as they are often."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

PARIS = {
    "name": "Camille Moreau",
    "line1": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "+33 1 42 60 00 00",
}
NEW_YORK = {
    "name": "Jordan Reyes",
    "line1": "350 5th Avenue",
    "city": "New York",
    "region": "NY",
    "postcode": "10118",
    "country": "US",
    "phone": "+1 212 736 3100",
}
EMAIL = "camille@example.com"


class Shop:
    """`headers` are those of the caller: a storefront's key, or a session."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def as_(self, headers: dict[str, str]) -> Shop:
        return Shop(self.client, headers)

    def with_(self, **headers: str) -> Shop:
        return Shop(self.client, {**self.headers, **headers})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers={**self.headers, **headers})

    async def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        keyed = {"Idempotency-Key": key} if key else {}
        return await self.client.post(
            f"/api/v1{path}", json={} if body is None else body, headers={**self.headers, **keyed, **headers}
        )

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.client.patch(f"/api/v1{path}", json=body, headers=self.headers)

    async def cart(self, *lines: tuple[str, int], market: str = "FR", **fields: Any) -> dict[str, Any]:
        """A cart that is ready to be placed but for what `fields` say otherwise."""
        body = {
            "market": market,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines or [("AUR-ONE-BLK", 1)]],
            "email": EMAIL,
            "address": NEW_YORK if market == "US" else PARIS,
            "shipping_method": "standard",
            "payment_method": "wire",
            **fields,
        }
        answer = await self.post("/carts", {name: value for name, value in body.items() if value is not None})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def place(self, cart: dict[str, Any], *, key: str | None = None, **body: Any) -> httpx.Response:
        return await self.post(
            f"/carts/{cart['id']}/place", {"quote": cart["quote"] or "none", **body}, key=key or uuid4().hex
        )

    async def order(self, *lines: tuple[str, int], **fields: Any) -> dict[str, Any]:
        """A placed order, by bank transfer unless said otherwise."""
        answer = await self.place(await self.cart(*lines, **fields))
        assert answer.status_code == 201, answer.text
        return answer.json()
