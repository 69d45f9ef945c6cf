"""Deliveries of events to the endpoints of a world: what is queued, and in which mood.

An event becomes one delivery per endpoint in the same commit as the change that it tells, so a killed
simulator still delivers it after its restart. Sending is the courier's work.
"""

import time
from typing import Any

from store.simulator.world import World, new_id

Json = dict[str, Any]
MODES = frozenset({"normal", "hold", "duplicate", "lose", "reverse", "delay"})
KEPT_DELIVERIES = 5_000
FINISHED = frozenset({"delivered", "failed", "lost"})


def register_endpoint(
    world: World,
    provider: str,
    url: str,
    *,
    secret: str | None = None,
    webhook_id: str | None = None,
    enabled_events: list[str] | None = None,
    endpoint_id: str | None = None,
) -> Json:
    """Where a provider's events go. The same address registered again keeps what it isn't told anew."""
    for endpoint in world.all("endpoints"):
        if endpoint["provider"] == provider and endpoint["url"] == url:
            known = world.edit("endpoints", endpoint["id"])
            known["secret"] = secret or known["secret"]
            known["webhook_id"] = webhook_id or known["webhook_id"]
            known["enabled_events"] = enabled_events or known["enabled_events"]
            return known
    return world.put(
        "endpoints",
        {
            "id": endpoint_id or new_id("we_1"),
            "provider": provider,
            "url": url,
            "secret": secret or new_id("whsec_", 32),
            "webhook_id": webhook_id or new_id("", 17).upper(),
            "enabled_events": enabled_events or ["*"],
        },
    )


def announce(world: World, endpoint: Json, *, event_id: str, event_type: str, payload: str) -> None:
    """Queue an event for an endpoint, as the world's mode has it."""
    mode = world.setting("webhook_mode")
    status = {"hold": "held", "lose": "lost"}.get(mode, "pending")
    for _copy in range(2 if mode == "duplicate" else 1):
        delivery = world.put(
            "deliveries",
            {
                "id": new_id("dl_"),
                "provider": endpoint["provider"],
                "endpoint": endpoint["id"],
                "event": event_id,
                "event_type": event_type,
                "payload": payload,
                "status": status,
                "reversed": mode == "reverse",
                "not_before": time.time() + world.setting("webhook_mode_seconds") if mode == "delay" else 0,
                "attempts": [],
                "created_at": world.iso(),
            },
        )
        if status == "pending":
            world.new_deliveries.append(delivery["id"])
    if world.count("deliveries") > KEPT_DELIVERIES:
        _forget_oldest(world)


def _forget_oldest(world: World) -> None:
    finished = [row["id"] for row in world.all("deliveries") if row["status"] in FINISHED]
    for delivery_id in finished[: KEPT_DELIVERIES // 5]:
        world.drop("deliveries", delivery_id)


def shown(delivery: Json) -> Json:
    return {key: value for key, value in delivery.items() if key not in {"payload", "reversed", "not_before"}}
