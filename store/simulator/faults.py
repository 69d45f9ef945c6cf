"""Faults on demand: what goes wrong on the next calls of an operation, and whether they were applied."""

import asyncio
from collections.abc import Callable
from typing import Any

from store.simulator.http_message import Response
from store.simulator.http_server import ConnectionDropped
from store.simulator.world import World, new_id

Json = dict[str, Any]
MODES = frozenset(
    {
        "drop_before",
        "drop_after",
        "error_500_before",
        "error_500_after",
        "delay",
        "decline",
        "rate_limit_429",
    }
)


def add_fault(world: World, provider: str, operation: str, mode: str, *, seconds: float, times: int) -> Json:
    return world.put(
        "faults",
        {
            "id": new_id("fault_"),
            "provider": provider,
            "operation": operation,
            "mode": mode,
            "seconds": seconds,
            "times": times,
        },
    )


def take_fault(world: World, provider: str, operation: str) -> Json | None:
    """The oldest fault that fits, counted down. A decline waits for an operation that can be declined."""
    for fault in world.all("faults"):
        if fault["provider"] != provider or fault["operation"] not in {operation, "*"}:
            continue
        if fault["mode"] == "decline" and not _can_be_declined(operation):
            continue
        if fault["times"] <= 1:
            world.drop("faults", fault["id"])
        else:
            world.edit("faults", fault["id"])["times"] -= 1
        return fault
    return None


def _can_be_declined(operation: str) -> bool:
    return operation in {
        "payment_intents.create",
        "payment_intents.confirm",
        "setup_intents.create",
        "setup_intents.confirm",
        "orders.capture",
        "orders.authorize",
        "authorizations.capture",
    }


async def under_fault(
    fault: Json | None,
    *,
    apply: Callable[[], Response],
    fail_unapplied: Callable[[], Response],
    fail_applied: Callable[[], Response],
    refuse: Callable[[], Response],
) -> Response:
    """Answer the request the way the fault wants it; a dropped connection leaves as an exception."""
    match fault["mode"] if fault else None:
        case "drop_before":
            raise ConnectionDropped
        case "drop_after":
            apply()
            raise ConnectionDropped
        case "error_500_before":
            return fail_unapplied()
        case "error_500_after":
            apply()
            return fail_applied()
        case "delay":
            await asyncio.sleep(float(fault["seconds"]) if fault else 0.0)
            return apply()
        case "rate_limit_429":
            return refuse()
        case _:
            return apply()
