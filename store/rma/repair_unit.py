"""An accepted item is repaired: free in warranty, else for the price that was accepted and invoiced (RMA-8, RMA-18)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.ids import new_id
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.errors import CancellationTooLate, OrderNotConfirmed
from store.orders.open_service_order import service_done
from store.orders.settle_placement import lock_order
from store.rma import history
from store.rma.desk_errors import NotInRepair
from store.rma.find_returns import WholeReturn, load_return, lock_return
from store.rma.send_back_unit import give_up_repair, own_goods_order
from store.rma.statuses import Acceptance
from store.rma.write_unit import item_of, leave_to_a_person, set_unit
from store.warranty import record_event


async def begin_repair(whole: WholeReturn, unit: db.Row) -> None:
    """To the workshop: with the order that was made at confirmation, or with a free one. The return is locked."""
    if unit["repair_order_id"] is None:
        order = await own_goods_order(whole, unit, "repair", ready=False)
        await set_unit(unit, repair_order_id=order.order_id)
    known = await db.fetchval(
        "select exists (select from rma_event where rma_id = $1 and unit_id = $2 and kind = 'unit_in_repair')",
        whole.rma["id"],
        unit["id"],
    )
    if not known:
        await history.record(whole.rma["id"], "unit_in_repair", unit_id=unit["id"], item=item_of(unit))


async def report_repaired(rma_id: UUID, position: int, *, actor: str) -> None:
    """The workshop is done: the parcel may leave once it is paid. Twice changes nothing.

    Raises NotInRepair, NotFound.
    """
    async with db.unit_of_work():
        whole, unit = await _in_workshop(rma_id, position)
        if unit["repaired_at"] is not None:
            return
        _check(unit)
        await service_done(unit["repair_order_id"], actor=actor)
        await set_unit(unit, repaired_at=clock.now())
        await history.record(rma_id, "unit_repaired", unit_id=unit["id"], actor=actor, item=item_of(unit))
        if unit["unit_id"] is not None:
            await record_event(unit["unit_id"], "repaired")
        await outbox.stage("rma.unit_settled", rma_id=whole.rma["id"], rma_unit_id=unit["id"])


async def report_not_repairable(rma_id: UUID, position: int, *, actor: str, note: str = "") -> None:
    """It can't be repaired: its invoice is credited, and customer service decides. Raises NotInRepair, NotFound."""
    async with db.unit_of_work():
        whole, unit = await _in_workshop(rma_id, position)
        if unit["obstacle"] == "not_repairable":
            return
        _check(unit)
        await history.record(rma_id, "unit_not_repairable", unit_id=unit["id"], actor=actor, item=item_of(unit))
        await set_unit(unit, inspection_note=note or unit["inspection_note"])
        await give_up_repair(unit)
        await leave_to_a_person(unit, "not_repairable")
        await outbox.stage("rma.unit_inspected", rma_id=whole.rma["id"], rma_unit_id=unit["id"], inspection_id=new_id())


async def cancel_repair(order_id: str) -> None:
    """Consumer of `repair.given_up`: the invoice is credited, or what was paid goes back; twice changes nothing."""
    try:
        await cancel_order(CancelOrder(order_id=UUID(order_id), actor="store", reason="repair_given_up", any_day=True))
    except (OrderNotConfirmed, CancellationTooLate):
        return  # It is cancelled, or it has left repaired.


async def _in_workshop(rma_id: UUID, position: int) -> tuple[WholeReturn, db.Row]:
    """The item, its order and its return locked in this order."""
    order_id = (await load_return(rma_id)).unit(position)["repair_order_id"]
    if order_id is not None:
        await lock_order(order_id)
    whole = await lock_return(rma_id)
    return whole, whole.unit(position)


def _check(unit: db.Row) -> None:
    in_repair = unit["repair_order_id"] is not None and not unit["repair_given_up"] and unit["repaired_at"] is None
    if not in_repair or unit["acceptance_status"] != Acceptance.ACCEPTED or unit["outcome"] is not None:
        raise NotInRepair(item=item_of(unit))
