"""PayPal's own books: its transaction report, which real PayPal fills with up to three hours' delay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from store.kernel.money import Money
from store.payments.port import Movement
from store.providers.paypal_amounts import from_paypal
from store.providers.paypal_http import PayPalCalls

# The report takes at most 31 days at a time.
WINDOW = timedelta(days=31)
PAGE_LENGTH = 500
# https://developer.paypal.com/docs/transaction-search/transaction-event-codes/, the longest beginning wins
_KINDS = {
    "T00": "capture",
    "T01": "fee",
    "T03": "other",
    "T04": "payout",
    "T1106": "dispute",
    "T1107": "refund",
    "T1108": "fee",
    "T1110": "dispute",
    "T1111": "dispute_reversal",
    "T1201": "dispute",
    "T1202": "dispute_reversal",
    "T1207": "dispute_reversal",
    "T1208": "dispute_reversal",
    "T20": "payout",
}


async def list_movements(calls: PayPalCalls, since: datetime, until: datetime) -> AsyncIterator[Movement]:
    """Oldest first."""
    start = since
    while start < until:
        end = min(start + WINDOW, until)
        rows = [row["transaction_info"] async for row in _rows(calls, start, end)]
        movements = [await _with_dispute(calls, _movement(row)) for row in rows if _moved(row)]
        for movement in sorted(movements, key=lambda found: found.moved_at):
            if start <= movement.moved_at < end:
                yield movement
        start = end


async def _rows(calls: PayPalCalls, start: datetime, end: datetime) -> AsyncIterator[Mapping[str, Any]]:
    number, pages = 1, 1
    while number <= pages:
        answer = await calls.get(
            "v1/reporting/transactions",
            start_date=_moment(start),
            end_date=_moment(end),
            fields="transaction_info",
            balance_affecting_records_only="Y",
            page_size=PAGE_LENGTH,
            page=number,
        )
        for row in answer.get("transaction_details") or ():
            yield row
        pages = int(answer.get("total_pages") or 0)
        number += 1


def _moved(info: Mapping[str, Any]) -> bool:
    """Denied (D) and pending (P) transactions moved nothing; S and V (refunded since) did."""
    return info.get("transaction_status") not in {"D", "P"}


async def _with_dispute(calls: PayPalCalls, movement: Movement) -> Movement:
    """The report names a chargeback by a transaction of its own; the store knows it by its dispute."""
    if not movement.kind.startswith("dispute") or not movement.parent_ref:
        return movement
    answer = await calls.get("v1/customer/disputes", disputed_transaction_id=movement.parent_ref)
    disputes = answer.get("items") or ()
    return replace(movement, provider_ref=disputes[0]["dispute_id"]) if disputes else movement


def _movement(info: Mapping[str, Any]) -> Movement:
    amount = from_paypal(info["transaction_amount"])
    fee = info.get("fee_amount")
    return Movement(
        provider="paypal",
        provider_ref=info["transaction_id"],
        kind=_kind(info.get("transaction_event_code", ""), amount),
        parent_ref=info.get("paypal_reference_id"),
        amount=amount,
        fee=-from_paypal(fee) if fee else Money.zero(amount.currency),
        moved_at=datetime.fromisoformat(info["transaction_initiation_date"]),
    )


def _kind(code: str, amount: Money) -> str:
    """A hold for a dispute (T1110) takes money; where it gives, it is the money of a refund that failed."""
    kind = _KINDS.get(code) or _KINDS.get(code[:3], "other")
    if code == "T1110" and amount.amount_minor > 0:
        return "refund_failure"
    return "other" if kind == "capture" and amount.amount_minor < 0 else kind


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
