"""Stripe's events: what happened, with the object as it was at that moment."""

import json
from typing import Any

from store.simulator.stripe_api.documents import API_VERSION, Call, Json, add, find, page, render
from store.simulator.webhooks import announce
from store.simulator.world import World, new_id


def emit(world: World, event_type: str, document: Json, previous: Json | None = None) -> None:
    """Record the event and queue it for every endpoint that listens."""
    event_id = new_id("evt_")
    data: dict[str, Any] = {"object": render(world, document)}
    if previous is not None:
        data["previous_attributes"] = previous
    endpoints = [endpoint for endpoint in world.all("endpoints") if _listens(endpoint, event_type)]
    event = add(
        world,
        {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": world.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": dict(world.request),
            "type": event_type,
        },
    )
    payload = json.dumps(event, indent=2)
    for endpoint in endpoints:
        announce(world, endpoint, event_id=event_id, event_type=event_type, payload=payload)


def _listens(endpoint: Json, event_type: str) -> bool:
    wanted = endpoint.get("enabled_events") or ["*"]
    return endpoint["provider"] == "stripe" and ("*" in wanted or event_type in wanted)


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "event", call.id), call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    wanted = set(call.parameters.get("types", ()))
    if "type" in call.parameters:
        wanted.add(call.parameters["type"])
    return page(call, "event", where=lambda event: not wanted or _fits(event["type"], wanted))


def _fits(event_type: str, wanted: set[str]) -> bool:
    return any(event_type == want or (want.endswith("*") and event_type.startswith(want[:-1])) for want in wanted)
