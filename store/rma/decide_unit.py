"""Customer service decides about an item: accepted or not, and what comes of it (RMA-17, RMA-18, REF-9)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.markets import get_market
from store.rma import history
from store.rma.allowed_outcomes import allowed_outcomes
from store.rma.desk_errors import NothingToDecide, OutcomeAboveLimit, OutcomeNotAllowed
from store.rma.find_returns import WholeReturn, lock_return
from store.rma.statuses import Acceptance, Outcome
from store.rma.write_unit import item_of, set_unit

PAID_BACK = frozenset({Outcome.CREDITED, Outcome.REFUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideUnit:
    """`outcome` None takes what follows by itself; the note is for colleagues."""

    rma_id: UUID
    position: int
    verdict: Acceptance
    principal: Principal
    outcome: Outcome | None = None
    note: str = ""


async def decide_unit(command: DecideUnit) -> None:
    """The first decision counts; the same one again changes nothing.

    Raises NothingToDecide, OutcomeNotAllowed, OutcomeAboveLimit, NotFound.
    """
    async with db.unit_of_work():
        whole = await lock_return(command.rma_id)
        unit = whole.unit(command.position)
        if _same(command, unit):
            return
        if unit["acceptance_status"] != Acceptance.NEEDS_DECISION or unit["outcome"] is not None:
            raise NothingToDecide(item=item_of(unit), state=unit["outcome"] or unit["acceptance_status"])
        outcome = _outcome(command, unit)
        _check_limit(command, whole, unit, outcome)
        await set_unit(
            unit,
            acceptance_status=command.verdict,
            chosen_outcome=outcome,
            decided_by=command.principal.name,
            decided_at=clock.now(),
            decision_note=command.note,
            obstacle=None,
        )
        await _tell(command, whole, unit, outcome)


def _same(command: DecideUnit, unit: db.Row) -> bool:
    return bool(
        unit["acceptance_status"] == command.verdict
        and unit["decided_by"] == command.principal.name
        and command.outcome in {None, unit["chosen_outcome"]}
    )


def _outcome(command: DecideUnit, unit: db.Row) -> Outcome:
    allowed = allowed_outcomes(unit, command.verdict)
    outcome = command.outcome or next(iter(allowed), None)
    if outcome is None or outcome not in allowed:
        both = dict.fromkeys(
            (*allowed_outcomes(unit, Acceptance.ACCEPTED), *allowed_outcomes(unit, Acceptance.REJECTED))
        )
        raise OutcomeNotAllowed(
            item=item_of(unit), outcome=command.outcome, offered=[each.value for each in allowed or both]
        )
    return outcome


def _check_limit(command: DecideUnit, whole: WholeReturn, unit: db.Row, outcome: Outcome) -> None:
    """What a person pays back by decision stays within what this person may refund alone."""
    if outcome not in PAID_BACK or command.principal.kind == "admin":
        return
    currency = whole.rma["currency"]
    limit = command.principal.refund_limits.get(
        currency, get_market(whole.rma["market"]).policy.agent_refund_limit_minor
    )
    fee = unit["fee_minor"] if outcome is Outcome.CREDITED else 0
    if unit["goods_minor"] - fee > limit:
        raise OutcomeAboveLimit(
            amount=Money(unit["goods_minor"] - fee, currency), limit=Money(limit, currency), item=item_of(unit)
        )


async def _tell(command: DecideUnit, whole: WholeReturn, unit: db.Row, outcome: Outcome) -> None:
    rma_id, item = whole.rma["id"], item_of(unit)
    await history.record(rma_id, "unit_decided", unit_id=unit["id"], actor=command.principal.name, item=item)
    await audit.record(
        command.principal.name,
        "decide_return_unit",
        "rma",
        rma_id,
        number=whole.rma["number"],
        item=item,
        verdict=command.verdict.value,
        outcome=outcome.value,
        note=command.note,
    )
    await outbox.stage("rma.unit_inspected", rma_id=rma_id, rma_unit_id=unit["id"], inspection_id=new_id())
