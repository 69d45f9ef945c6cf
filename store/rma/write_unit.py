"""Changes of a return's item: along the tables of its two axes, under the return's lock (RMA-17)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.i18n import N_
from store.rma import history
from store.rma.accessories import UnknownAccessory
from store.rma.find_returns import WholeReturn, lock_return
from store.rma.statuses import ACCEPTANCE, RECEPTION, RETURN, Acceptance, Reception, ReturnStatus
from store.warranty import register_events

# What the passport of a unit tells of returns; who and which return stays between us.
register_events(
    {
        "return_received": N_("Came back to us with a return."),
        "repaired": N_("Repaired by us."),
        "sent_back": N_("Sent back to its owner."),
    }
)


def item_of(unit: db.Row) -> str:
    """How sentences call it."""
    return str(unit["serial"] or unit["sku"])


async def set_unit(unit: db.Row, **changes: Any) -> None:
    """Of an item whose return is locked. Raises WrongState for a step that is in neither table."""
    reception, acceptance = changes.get("reception_status"), changes.get("acceptance_status")
    if reception is not None and reception != unit["reception_status"]:
        RECEPTION.check(Reception(unit["reception_status"]), Reception(reception))
    if acceptance is not None and acceptance != unit["acceptance_status"]:
        ACCEPTANCE.check(Acceptance(unit["acceptance_status"]), Acceptance(acceptance))
    names = ", ".join(f"{name} = ${position}" for position, name in enumerate(changes, start=2))
    await db.execute(f"update rma_unit set {names} where id = $1", unit["id"], *changes.values())


def checked_off(unit: db.Row, codes: Collection[str], *, complete: bool = False) -> list[dict[str, Any]]:
    """The checklist with what was found; `complete`: what isn't named is not there. Raises UnknownAccessory."""
    known = [each["code"] for each in unit["accessories"]]
    for code in codes:
        if code not in known:
            raise UnknownAccessory(accessory=code[:40], known=known, item=item_of(unit))
    return [
        {**each, "received": each["code"] in codes if complete or each["code"] in codes else each["received"]}
        for each in unit["accessories"]
    ]


async def leave_to_a_person(unit: db.Row, obstacle: str) -> None:
    """What was due can't be done: customer service decides, and knows why. The return is locked."""
    await set_unit(unit, acceptance_status=Acceptance.NEEDS_DECISION, obstacle=obstacle, chosen_outcome=None)
    await history.record(
        unit["rma_id"],
        "unit_not_settled",
        unit_id=unit["id"],
        public=False,
        item=item_of(unit),
        reason=f"obstacle_{obstacle}",
    )


async def close_unit(whole: WholeReturn, unit: db.Row, *, actor: str = "store", **changes: Any) -> None:
    """Nothing more is to be done about it; the return is closed with its last item (RMA-18). The return is locked."""
    await set_unit(unit, closed_at=clock.now(), **changes)
    await close_if_done(whole.rma["id"], actor=actor)


async def close_if_done(rma_id: UUID, *, actor: str = "store") -> bool:
    """The return is closed when every item is. In a unit of work."""
    whole = await lock_return(rma_id)
    if whole.rma["status"] != ReturnStatus.RECEIVING or any(unit["closed_at"] is None for unit in whole.units):
        return False
    RETURN.check(ReturnStatus(whole.rma["status"]), ReturnStatus.CLOSED)
    await db.execute(
        "update rma set status = 'closed', closed_at = $2, version = version + 1 where id = $1", rma_id, clock.now()
    )
    await history.record(rma_id, "closed", actor=actor)
    await outbox.stage("rma.closed", rma_id=rma_id)
    return True
