"""Customer service decides about an item: accepted or not, and what comes of it (RMA-17, RMA-18, REF-9)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.rma import history
from store.rma.allowed_outcomes import allowed_outcomes, default_outcome
from store.rma.desk_errors import NothingToDecide, OutcomeNotAllowed
from store.rma.find_returns import WholeReturn, lock_orders_of, lock_return
from store.rma.pay_back_limit import check_limit
from store.rma.statuses import Acceptance, Outcome
from store.rma.write_unit import item_of, set_unit


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
        await lock_orders_of(command.rma_id)
        whole = await lock_return(command.rma_id)
        unit = whole.unit(command.position)
        if _same(command, unit):
            return
        if unit["acceptance_status"] != Acceptance.NEEDS_DECISION or unit["outcome"] is not None:
            raise NothingToDecide(item=item_of(unit), state=unit["outcome"] or unit["acceptance_status"])
        outcome = _outcome(command, unit)
        await check_limit(whole, unit, outcome, command.principal)
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
    """What was chosen, or what follows by itself: nothing is paid back that nobody has named."""
    allowed = allowed_outcomes(unit, command.verdict)
    outcome = command.outcome or default_outcome(unit, command.verdict)
    if outcome is None or outcome not in allowed:
        both = dict.fromkeys(
            (*allowed_outcomes(unit, Acceptance.ACCEPTED), *allowed_outcomes(unit, Acceptance.REJECTED))
        )
        raise OutcomeNotAllowed(
            item=item_of(unit), outcome=command.outcome, offered=[each.value for each in allowed or both]
        )
    return outcome


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
