"""A storefront in tests: the requests that it makes, as short as they are often."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
from simulator.world_client import WorldClient

from store.customers import Session, create_account, open_session
from store.kernel import db

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
CARD = {"token": "pm_card_visa", "save_card_consent": True, "return_url": "https://shop.example/return"}
PASSWORD = "correct horse battery"


def simulated(world: WorldClient) -> dict[str, Any]:
    """Settings that connect both providers to a world of the simulator."""
    return {
        "simulator_url": world.url,
        "stripe_secret_key": f"sk_test_{world.name}",
        "stripe_webhook_secret": f"whsec_{world.name}",
        "paypal_client_id": world.name,
        "paypal_client_secret": "any",
        "paypal_webhook_id": f"WH-{world.name}",
    }


async def signed_in(kind: str = "customer", *, email: str = EMAIL, **facts: Any) -> dict[str, str]:
    """The headers of somebody who has signed in."""
    account = await create_account(kind=kind, email=email, name=email.partition("@")[0], **facts)
    return bearer_of(await open_session(account.id))


def bearer_of(session: Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.token}"}


async def row_counts() -> dict[str, int]:
    """How many rows every table has; request keys, sessions and the like left out."""
    tables = await db.fetch(
        "select table_name as name from information_schema.tables where table_schema = 'public'"
        " and table_type = 'BASE TABLE' order by 1"
    )
    return {
        row["name"]: await db.fetchval(f"select count(*) from {row['name']}")
        for row in tables
        if row["name"] not in {"idempotency_key", "session", "session_family", "throttle"}
    }


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

    async def raw(self, method: str, path: str, content: bytes, **headers: str) -> httpx.Response:
        return await self.client.request(method, f"/api/v1{path}", content=content, headers={**self.headers, **headers})

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.client.put(f"/api/v1{path}", json=body, headers=self.headers)

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
        payment = fields.pop("payment", {})
        answer = await self.place(await self.cart(*lines, **fields), payment=payment)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def see(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order anew, as the guest who placed it."""
        answer = await self.get(f"/orders/{order['number']}", **{"X-Order-Token": order["order_token"]})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ship(self, number: str, *, serials: dict[str, list[str]] | None = None, tracking: str = "") -> None:
        """Release and dispatch a shipment; `self` must be the warehouse."""
        released = await self.post(f"/warehouse/shipments/{number}/release")
        assert released.status_code == 200, released.text
        wanted = {
            line["sku"]: [f"{line['sku'].replace('S', '5')}-{uuid4().hex[:8]}" for _ in range(line["quantity"])]
            for line in released.json()["lines"]
            if line["serialized"]
        }
        sent = await self.post(
            f"/warehouse/shipments/{number}/dispatch",
            {"tracking_number": tracking or f"TRK{uuid4().hex[:10]}", "serials": serials or wanted},
        )
        assert sent.status_code == 200, sent.text
