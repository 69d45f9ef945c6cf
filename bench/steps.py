"""What happens after a checkout: pages, parcels, charges and refunds, over HTTP."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from bench.http_connection import HttpConnection, request
from bench.store_process import AGENT_KEY, WAREHOUSE_KEY, BenchFailed

Json = dict[str, Any]
_decode = msgspec.json.decode


async def call(
    connection: HttpConnection, method: str, path: str, key: str, body: Json | None = None, **headers: str
) -> Json:
    """The answer's JSON. Raises BenchFailed for anything but 2xx."""
    encoded = msgspec.json.encode(body) if body is not None else None
    if method == "POST":
        headers.setdefault("Idempotency_Key", uuid.uuid4().hex)
        encoded = encoded or b"{}"
    status, answer = await connection.ask(request(method, f"/api/v1{path}", key, encoded, **headers))
    if not 200 <= status < 300:
        msg = f"{method} {path} answered {status}: {answer[:500].decode(errors='replace')}"
        raise BenchFailed(msg)
    found: Json = _decode(answer)
    return found


async def each(
    port: int, items: Sequence[Any], clients: int, do: Callable[[HttpConnection, Any], Awaitable[object]]
) -> float:
    """Do it for every item by some clients beside each other; gives how many per second."""
    waiting = list(reversed(items))

    async def work() -> None:
        connection = await HttpConnection.open(port)
        while waiting:
            await do(connection, waiting.pop())
        connection.close()

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(work())
    return len(items) / (time.monotonic() - started)


async def dispatch(connection: HttpConnection, order_number: str) -> None:
    """Release and dispatch the first shipment."""
    path = f"/warehouse/shipments/{order_number}-1"
    await call(connection, "POST", f"{path}/release", WAREHOUSE_KEY)
    parcel = {"tracking_number": f"T{uuid.uuid4().hex[:12].upper()}"}
    await call(connection, "POST", f"{path}/dispatch", WAREHOUSE_KEY, parcel)


async def refund(connection: HttpConnection, order_number: str) -> None:
    """Everything that was shipped goes back; the preview first, as an agent works."""
    order = await call(connection, "GET", f"/agent/orders/{order_number}", AGENT_KEY)
    lines = [
        {"shipment_line_id": line["id"], "quantity": line["quantity"]}
        for shipment in order["order"]["shipments"]
        for line in shipment["lines"]
    ]
    wanted: Json = {"lines": lines, "reason": "defective"}
    path = f"/agent/orders/{order_number}/refunds"
    preview = await call(connection, "POST", f"{path}/preview", AGENT_KEY, wanted)
    await call(connection, "POST", path, AGENT_KEY, {**wanted, "fingerprint": preview["fingerprint"]})
