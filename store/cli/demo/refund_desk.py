"""What customer service does about refunds: preview, then commit what was previewed (REF-6)."""

from __future__ import annotations

from store.cli.demo.call import Answer, Caller
from store.cli.demo.shop import Json, Order


def refunds_path(order: Order) -> str:
    return f"/api/v1/agent/orders/{order.number}/refunds"


async def preview(agent: Caller, order: Order, sku: str, quantity: int, *, request: str | None = None) -> Json:
    """The body that commits it, and what it comes to in `total`."""
    body: Json = {"lines": [{"sku": sku, "quantity": quantity}], "reason": "withdrawal", "request": request}
    shown = await agent.post(f"{refunds_path(order)}/preview", body)
    return {"commit": {**body, "fingerprint": shown["fingerprint"]}, "total": shown["total"], "split": shown["split"]}


async def commit(agent: Caller, order: Order, previewed: Json, *, key: str = "") -> Answer:
    return await agent.post(refunds_path(order), previewed["commit"], key=key, expect=())
