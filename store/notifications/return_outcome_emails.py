"""What became of a return, step by step: received, inspected, settled, closed, expired (RMA-16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.notifications import kinds
from store.notifications.return_facts import described_item, given_up, return_locale, return_money, write_about
from store.notifications.write_email import is_written
from store.orders.find_orders import order_numbers
from store.rma.allowed_outcomes import default_outcome
from store.rma.find_returns import WholeReturn, load_return
from store.rma.statuses import Acceptance
from store.rma.write_unit import item_of


async def on_units_received(rma_id: str, rma_unit_ids: Sequence[str], reception_id: str, **_: Any) -> None:
    """Consumer of rma.unit_received: one e-mail per parcel, with what was in it."""
    key = f"rma.received:{reception_id}"
    if await is_written(key):
        return
    whole = await load_return(UUID(rma_id))
    units = [unit for unit in whole.units if str(unit["id"]) in set(rma_unit_ids)]
    await write_about(key, kinds.RMA_RECEIVED, whole, **received(whole, units))


def received(whole: WholeReturn, units: Sequence[db.Row]) -> dict[str, Any]:
    """What was in the parcel, and what came in place of something else."""
    others = [unit for unit in units if unit["reception_status"] == "wrong_item"]
    return {
        "items": [described_item(unit, whole) for unit in units if unit["reception_status"] == "received"],
        "others": [{"item": item_of(unit), "received": unit["received_serial"] or "–"} for unit in others],
    }


async def on_unit_inspected(rma_id: str, rma_unit_id: str, inspection_id: str) -> None:
    """Consumer of rma.unit_inspected: accepted with what follows, not accepted with the reason, or looked into."""
    key = f"rma.inspected:{inspection_id}"
    if await is_written(key):
        return
    whole, unit = await _load(rma_id, rma_unit_id)
    await write_about(key, kinds.RMA_INSPECTED, whole, **inspected(whole, unit))


def inspected(whole: WholeReturn, unit: db.Row) -> dict[str, Any]:
    """The verdict, why, and what follows."""
    verdict = Acceptance(unit["acceptance_status"])
    follows = unit["outcome"] or default_outcome(unit, verdict)
    rejection = unit["rejection"] if verdict is Acceptance.REJECTED else None
    return {
        "item": item_of(unit),
        "items": [described_item(unit, whole)],
        "verdict": verdict.value,
        "not_repairable": unit["obstacle"] == "not_repairable",
        "rejection": status_label(f"rejection_{rejection}", return_locale(whole)) if rejection else None,
        "follows": str(follows) if follows else None,
        "fee": return_money(whole, unit["fee_minor"]),
    }


async def on_unit_settled(rma_id: str, rma_unit_id: str, **_: Any) -> None:
    """Consumer of rma.unit_settled: the amount, the order of the replacement, or that it is on its way back."""
    whole, unit = await _load(rma_id, rma_unit_id)
    outcome = unit["outcome"] or ("repaired" if unit["repaired_at"] else None)
    key = f"rma.settled:{rma_unit_id}:{outcome}"
    if outcome is None or await is_written(key):
        return
    order_ids = [each for each in (unit["replacement_order_id"], unit["repair_order_id"]) if each]
    numbers = await order_numbers(order_ids)
    refund = await db.fetchrow(
        "select r.amount_minor, n.number from refund r left join credit_note n on n.refund_id = r.id where r.id = $1",
        unit["refund_id"],
    )
    await write_about(
        key,
        kinds.RMA_SETTLED,
        whole,
        item=item_of(unit),
        items=[described_item(unit, whole)],
        outcome=str(outcome),
        amount=return_money(whole, refund["amount_minor"]) if refund else None,
        credit_note=refund["number"] if refund else None,
        replacement=numbers.get(unit["replacement_order_id"]),
        to_pay=await _to_pay(whole, unit) if outcome == "repaired" else None,
    )


async def on_return_closed(rma_id: str, **_: Any) -> None:
    """Consumer of rma.closed: each item with what came of it. A return that was opened again is closed anew."""
    whole = await load_return(UUID(rma_id))
    closed_at = whole.rma["closed_at"]
    key = f"rma.closed:{rma_id}:{closed_at.isoformat() if closed_at else ''}"
    if closed_at is None or await is_written(key):
        return
    await write_about(key, kinds.RMA_CLOSED, whole, rows=outcomes(whole))


def outcomes(whole: WholeReturn) -> list[tuple[str, str]]:
    """What came of each item: (item, in words)."""
    locale = return_locale(whole)
    return [(item_of(unit), status_label(unit["outcome"] or "", locale)) for unit in whole.units]


async def on_return_expired(rma_id: str, **_: Any) -> None:
    """Consumer of rma.expired: nothing arrived in time, and what to do now."""
    key = f"rma.expired:{rma_id}"
    if await is_written(key):
        return
    whole = await load_return(UUID(rma_id))
    await write_about(key, kinds.RMA_EXPIRED, whole, **given_up(whole))


async def _load(rma_id: str, rma_unit_id: str) -> tuple[WholeReturn, db.Row]:
    whole = await load_return(UUID(rma_id))
    return whole, next(unit for unit in whole.units if unit["id"] == UUID(rma_unit_id))


async def _to_pay(whole: WholeReturn, unit: db.Row) -> Money | None:
    """What is still owed for a repair."""
    owed = await db.fetchval(
        "select sum(amount_minor)::bigint from charge where order_id = $1 and status = 'invoiced'",
        unit["repair_order_id"],
    )
    return return_money(whole, owed) if owed else None
