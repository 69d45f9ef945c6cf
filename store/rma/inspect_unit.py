"""The inspector looks at an item that has arrived: accepted, rejected, or left to customer service (RMA-17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.attachments import link_files
from store.kernel.ids import new_id
from store.rma import history
from store.rma.desk_errors import InspectedBefore, NotAsNew, NotInspectable, RejectionWithoutReason
from store.rma.find_returns import lock_return
from store.rma.statuses import Acceptance, Reception
from store.rma.write_unit import checked_off, item_of, set_unit

ARRIVED = frozenset({Reception.RECEIVED, Reception.WRONG_ITEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectUnit:
    """`as_new`: it can be sold again. `rejection` is the code of a reason; `accessories` are codes of what came along.

    `photo_ids` are files that were sent before, by `identity`.
    """

    rma_id: UUID
    position: int
    verdict: Acceptance
    actor: str
    as_new: bool = False
    rejection: str | None = None
    note: str = ""
    accessories: Sequence[str] | None = None
    photo_ids: Sequence[UUID] = ()
    identity: str = ""


async def inspect_unit(command: InspectUnit) -> None:
    """What follows from it is done by the worker. The same inspection twice changes nothing.

    Raises NotInspectable, InspectedBefore, NotAsNew, RejectionWithoutReason, UnknownAccessory, NotFound.
    """
    async with db.unit_of_work():
        whole = await lock_return(command.rma_id)
        unit = whole.unit(command.position)
        if _same(command, unit):
            return
        _check(command, unit)
        if command.photo_ids:
            await link_files(
                command.photo_ids, by=command.identity, owner_kind="rma_inspection", owner_id=whole.rma["id"]
            )
        await set_unit(unit, **_findings(command, unit))
        await history.record(
            whole.rma["id"],
            f"unit_{command.verdict}",
            unit_id=unit["id"],
            actor=command.actor,
            item=item_of(unit),
            reason=f"rejection_{command.rejection}" if command.rejection else "",
        )
        await outbox.stage("rma.unit_inspected", rma_id=whole.rma["id"], rma_unit_id=unit["id"], inspection_id=new_id())


def _same(command: InspectUnit, unit: db.Row) -> bool:
    return bool(
        unit["inspected_at"]
        and unit["acceptance_status"] == command.verdict
        and unit["inspected_by"] == command.actor
        and (unit["as_new"], unit["rejection"], unit["inspection_note"])
        == (command.as_new, command.rejection, command.note)
    )


def _check(command: InspectUnit, unit: db.Row) -> None:
    item, verdict = item_of(unit), command.verdict
    if unit["reception_status"] not in ARRIVED:
        raise NotInspectable(item=item, state=unit["reception_status"])
    waits = unit["acceptance_status"] == Acceptance.NEEDS_DECISION and verdict is Acceptance.NEEDS_DECISION
    if unit["closed_at"] or not (unit["acceptance_status"] == Acceptance.PENDING or waits):
        raise InspectedBefore(item=item, state=unit["acceptance_status"])
    if verdict is Acceptance.ACCEPTED and unit["reason"] == "wrong_order" and not command.as_new:
        raise NotAsNew(item=item)
    if verdict is Acceptance.REJECTED and command.rejection is None:
        raise RejectionWithoutReason(item=item)


def _findings(command: InspectUnit, unit: db.Row) -> dict[str, Any]:
    found: dict[str, Any] = {
        "acceptance_status": command.verdict,
        "as_new": command.as_new,
        "rejection": command.rejection,
        "inspection_note": command.note,
        "inspected_by": command.actor,
        "inspected_at": clock.now(),
        "inspection_ids": [*unit["inspection_ids"], *command.photo_ids],
    }
    if command.accessories is not None:
        found["accessories"] = checked_off(unit, command.accessories, complete=True)
    return found
