"""What goes back by itself: cancelled units that were charged, parcels that came back (ORD-5, SHP-6, REF-11)."""

from __future__ import annotations

import asyncio

import pytest

from refunds.desk import ALEX, DEAR, GOODS, LATER, LINA
from store import ledger, refunds
from store.kernel import db, outbox
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.dispatch_shipment import take_back_undeliverable
from store.payments.apply_snapshot import apply_snapshot
from store.payments.port import SettlementState
from store.refunds.errors import NotChargedYet


async def come_back(desk, order_id, sequence=1):
    shipment = await desk.shipment(order_id, sequence)
    await take_back_undeliverable(shipment["id"], actor="warehouse")
    await desk.work()


@pytest.mark.requirement("ORD-5", "REF-8")
async def test_cancelled_units_that_were_charged_go_back_with_a_credit_note_and_no_revenue_moves(desk):
    order = await desk.place([(GOODS, 2)], "apple_pay", shipping="express")
    await desk.work()
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    await desk.work()
    payment = await desk.payment(order.order_id)
    row = await desk.refund(order.order_id)
    assert (row["status"], row["reason"], row["requested_by"]) == ("succeeded", "canceled", "store")
    assert row["amount_minor"] == payment["total_minor"] == payment["refunded_minor"]
    assert row["shipping_minor"] == payment["shipping_quoted_minor"]
    assert len(await refunds.credit_notes_of([order.order_id])) == 1
    balances = (await ledger.check()).balances
    assert ("returns_and_allowances", "EUR") not in balances
    assert await desk.receivable(order.order_id) == 0
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("ORD-5", "MKT-6")
async def test_a_part_is_cancelled_the_rest_ships_and_is_refunded_and_all_sums_are_exact(desk):
    order = await desk.place([(GOODS, 3), (LATER, 1)], "apple_pay", shipping="express")
    await desk.work()
    line_id = await db.fetchval("select id from order_line where order_id = $1 and sku = $2", order.order_id, GOODS)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer", units={line_id: 1}))
    second = (await desk.shipment(order.order_id, 2))["id"]
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer", shipment_id=second))
    await desk.work()
    await desk.ship(order.order_id)
    await desk.commit(order.order_id, reason="delivery_error")
    await desk.commit(order.order_id, reason="delivery_error")
    await desk.work()
    payment = await desk.payment(order.order_id)
    assert payment["refunded_minor"] == payment["captured_minor"] == payment["total_minor"]
    assert await desk.receivable(order.order_id) == 0
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("ORD-5")
async def test_a_cancellation_told_several_times_at_once_is_refunded_once(desk):
    order = await desk.place([(GOODS, 2)], "apple_pay")
    await desk.work()
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    payload = await db.fetchval("select payload from outbox where topic = 'order.units_canceled'")
    await asyncio.gather(*(refunds.on_units_canceled(**payload) for _ in range(10)))
    await desk.work()
    assert (await desk.refund(order.order_id))["status"] == "succeeded"
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("ORD-5", "PAY-8")
async def test_a_cancellation_waits_for_a_capture_that_is_not_decided(desk):
    desk.stripe.captures_pend = True
    order = await desk.place([(GOODS, 1)], "apple_pay")
    held = next(iter(desk.stripe.held.values()))
    await db.execute("update sales_order set status = 'confirmed' where id = $1", order.order_id)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    payload = await db.fetchval("select payload from outbox where topic = 'order.units_canceled'")
    with pytest.raises(outbox.Later):
        await refunds.on_units_canceled(**payload)
    desk.stripe.settle_capture(held.ref, SettlementState.SUCCEEDED)
    await apply_snapshot(desk.stripe.truth(held))
    await desk.work()
    assert (await desk.refund(order.order_id))["status"] == "succeeded"
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("SHP-6")
@pytest.mark.parametrize("method", ["card", "apple_pay"])
async def test_an_undeliverable_parcel_is_refunded_with_its_shipping_share(desk, method):
    order = await desk.place([(GOODS, 2), (LATER, 1)], method, shipping="express")
    await desk.work()
    await desk.ship(order.order_id)
    shipment = await desk.shipment(order.order_id)
    await come_back(desk, order.order_id)
    row = await desk.refund(order.order_id)
    assert (row["status"], row["reason"]) == ("succeeded", "undeliverable")
    assert row["amount_minor"] == shipment["goods_minor"] + shipment["shipping_minor"]
    await refunds.on_shipment_returned(str(order.order_id), str(shipment["id"]))
    assert len(await refunds.refunds_of([order.order_id])) == 1
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("SHP-6", "REF-7")
async def test_only_what_was_not_refunded_before_goes_back_with_the_parcel(desk):
    order_id = await desk.shipped([(GOODS, 3)], shipping="express")
    await desk.commit(order_id, reason="delivery_error")
    await come_back(desk, order_id)
    first, second = await refunds.refunds_of([order_id])
    assert (first["shipping_minor"] > 0, second["shipping_minor"]) == (True, 0)
    payment = await desk.payment(order_id)
    assert payment["refunded_minor"] == payment["captured_minor"]
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("SHP-6", "REF-11")
async def test_a_parcel_whose_capture_failed_comes_back_and_its_money_is_released(desk):
    order = await desk.place([(GOODS, 1)])
    await desk.work()
    desk.stripe.faults["capture"].append("decline")
    await desk.release(order.order_id)
    await desk.dispatch(order.order_id)
    await desk.work()
    assert (await desk.charges(order.order_id))[0]["status"] == "planned"
    with pytest.raises(NotChargedYet):
        await desk.commit(order.order_id)
    await come_back(desk, order.order_id)
    row = await desk.refund(order.order_id)
    assert (row["status"], row["money_minor"]) == ("succeeded", 0)
    assert (await desk.charges(order.order_id))[0]["status"] == "released"
    assert not desk.stripe.given
    assert await desk.receivable(order.order_id) == 0
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("SHP-6", "PAY-11")
async def test_a_partners_unpaid_parcel_comes_back_and_frees_the_credit(desk):
    partner_id = await desk.partner()
    order_id = await desk.shipped(
        [(GOODS, 2)], "purchase_order", partner_id=partner_id, purchase_order_number="PO-1", shipping="express"
    )
    used = await db.fetchval("select credit_used_minor from partner where id = $1", partner_id)
    assert used == (await desk.payment(order_id))["total_minor"]
    await desk.commit(order_id, reason="delivery_error", principal=ALEX)
    left = await db.fetchval("select credit_used_minor from partner where id = $1", partner_id)
    row = await desk.refund(order_id)
    assert (row["status"], row["money_minor"], left) == ("succeeded", 0, used - row["amount_minor"])
    await come_back(desk, order_id)
    assert await db.fetchval("select credit_used_minor from partner where id = $1", partner_id) == 0
    assert (await desk.charges(order_id))[0]["status"] == "released"
    assert len(await refunds.credit_notes_of([order_id])) == 2
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-3", "PAY-10")
async def test_a_transfer_is_given_back_by_transfer_with_two_people(desk):
    order_id = await desk.shipped([(GOODS, 1)], "wire")
    amount = (await desk.charges(order_id))[0]["amount_minor"]
    await desk.transfer(order_id, amount)
    assert (await desk.charges(order_id))[0]["status"] == "captured"
    done = await desk.commit(order_id)
    assert done.status == "awaiting_approval"
    assert await refunds.approve_refund(done.refund_id, principal=LINA) == "manual"
    assert await refunds.complete_manual(done.refund_id, reference="SCT 7", principal=ALEX) == "succeeded"
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-11")
async def test_an_unpaid_invoice_gets_less_and_what_is_left_can_be_paid(desk):
    order_id = await desk.shipped([(GOODS, 3)], "wire", shipping="express")
    before = (await desk.charges(order_id))[0]["amount_minor"]
    preview = await desk.preview(order_id)
    assert [part.how for part in preview.split] == ["invoice"]
    assert preview.approval == ()
    done = await desk.commit(order_id, fingerprint=preview.fingerprint)
    assert done.status == "succeeded"
    after = (await desk.charges(order_id))[0]["amount_minor"]
    assert after == before - preview.total.amount_minor
    assert await desk.receivable(order_id) == after
    await desk.transfer(order_id, after)
    assert (await desk.charges(order_id))[0]["status"] == "captured"
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("PAY-12", "SHP-6")
async def test_a_parcel_whose_money_is_disputed_is_owed_until_the_dispute_is_over(desk):
    order_id = await desk.shipped([(DEAR, 1)])
    captured = (await desk.payment(order_id))["captured_minor"]
    contested = await desk.dispute(captured)
    await come_back(desk, order_id)
    row = await desk.refund(order_id)
    assert row["status"] == "failed"
    assert await db.fetchval("select count(*) from exception_item where kind = 'refund_blocked'") == 1
    assert not desk.stripe.given
    await desk.close_dispute(contested, won=True)
    await refunds.retry_refund(row["id"], principal=ALEX)
    await desk.work()
    assert (await desk.refund(order_id))["status"] == "succeeded"
    await desk.check_laws(order_id)
