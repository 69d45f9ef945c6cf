"""An accepted item is paid back through the refunds' use case: credit note, journal, money (RMA-2, RMA-3, REF-8)."""

from __future__ import annotations

from store.carts.make_quote import default_warehouse
from store.inventory import Want, restock
from store.kernel import clock, db, outbox
from store.kernel.money import Money
from store.refunds import CommitRefund, RefundLine, commit_in_unit_of_work, get_refund
from store.rma import history
from store.rma.find_returns import WholeReturn
from store.rma.send_back_unit import give_up_repair
from store.rma.statuses import Outcome
from store.rma.write_unit import close_unit, item_of, set_unit
from store.warranty import take_back

# By what they were returned for: the reasons of refunds.
REASONS = {"wrong_order": "return_accepted", "wrong_delivery": "wrong_delivery", "defective": "defective"}


async def credit_unit(whole: WholeReturn, unit: db.Row) -> None:
    """RMA-2: the goods less the restocking fee. The order, its payment and the return are locked."""
    await _pay_back(whole, unit, Outcome.CREDITED, fee_minor=unit["fee_minor"])


async def refund_unit(whole: WholeReturn, unit: db.Row) -> None:
    """RMA-3: in full; with the shipping when the mistake was ours (REF-5)."""
    await _pay_back(whole, unit, Outcome.REFUNDED, fee_minor=0)


async def _pay_back(whole: WholeReturn, unit: db.Row, outcome: Outcome, *, fee_minor: int) -> None:
    committed = await commit_in_unit_of_work(
        CommitRefund(
            order_id=unit["order_id"],
            lines=[RefundLine(quantity=1, shipment_line_id=unit["shipment_line_id"])],
            reason=REASONS[unit["reason"]],
            fee_minor=fee_minor,
            request_key=f"rma:{unit['id']}",
            asked_at=whole.rma["created_at"],
            note=str(whole.rma["number"]),
        )
    )
    refund = await get_refund(committed.refund_id)
    await history.record(
        whole.rma["id"],
        f"unit_{outcome}",
        unit_id=unit["id"],
        item=item_of(unit),
        amount=Money(refund["amount_minor"], refund["currency"]),
    )
    await give_up_repair(unit)
    await close_unit(whole, unit, outcome=outcome, outcome_at=clock.now(), refund_id=committed.refund_id)
    await outbox.stage("rma.unit_settled", rma_id=whole.rma["id"], rma_unit_id=unit["id"])
    await keep_goods(whole, unit)


async def keep_goods(whole: WholeReturn, unit: db.Row) -> None:
    """What stays with us goes back on the shelf as what the books say left, if it is as new; else it is scrapped.

    After a wrong delivery the books still have the item that was sent by mistake, and miss the one that was ordered:
    with its return the latter is right again. Locks the unit and then stock, so it is called last.
    """
    if unit["kept_at"] is not None:
        return  # An earlier replacement was given up; the goods stayed.
    as_new = bool(unit["as_new"])
    await set_unit(unit, kept_at=clock.now())
    if unit["unit_id"] is not None:
        await take_back(unit["unit_id"], restock=as_new)
    tracked = await db.fetchval("select tracks_stock from shipment_line where id = $1", unit["shipment_line_id"])
    if as_new and tracked:
        warehouse = await default_warehouse(whole.rma["market"])
        await restock([Want(unit["variant_id"], warehouse, 1)], reference=str(whole.rma["number"]))
