"""PayPal's objects at rest and on the wire, the call that asks for them, and the events that tell of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.simulator.currencies import PAYPAL_CURRENCIES, paypal_minor
from store.simulator.paypal_api.errors import invalid_request, not_found, unprocessable
from store.simulator.webhooks import announce
from store.simulator.world import World, new_id, new_paypal_id

Json = dict[str, Any]
INVALID_CURRENCY = (
    "Currency code is invalid or is not currently supported. Please refer"
    " https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes."
)
_RESOURCES = {
    "checkout-order": "2.0",
    "capture": "2.0",
    "refund": "2.0",
    "authorization": "2.0",
    "dispute": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated request."""

    world: World
    body: Json
    query: Mapping[str, str]
    headers: Mapping[str, str]
    path_values: tuple[str, ...]
    base_url: str
    declined_by_fault: bool = False

    @property
    def id(self) -> str:
        return self.path_values[0]

    @property
    def wants_representation(self) -> bool:
        return "return=representation" in self.headers.get("prefer", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call leads to; `resource` is what a repeated request id is answered with, as it is by then."""

    status: int
    body: Json | None
    resource: tuple[str, str] | None = None


def find(world: World, kind: str, document_id: str) -> Json:
    document = world.get(kind, document_id)
    if document is None:
        raise not_found()
    return document


def change(world: World, kind: str, document: Json, **facts: Any) -> Json:
    stored = world.edit(kind, document["id"])
    stored.update(facts, update_time=world.iso())
    return stored


def public(document: Json) -> Json:
    return {key: value for key, value in document.items() if not key.startswith("_") and value is not None}


def read_money(money: Any, field: str) -> tuple[int, str]:
    """Minor units and currency of an amount in a request; raises PayPalError for one that PayPal refuses."""
    if not isinstance(money, dict):
        raise invalid_request("MISSING_REQUIRED_PARAMETER", "A required parameter is missing.", field)
    currency, value = money.get("currency_code"), money.get("value")
    if not isinstance(currency, str) or not isinstance(value, str):
        raise invalid_request(
            "INVALID_PARAMETER_SYNTAX",
            "The value of a field does not conform to the expected format.",
            f"{field}/value",
        )
    if currency not in PAYPAL_CURRENCIES:
        raise unprocessable("INVALID_CURRENCY_CODE", INVALID_CURRENCY)
    amount = paypal_minor(value, currency)
    if amount is None:
        raise unprocessable(
            "DECIMAL_PRECISION",
            field=f"{field}/value",
            value=value,
        )
    if amount < 1:
        raise unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", field=f"{field}/value", value=value)
    return amount, currency


def link(call_base_url: str, path: str, rel: str, method: str = "GET") -> Json:
    return {"href": f"{call_base_url}/paypal{path}", "rel": rel, "method": method}


def base_url(world: World) -> str:
    """The address under which this world was last spoken to; links in events use it."""
    return str((world.get("world", "address") or {}).get("base_url", "http://127.0.0.1"))


def emit(world: World, event_type: str, resource_type: str, resource: Json, summary: str) -> None:
    event: Json = {
        "id": f"WH-{new_paypal_id()}-{new_paypal_id()}",
        "event_version": "1.0",
        "create_time": world.iso(),
        "resource_type": resource_type,
        "resource_version": _RESOURCES[resource_type],
        "event_type": event_type,
        "summary": summary,
        "resource": resource,
        "links": [],
    }
    event["links"] = [
        link(base_url(world), f"/v1/notifications/webhooks-events/{event['id']}", "self"),
        link(base_url(world), f"/v1/notifications/webhooks-events/{event['id']}/resend", "resend", "POST"),
    ]
    event = {key: value for key, value in event.items() if value is not None}
    payload = json.dumps(event, separators=(",", ":"))
    world.put("paypal.events", {"id": event["id"], "payload": payload})
    for endpoint in world.all("endpoints"):
        if endpoint["provider"] == "paypal" and _listens(endpoint, event_type):
            announce(world, endpoint, event_id=event["id"], event_type=event_type, payload=payload)


def _listens(endpoint: Json, event_type: str) -> bool:
    return "*" in endpoint["enabled_events"] or event_type in endpoint["enabled_events"]


def new_token() -> str:
    return new_id("", 40)
