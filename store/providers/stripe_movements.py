"""Stripe's own books: the balance transactions, each with the object that moved the money."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from store.payments.port import Movement
from store.providers.stripe_amounts import from_stripe
from store.providers.stripe_calls import Json, StripeCalls

_KINDS = {
    "charge": "capture",
    "payment": "capture",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payment_failure_refund": "refund_failure",
    "dispute": "dispute",
    "dispute_reversal": "dispute_reversal",
    "stripe_fee": "fee",
    "fee": "fee",
    "network_cost": "fee",
    "payout": "payout",
    "payout_cancel": "payout",
    "payout_failure": "payout",
}


async def list_movements(calls: StripeCalls, since: datetime, until: datetime) -> AsyncIterator[Movement]:
    """Oldest first; Stripe lists the newest first, so a window is read whole before it is told."""
    window = {
        "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
        "expand": ["data.source"],
    }
    rows = [row async for row in calls.pages(calls.v1.balance_transactions.list_async, window)]
    for row in reversed(rows):
        yield _movement(row)


def _movement(row: Json) -> Movement:
    source = row["source"] if isinstance(row["source"], Mapping) else {}
    kind = _KINDS.get(row["type"]) or _KINDS.get(row["reporting_category"]) or "other"
    parent = source.get("payment_intent") if kind == "capture" else source.get("charge")
    return Movement(
        provider="stripe",
        provider_ref=source.get("id") or row["source"] or row["id"],
        kind=kind,
        parent_ref=parent["id"] if isinstance(parent, Mapping) else parent,
        amount=from_stripe(row["amount"], row["currency"]),
        fee=from_stripe(row["fee"], row["currency"]),
        moved_at=datetime.fromtimestamp(row["created"], UTC),
    )
