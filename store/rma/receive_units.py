"""The warehouse receives parcels of a return, on one day or several, and says when nothing more will come (RMA-17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from store.kernel import clock, db, outbox
from store.kernel.ids import new_id
from store.rma import history
from store.rma.desk_errors import NotLost, ReturnNotReceivable, ReturnUnitSettled
from store.rma.errors import UnitInOpenReturn
from store.rma.find_returns import WholeReturn, lock_return
from store.rma.match_parcel import Match, ScannedUnit, match_scans
from store.rma.statuses import RECEPTION, RETURN, Acceptance, Reception, ReturnStatus
from store.rma.write_unit import checked_off, item_of, set_unit
from store.warranty import record_event

# Goods that were given up, or said to be lost, may arrive all the same.
OVER = frozenset({ReturnStatus.CANCELED, ReturnStatus.EXPIRED, ReturnStatus.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveUnits:
    """What lay in a parcel. The same scan twice changes nothing."""

    rma_id: UUID
    scans: Sequence[ScannedUnit]
    actor: str


async def receive_units(command: ReceiveUnits) -> list[int]:
    """Returns the positions that have changed. Goods of a return that is over open it again, for a decision.

    Raises ReturnNotReceivable, WhichUnit, ReturnUnitSettled, UnitInOpenReturn, UnknownAccessory, NotFound.
    """
    try:
        return await _receive_all(command)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "rma_unit_open":
            raise
        raise UnitInOpenReturn(item="–", number="") from error  # confirmed for another return this very moment


async def _receive_all(command: ReceiveUnits) -> list[int]:
    async with db.unit_of_work():
        whole = await lock_return(command.rma_id)
        late = whole.rma["status"] in OVER
        if not late and whole.rma["status"] not in {ReturnStatus.CONFIRMED, ReturnStatus.RECEIVING}:
            raise ReturnNotReceivable(number=whole.rma["number"] or "–", state=whole.rma["status"])
        if late and whole.rma["number"] is None:
            raise ReturnNotReceivable(number="–", state=whole.rma["status"])
        changed = [match for match in match_scans(whole, command.scans) if await _receive(match, command.actor)]
        if changed:
            await _is_receiving(whole, command.actor)
            await outbox.stage(
                "rma.unit_received",
                rma_id=whole.rma["id"],
                rma_unit_ids=[match.unit["id"] for match in changed],
                reception_id=new_id(),
            )
    return [match.unit["position"] for match in changed]


async def complete_reception(rma_id: UUID, *, actor: str) -> list[int]:
    """Nothing more will come: what is awaited is missing, and customer service decides about it.

    Raises ReturnNotReceivable.
    """
    async with db.unit_of_work():
        whole = await lock_return(rma_id)
        missing = [unit for unit in whole.units if unit["reception_status"] == Reception.AWAITED]
        if whole.rma["status"] not in {ReturnStatus.CONFIRMED, ReturnStatus.RECEIVING}:
            raise ReturnNotReceivable(number=whole.rma["number"] or "–", state=whole.rma["status"])
        for unit in missing:
            await set_unit(unit, reception_status=Reception.MISSING, acceptance_status=Acceptance.NEEDS_DECISION)
            await history.record(rma_id, "unit_missing", unit_id=unit["id"], actor=actor, item=item_of(unit))
        if missing:
            await _is_receiving(whole, actor)
    return [unit["position"] for unit in missing]


async def report_lost(rma_id: UUID, position: int, *, actor: str) -> None:
    """The carrier lost it; customer service decides about it. Twice changes nothing. Raises NotLost, NotFound."""
    async with db.unit_of_work():
        whole = await lock_return(rma_id)
        unit = whole.unit(position)
        if unit["reception_status"] == Reception.LOST:
            return
        if not RECEPTION.allows(Reception(unit["reception_status"]), Reception.LOST) or unit["closed_at"]:
            raise NotLost(item=item_of(unit), state=unit["reception_status"])
        await set_unit(unit, reception_status=Reception.LOST, acceptance_status=Acceptance.NEEDS_DECISION)
        await history.record(rma_id, "unit_lost", unit_id=unit["id"], actor=actor, item=item_of(unit))
        await _is_receiving(whole, actor)


async def _receive(match: Match, actor: str) -> bool:
    unit, after = match.unit, match.reception
    same = unit["reception_status"] == after and unit["received_serial"] == match.received_serial
    accessories = checked_off(unit, match.accessories)
    if same and accessories == unit["accessories"]:
        return False
    if unit["outcome"] not in {None, "not_sent"}:
        raise ReturnUnitSettled(item=item_of(unit), outcome=unit["outcome"])
    changes: dict[str, Any] = {"accessories": accessories}
    if not same:
        changes |= {"reception_status": after, "received_serial": match.received_serial}
        changes |= await _needs_decision(match)
    await set_unit(unit, **changes)
    if not same:
        await _tell(match, actor)
    return True


async def _needs_decision(match: Match) -> dict[str, Any]:
    """What nobody awaited any more, or something else, is for customer service; it is held by this return again."""
    unit = match.unit
    if unit["outcome"] is None and match.reception is Reception.RECEIVED and unit["acceptance_status"] == "pending":
        return {}
    changes: dict[str, Any] = {"acceptance_status": Acceptance.NEEDS_DECISION}
    if unit["closed_at"] is not None:
        await _check_free(unit)
        changes |= {"outcome": None, "outcome_at": None, "closed_at": None, "obstacle": "arrived_late"}
        changes |= {"confirmed_at": unit["confirmed_at"] or clock.now(), "chosen_outcome": None}
    return changes


async def _check_free(unit: db.Row) -> None:
    """It may have been registered for another return since."""
    other = await db.fetchval(
        "select r.number from rma_unit u join rma r on r.id = u.rma_id where u.unit_id = $1 and u.id <> $2"
        " and u.confirmed_at is not null and u.closed_at is null",
        unit["unit_id"],
        unit["id"],
    )
    if other is not None:
        raise UnitInOpenReturn(item=item_of(unit), number=other)


async def _tell(match: Match, actor: str) -> None:
    unit = match.unit
    kind = "unit_received" if match.reception is Reception.RECEIVED else "unit_wrong_item"
    await history.record(
        unit["rma_id"],
        kind,
        unit_id=unit["id"],
        actor=actor,
        item=item_of(unit),
        received_serial=match.received_serial or "–",
    )
    if unit["unit_id"] is not None and match.reception is Reception.RECEIVED and match.received_serial is None:
        await record_event(unit["unit_id"], "return_received", public=False)


async def _is_receiving(whole: WholeReturn, actor: str) -> None:
    before = ReturnStatus(whole.rma["status"])
    if before is ReturnStatus.RECEIVING:
        return
    RETURN.check(before, ReturnStatus.RECEIVING)
    await db.execute(
        "update rma set status = 'receiving', received_at = coalesce(received_at, $2), closed_at = null,"
        " version = version + 1 where id = $1",
        whole.rma["id"],
        clock.now(),
    )
    if before in OVER:
        await history.record(whole.rma["id"], "reopened", actor=actor)
