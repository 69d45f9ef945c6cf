"""What was found of an item is carried out, once: credit, refund, replacement, repair, or the way back (RMA-18).

The worker does it, so that an inspection never fails for the money's sake. What the rules of another room refuse (the
item was refunded meanwhile, the payment is disputed, …) is left to customer service.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from store.kernel import db, outbox
from store.kernel.errors import StoreError
from store.payments.tables import lock_payment_of_order
from store.rma.allowed_outcomes import default_outcome
from store.rma.credit_unit import credit_unit, refund_unit
from store.rma.desk_errors import OBSTACLES
from store.rma.find_returns import WholeReturn, lock_orders_of, lock_return
from store.rma.repair_unit import begin_repair
from store.rma.replace_unit import replace_unit
from store.rma.send_back_unit import keep_nothing, send_back_unit
from store.rma.statuses import Acceptance, Outcome
from store.rma.write_unit import leave_to_a_person

WAIT_SECONDS = 5.0  # for a charge that is just being captured
VERDICTS = frozenset({Acceptance.ACCEPTED, Acceptance.REJECTED})
GIVEN = frozenset({Outcome.CREDITED, Outcome.REFUNDED, Outcome.REPLACED})
# Nobody gets the money for a piece and another piece for it, unless a person says so (REF-7).
NOTHING_LEFT = """
select l.quantity - l.canceled_quantity
    - (select coalesce(sum(x.quantity), 0) from refund_line x join refund f on f.id = x.refund_id
       where x.shipment_line_id = l.id and f.status <> 'rejected' and x.reason <> 'canceled')
    - (select count(*) from rma_unit r where r.shipment_line_id = l.id and r.id <> $2 and r.outcome = 'replaced') < 1
from shipment_line l where l.id = $1
"""
# What was taken for its parcel, and has gone back.
MONEY = """
select sum(k.amount_minor)::bigint as captured, sum(k.refunded_minor)::bigint as refunded,
       sum(k.disputed_minor)::bigint as disputed
from shipment_line l
join charge c on c.order_id = l.order_id and (c.shipment_id = l.shipment_id or c.shipment_id is null)
join capture k on k.charge_id = c.id and k.status = 'succeeded' where l.id = $1
"""

_STEPS: dict[Outcome, Callable[[WholeReturn, db.Row], Awaitable[None]]] = {
    Outcome.CREDITED: credit_unit,
    Outcome.REFUNDED: refund_unit,
    Outcome.REPLACED: replace_unit,
    Outcome.REPAIRED: begin_repair,
    Outcome.SENT_BACK: send_back_unit,
    Outcome.NOT_SENT: keep_nothing,
}


async def settle_unit(rma_id: str, rma_unit_id: str, **_: Any) -> None:
    """Consumer of `rma.unit_inspected`; a second run finds it done. Raises outbox.Later while a capture is open."""
    try:
        await _settle(UUID(rma_id), UUID(rma_unit_id))
    except StoreError as refused:
        if refused.code not in {*OBSTACLES, "wrong_state"}:
            raise
        await _give_to_a_person(UUID(rma_id), UUID(rma_unit_id), refused.code)


async def _settle(rma_id: UUID, rma_unit_id: UUID) -> None:
    async with db.unit_of_work():
        # Orders, then payments, then the return: the lock order of everything that moves money.
        for order_id in await lock_orders_of(rma_id):
            await lock_payment_of_order(order_id)
        whole, unit = await _waiting(rma_id, rma_unit_id)
        if unit is None:
            return
        outcome = default_outcome(unit, Acceptance(unit["acceptance_status"]))
        if outcome is None:
            await leave_to_a_person(unit, "no_outcome")
            return
        if outcome in GIVEN and unit["chosen_outcome"] is None:
            obstacle = await _given_before(unit, outcome)
            if obstacle is not None:
                await leave_to_a_person(unit, obstacle)
                return
        if outcome in {Outcome.CREDITED, Outcome.REFUNDED}:
            await _wait_for_capture(unit)
        await _STEPS[outcome](whole, unit)


async def _waiting(rma_id: UUID, rma_unit_id: UUID) -> tuple[WholeReturn, db.Row | None]:
    """The return, locked, and the item if something is still to be done about it."""
    whole = await lock_return(rma_id)
    unit = next(unit for unit in whole.units if unit["id"] == rma_unit_id)
    done = unit["outcome"] is not None or unit["closed_at"] is not None
    return whole, None if done or unit["acceptance_status"] not in VERDICTS else unit


async def _given_before(unit: db.Row, outcome: Outcome) -> str | None:
    """Why its owner may have had what is due already: from the desk meanwhile, from the bank, or for another item."""
    if await db.fetchval(NOTHING_LEFT, unit["shipment_line_id"], unit["id"]):
        return "already_refunded"
    if outcome is not Outcome.REPLACED:
        return None  # Refunds look at their money themselves.
    money = await db.fetchrow(MONEY, unit["shipment_line_id"])
    if money is None or not money["captured"] or money["refunded"] + money["disputed"] < money["captured"]:
        return None
    return "money_disputed" if money["disputed"] else "refund_exceeds_captured"


async def _wait_for_capture(unit: db.Row) -> None:
    capturing = await db.fetchval(
        "select exists (select from shipment_line l join charge c on c.order_id = l.order_id"
        " and (c.shipment_id = l.shipment_id or c.shipment_id is null)"
        " where l.id = $1 and c.status = 'capturing')",
        unit["shipment_line_id"],
    )
    if capturing:
        raise outbox.Later(WAIT_SECONDS)


async def _give_to_a_person(rma_id: UUID, rma_unit_id: UUID, code: str) -> None:
    async with db.unit_of_work():
        _, unit = await _waiting(rma_id, rma_unit_id)
        if unit is not None:
            await leave_to_a_person(unit, code if code in OBSTACLES else "no_outcome")
