"""Kill the simulator, PostgreSQL and the store itself while people buy and the warehouse ships.

What was acknowledged is there afterwards, everything happened once, and the books agree with the payment world's.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import asyncpg
import httpx
import pytest

from store.kernel import outbox
from tests.system.conftest import StoreProcess, await_gone, command_line

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and only Linux ends children with their parent"),
]

SHOPPERS = 4
SKU = "PIN-FLAT-1M"
ADDRESS = {
    "name": "Camille Moreau",
    "line1": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "+33 1 42 60 00 00",
}
PAYMENT = {"token": "pm_card_visa", "return_url": "https://shop.example/return"}
TOKENS = {"shop": "pk_demo_storefront", "warehouse": "sk_demo_warehouse", "admin": "sk_demo_admin"}
# What a caller meets while something is down, and what it answers by sending the request again.
AGAIN = {"request_in_flight", "try_again", "in_progress", "shipment_not_secured"}


class Load:
    """Shoppers who order a cable each, again and again, and repeat a request until it is answered."""

    def __init__(self, store: StoreProcess) -> None:
        self.url = store.url
        self.http = httpx.AsyncClient(timeout=10, trust_env=False)
        self.numbers = count(1)
        self.run = f"{time.time_ns():x}"
        self.closing = False
        self.placed: dict[str, dict[str, Any]] = {}  # e-mail → the order as it was acknowledged
        self.shipped: set[str] = set()
        self.refused: list[str] = []

    async def ask(self, role: str, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """The answer's JSON, however often it takes; a refusal that isn't for a moment is kept for the end."""
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} | ({"Idempotency-Key": key} if key else {})
        while True:
            try:
                answer = await self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.is_success:
                return answer.json()
            if answer.status_code >= 500 or answer.json()["code"] in AGAIN:
                await asyncio.sleep(0.1)
                continue
            self.refused.append(f"{method} {path}: {answer.status_code} {answer.text}")
            return None

    async def shop(self) -> None:
        while not self.closing:
            number = next(self.numbers)
            email = f"buyer-{self.run}-{number}@example.com"
            body = {
                "market": "FR",
                "lines": [{"sku": SKU, "quantity": 1 + number % 3}],
                "email": email,
                "address": ADDRESS,
                "shipping_method": "standard",
                "payment_method": "card",
            }
            cart = await self.ask("shop", "POST", "/carts", body, key=f"cart-{email}")
            if not cart:
                return
            self.placed[email] = {}
            path = f"/carts/{cart['id']}/place"
            order = await self.ask("shop", "POST", path, {"quote": cart["quote"], "payment": PAYMENT}, key=email)
            if not order:
                return
            self.placed[email] = order
            if number % 2:
                await self.ship(order)
            await asyncio.sleep(0.1)

    async def ship(self, order: dict[str, Any]) -> None:
        (shipment,) = order["shipments"]
        path = f"/warehouse/shipments/{shipment['number']}"
        while order["status"] == "pending":  # its payment's outcome is unknown for a moment
            await asyncio.sleep(0.2)
            order = await self.ask("admin", "GET", f"/agent/orders/{order['number']}") or {"status": "gone"}
            order = order.get("order", order)
        if not await self.ask("warehouse", "POST", f"{path}/release", {}, key=f"release-{shipment['number']}"):
            return
        sent = {"tracking_number": f"T{shipment['number']}"}
        if await self.ask("warehouse", "POST", f"{path}/dispatch", sent, key=f"dispatch-{shipment['number']}"):
            self.shipped.add(order["number"])


@pytest.mark.requirement("PAY-8", "CRT-6", "PAY-13", "PAY-3")
def test_nothing_is_lost_or_done_twice_whatever_is_killed(start_store):
    asyncio.run(kill_one_after_another(start_store))


async def kill_one_after_another(start_store: Callable[..., StoreProcess]) -> None:
    store = start_store()
    store.await_ready()
    store.await_simulator()
    load = Load(store)
    delivery = {"warehouse": "PAR", "sku": SKU, "quantity": 10_000, "reference": f"Load {load.run}"}
    await load.ask("warehouse", "POST", "/warehouse/receipts", delivery, key=load.run)
    open_before = (await books(store))["stripe"].get("eur", {}).get("authorized_open", 0)
    shoppers = [asyncio.create_task(load.shop()) for _ in range(SHOPPERS)]

    for victim in ("store.simulator", "/postgres "):
        await asyncio.sleep(1.2)
        os.kill(store.child(victim), signal.SIGKILL)
    await asyncio.sleep(2)
    family = store.family()
    store.end(signal.SIGKILL)
    await_gone(family)
    ports = {"STORE_PORT": str(store.port), "STORE_SIMULATOR_PORT": str(store.simulator_port)}
    store = start_store(**ports)
    await asyncio.to_thread(store.await_ready)
    await asyncio.sleep(1)

    load.closing = True
    database = await asyncpg.connect(host=socket_folder(store), user="store", database="store")
    try:
        await let_time_pass_until(lambda: all_done(shoppers), database)
        await let_time_pass_until(lambda: is_drained(database), database)
        await check_all(load, store, database, open_before)
    finally:
        await database.close()
        await load.http.aclose()


async def check_all(load: Load, store: StoreProcess, database: asyncpg.Connection, open_before: int) -> None:
    assert not load.refused
    assert len(load.placed) > SHOPPERS
    assert load.shipped
    held = 0
    for email, acknowledged in load.placed.items():
        (order,) = await database.fetch("select number, status, total_minor from sales_order where email = $1", email)
        assert order["number"] == acknowledged["number"]
        assert order["status"] == "confirmed"
        taken = await database.fetchval(
            "select coalesce(sum(amount_minor), 0)::bigint from capture c join sales_order o on o.id = c.order_id"
            " where o.email = $1 and c.status = 'succeeded'",
            email,
        )
        assert taken == (order["total_minor"] if order["number"] in load.shipped else 0)
        held += order["total_minor"] - taken

    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    found = await load.ask("admin", "POST", "/agent/ledger/reconciliations", {"since": since})
    assert found["ok"], found
    trial = await load.ask("admin", "GET", "/agent/ledger/check")
    assert trial["ok"], trial
    balances = {line["account"]: line["balance"]["amount_minor"] for line in trial["balances"]}
    theirs = (await books(store))["stripe"]["eur"]
    assert balances["clearing:stripe"] == theirs["net"]
    assert balances["receivable"] == 0
    assert theirs["authorized_open"] - open_before == held
    assert not await database.fetchval("select count(*) from outbox")


async def all_done(shoppers: list[asyncio.Task[None]]) -> bool:
    """Raises what made a shopper give up."""
    return all(shopper.done() and shopper.result() is None for shopper in shoppers)


async def is_drained(database: asyncpg.Connection) -> bool:
    return not await database.fetchval(
        "select (select count(*) from outbox)"
        " + (select count(*) from provider_operation where status in ('planned', 'sent', 'unknown'))"
    )


async def let_time_pass_until(condition: Callable[[], Awaitable[bool]], database: asyncpg.Connection) -> None:
    """The minute after which the claims of a dead process are taken over passes at once, again and again."""
    deadline = time.monotonic() + 20
    while not await condition():
        assert time.monotonic() < deadline, await database.fetch("select topic, attempts, last_error from outbox")
        await database.execute(
            "update provider_operation set sent_at = sent_at - interval '1 minute'"
            " where status = 'sent' and sent_at < clock_timestamp() - interval '3 seconds'"
        )
        await database.execute(
            "update idempotency_key set leased_until = clock_timestamp() where answered_at is null"
            " and created_at < clock_timestamp() - interval '3 seconds'"
        )
        await database.execute(
            "update outbox set leased_until = null where not dead"
            " and leased_until < clock_timestamp() + make_interval(secs => $1)",
            outbox.LEASE_SECONDS - 3.0,
        )
        await database.execute("update outbox set due_at = least(due_at, clock_timestamp()) where not dead")
        await asyncio.sleep(0.3)


async def books(store: StoreProcess) -> Any:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{store.simulator_port}/_sim/books", params={"world": "store"})
    return answer.json()


def socket_folder(store: StoreProcess) -> str:
    found = re.search(r'unix_socket_directories="([^"]+)"', command_line(store.child("/postgres ")))
    assert found
    return found[1]
