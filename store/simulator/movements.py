"""The bank's diary: every movement of money in a world, in the order in which it happened.

Kinds: authorization and release (a hold placed and given up, in whole or part), capture, fee, refund,
refund_failed (the money came back), dispute, dispute_fee, dispute_won (money and fee came back).
"""

from typing import Any

from store.simulator.world import World, new_id

Json = dict[str, Any]
SIGNS = {
    "capture": ("captured", 1),
    "refund": ("refunded", 1),
    "refund_failed": ("refunded", -1),
    "dispute": ("disputed", 1),
    "dispute_won": ("disputed", -1),
    "fee": ("fees", 1),
    "dispute_fee": ("fees", 1),
    "dispute_fee_returned": ("fees", -1),
}


def record_movement(
    world: World,
    provider: str,
    kind: str,
    *,
    ref: str,
    parent_ref: str | None,
    amount_minor: int,
    currency: str,
    facts: Json | None = None,
) -> None:
    world.put(
        "movements",
        {
            "id": new_id("mv_"),
            "provider": provider,
            "kind": kind,
            "ref": ref,
            "parent_ref": parent_ref,
            "amount_minor": amount_minor,
            "currency": currency.lower(),
            **(facts or {}),
            "at": world.iso(),
        },
    )


def books(world: World) -> Json:
    """Totals per provider and currency, and the movements that they are the sum of."""
    totals: dict[str, dict[str, dict[str, int]]] = {"stripe": {}, "paypal": {}}
    for movement in world.all("movements"):
        page = _page(totals, movement["provider"], movement["currency"])
        if movement["kind"] in SIGNS:
            column, sign = SIGNS[movement["kind"]]
            page[column] += sign * movement["amount_minor"]
    for payment_intent in world.all("stripe.payment_intents"):
        _page(totals, "stripe", payment_intent["currency"])["authorized_open"] += payment_intent["amount_capturable"]
    for authorization in world.all("paypal.authorizations"):
        if authorization["status"] in {"CREATED", "PARTIALLY_CAPTURED"}:
            page = _page(totals, "paypal", authorization["amount"]["currency_code"].lower())
            page["authorized_open"] += authorization["_amount_minor"] - authorization["_captured_minor"]
    for pages in totals.values():
        for page in pages.values():
            page["net"] = page["captured"] - page["refunded"] - page["disputed"] - page["fees"]
    movements = [{key: value for key, value in row.items() if key != "id"} for row in world.all("movements")]
    return {**totals, "movements": movements}


def _page(totals: dict[str, dict[str, dict[str, int]]], provider: str, currency: str) -> dict[str, int]:
    columns = ("authorized_open", "captured", "refunded", "disputed", "fees", "net")
    return totals[provider].setdefault(currency, dict.fromkeys(columns, 0))
