"""E-mails about an order: confirmed, cancelled in part or whole (DOC-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.notifications import kinds
from store.notifications.order_facts import (
    AHEAD,
    LEFT,
    OrderFacts,
    address_lines,
    canceled_items,
    common_context,
    described_lines,
    described_shipments,
    load_facts,
    payment_context,
    totals,
)
from store.notifications.write_email import is_written, write_email
from store.orders.history import history

# Why the store cancels on its own: both times the money did not come.
UNPAID = {"payment_not_received", "transfer_not_received"}


async def on_order_confirmed(order_id: str, **_: Any) -> None:
    """Lines, sums, shipments with their dates, what is charged when, and the account for a transfer."""
    key = f"order.confirmed:{order_id}"
    if await is_written(key):
        return
    facts = await load_facts(UUID(order_id))
    if facts["origin"] != "shop":  # the return's own e-mails tell what it came to
        return
    await write_email(
        key=key,
        kind=kinds.ORDER_CONFIRMED,
        recipient=facts["email"],
        locale=facts.locale,
        order_id=facts["id"],
        context=confirmed_context(facts),
    )


async def on_order_canceled(order_id: str, outcome: str, cancellation_id: str, **_: Any) -> None:
    """What will not come, whether money goes back for it, and what still comes."""
    key = f"order.canceled:{cancellation_id}"
    if await is_written(key):
        return
    facts = await load_facts(UUID(order_id))
    partly = outcome == "partly_canceled"
    await write_email(
        key=key,
        kind=kinds.ORDER_PARTLY_CANCELED if partly else kinds.ORDER_CANCELED,
        recipient=facts["email"],
        locale=facts.locale,
        order_id=facts["id"],
        context=canceled_context(facts, partly=partly, unpaid=await _reason(facts, outcome) in UNPAID),
    )


def confirmed_context(facts: OrderFacts) -> dict[str, Any]:
    return {
        **common_context(facts),
        "placed_on": facts.day(facts["placed_at"]),
        "lines": described_lines(facts),
        "totals": totals(facts),
        "address": address_lines(facts, "shipping_address"),
        "shipments": described_shipments(facts, AHEAD | LEFT),
        "payment": payment_context(facts),
    }


def canceled_context(facts: OrderFacts, *, partly: bool, unpaid: bool) -> dict[str, Any]:
    return {
        **common_context(facts),
        "placed_on": facts.day(facts["placed_at"]),
        "canceled": canceled_items(facts),
        "unpaid": unpaid,
        "paid_back": _was_taken_at_once(facts),
        "rest": described_shipments(facts) if partly else [],
    }


async def _reason(facts: OrderFacts, outcome: str) -> str:
    entries = [entry for entry in await history(facts["id"], staff=True) if entry["kind"] == outcome]
    return str(entries[-1]["facts"].get("reason", "")) if entries else ""


def _was_taken_at_once(facts: OrderFacts) -> bool:
    """A charge for the whole order that was taken before the goods left; shares are taken only when theirs leave."""
    charges = facts.payment["charges"] if facts.payment else []
    return any(charge["shipment_id"] is None and charge["status"] in {"captured", "capturing"} for charge in charges)
