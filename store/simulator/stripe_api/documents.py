"""Stripe's objects at rest and on the wire: finding, expanding, listing, and the call that asks for them.

Objects are stored in the shape in which Stripe shows them; fields that begin with an underscore are ours and
never leave.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from store.simulator.stripe_api.errors import invalid, missing
from store.simulator.world import World

Json = dict[str, Any]

API_VERSION = "2024-04-10"
KINDS = {
    "customer": "stripe.customers",
    "payment_method": "stripe.payment_methods",
    "payment_intent": "stripe.payment_intents",
    "setup_intent": "stripe.setup_intents",
    "charge": "stripe.charges",
    "latest_charge": "stripe.charges",
    "refund": "stripe.refunds",
    "dispute": "stripe.disputes",
    "balance_transaction": "stripe.balance_transactions",
    "failure_balance_transaction": "stripe.balance_transactions",
    "confirmation_token": "stripe.confirmation_tokens",
    "event": "stripe.events",
    "webhook_endpoint": "stripe.webhook_endpoints",
}
_SOURCES = {"ch_": "charge", "re_": "refund", "dp_": "dispute", "du_": "dispute"}
_NOT_EXPANDABLE = {("charge", "payment_method"), ("confirmation_token", "payment_intent")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that has passed authentication and the parameter tables."""

    world: World
    parameters: Json
    path_values: tuple[str, ...]
    base_url: str
    path: str
    declined_by_fault: bool = False

    @property
    def id(self) -> str:
        return self.path_values[0]


def find(world: World, kind: str, document_id: str, param: str | None = None) -> Json:
    document = world.get(KINDS[kind], document_id)
    if document is None:
        raise missing(kind, document_id, param)
    return document


def change(world: World, document: Json, **facts: Any) -> Json:
    """Set facts on a stored object, which is saved at the next commit."""
    stored = world.edit(KINDS[document["object"]], document["id"])
    stored.update(facts)
    return stored


def add(world: World, document: Json) -> Json:
    return world.put(KINDS[document["object"]], document)


def merge_metadata(document: Json, metadata: Json | None) -> Json:
    """New keys are added, empty values remove theirs, an empty hash removes all."""
    if metadata is None:
        return {}
    merged = {**document["metadata"], **metadata}
    return {key: value for key, value in merged.items() if value != ""}


def render(world: World, document: Json, expand: Iterable[str] = ()) -> Json:
    shown = {key: copy.deepcopy(value) for key, value in document.items() if not key.startswith("_")}
    for path in sorted(expand):
        _expand(world, shown, path.split("."), path)
    return shown


def _expand(world: World, shown: Json, path: list[str], whole: str) -> None:
    name, rest = path[0], path[1:]
    if shown.get("object") == "list" and name == "data":
        for item in shown["data"]:
            _expand(world, item, rest, whole)
        return
    if shown.get("object") == "charge" and name == "refunds":
        shown["refunds"] = _refunds_of(world, shown["id"])
    elif isinstance(shown.get(name), str):
        shown[name] = _referred(world, shown, name, whole)
    elif name not in shown:
        raise invalid(f"This property cannot be expanded ({whole}).", param="expand")
    if rest and isinstance(shown.get(name), dict):
        _expand(world, shown[name], rest, whole)


def _referred(world: World, shown: Json, name: str, whole: str) -> Json:
    kind = _SOURCES.get(shown[name][:3]) if name == "source" else name
    if kind not in KINDS or (shown.get("object"), name) in _NOT_EXPANDABLE:
        raise invalid(f"This property cannot be expanded ({whole}).", param="expand")
    return render(world, find(world, kind, shown[name]))


def _refunds_of(world: World, charge_id: str) -> Json:
    refunds = [
        render(world, refund) for refund in world.newest_first("stripe.refunds") if refund["charge"] == charge_id
    ]
    return {"object": "list", "data": refunds, "has_more": False, "url": f"/v1/charges/{charge_id}/refunds"}


def page(call: Call, kind: str, *filters: str, where: Callable[[Json], bool] | None = None) -> Json:
    """One page of a list, newest first, by Stripe's cursors; `filters` are parameters that must match a field."""
    parameters = call.parameters
    limit = parameters.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid(f"Invalid limit: must be between 1 and 100, got {limit}", param="limit")
    for cursor in ("starting_after", "ending_before"):
        if cursor in parameters:
            find(call.world, kind, parameters[cursor], cursor)
    rows = [
        row
        for row in call.world.newest_first(KINDS[kind])
        if all(row.get(name) == parameters[name] for name in filters if name in parameters)
        and _in_range(row["created"], parameters.get("created"))
        and (where is None or where(row))
    ]
    rows, more = _cut(rows, parameters, limit)
    return render(
        call.world,
        {
            "object": "list",
            "data": [render(call.world, row) for row in rows],
            "has_more": more,
            "url": call.path,
        },
        parameters.get("expand", ()),
    )


def _cut(rows: list[Json], parameters: Json, limit: int) -> tuple[list[Json], bool]:
    ids = [row["id"] for row in rows]
    if (after := parameters.get("starting_after")) in ids:
        rows = rows[ids.index(after) + 1 :]
    elif (before := parameters.get("ending_before")) in ids:
        rows = rows[: ids.index(before)]
        return rows[-limit:], len(rows) > limit
    return rows[:limit], len(rows) > limit


def _in_range(created: int, bounds: Json | None) -> bool:
    tests: dict[str, Callable[[int], bool]] = {
        "eq": lambda bound: created == bound,
        "gt": lambda bound: created > bound,
        "gte": lambda bound: created >= bound,
        "lt": lambda bound: created < bound,
        "lte": lambda bound: created <= bound,
    }
    return all(tests[name](bound) for name, bound in (bounds or {}).items())
