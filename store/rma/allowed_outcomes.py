"""What may come of an item, and what follows by itself: by reason, wish and what is possible (RMA-2, RMA-3, RMA-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel import db
from store.rma.statuses import Acceptance, Outcome, Reception

Facts = Mapping[str, Any] | db.Row

_BY_WISH = {"refund": Outcome.REFUNDED, "replacement": Outcome.REPLACED, "repair": Outcome.REPAIRED}


def allowed_outcomes(unit: Facts, verdict: Acceptance) -> tuple[Outcome, ...]:
    """For a rma_unit's row, if it were accepted or rejected; what follows by itself stands first."""
    if unit["reception_status"] in {Reception.MISSING, Reception.LOST, Reception.AWAITED, Reception.NOT_SENT}:
        return (Outcome.NOT_SENT,) if verdict is Acceptance.REJECTED else ()
    if verdict is Acceptance.REJECTED:
        return () if unit["kept_at"] else (Outcome.SENT_BACK,)
    if verdict is not Acceptance.ACCEPTED or unit["reception_status"] != Reception.RECEIVED:
        return ()
    possible = (*_by_reason(unit), Outcome.SENT_BACK)
    return tuple(dict.fromkeys(outcome for outcome in possible if _is_possible(unit, outcome)))


def default_outcome(unit: Facts, verdict: Acceptance) -> Outcome | None:
    """What customer service chose, else what follows by itself; None when somebody has to choose."""
    allowed = allowed_outcomes(unit, verdict)
    if unit["chosen_outcome"] is not None:
        chosen = Outcome(unit["chosen_outcome"])
        return chosen if chosen in allowed else None
    due = _due(unit) if verdict is Acceptance.ACCEPTED else next(iter(allowed), None)
    return due if due in allowed else None


def _due(unit: Facts) -> Outcome:
    return Outcome.CREDITED if unit["reason"] == "wrong_order" else _BY_WISH[unit["wish"]]


def _by_reason(unit: Facts) -> tuple[Outcome, ...]:
    if unit["reason"] == "wrong_order":
        return (Outcome.CREDITED,)
    if unit["reason"] == "wrong_delivery":
        return (_due(unit), Outcome.REPLACED, Outcome.REFUNDED)
    return (_due(unit), Outcome.REPAIRED, Outcome.REPLACED, Outcome.REFUNDED)


def _is_possible(unit: Facts, outcome: Outcome) -> bool:
    if outcome in {Outcome.CREDITED, Outcome.REFUNDED}:  # only what we sold can be paid back
        return unit["shipment_line_id"] is not None and unit["goods_minor"] > 0
    if outcome is Outcome.REPLACED:  # a defect out of warranty is repaired for its price
        return unit["reason"] != "defective" or bool(unit["in_warranty"])
    if outcome is Outcome.REPAIRED:
        return not unit["repair_given_up"] and unit["kept_at"] is None
    return unit["kept_at"] is None  # what is ours again can't be sent back
