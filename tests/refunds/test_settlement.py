"""What becomes of the money: failures, bounces, the dashboard, transfers by hand (REF-3, REF-10, PAY-12)."""

from __future__ import annotations

import pytest

from refunds.desk import ALEX, DEAR, GOODS, LINA
from store import ledger, refunds
from store.kernel import db
from store.kernel.errors import Invalid, WrongState
from store.orders.cancel_order import CancelOrder, cancel_order
from store.payments.port import SettlementState
from store.payments.refund_captures import MoneyDisputed, RefundExceedsCaptured
from store.refunds.errors import SecondPersonRequired
from store.refunds.settle_refund import status_of
from store.refunds.statuses import RefundStatus


@pytest.mark.parametrize(
    ("money", "parts", "expected"),
    [
        (0, [], RefundStatus.SUCCEEDED),
        (10, [], RefundStatus.FAILED),
        (10, [("pending", 10)], RefundStatus.PROCESSING),
        (10, [("succeeded", 4), ("pending", 6)], RefundStatus.PROCESSING),
        (10, [("succeeded", 4), ("manual", 6)], RefundStatus.MANUAL),
        (10, [("pending", 4), ("manual", 6)], RefundStatus.MANUAL),
        (10, [("succeeded", 4), ("failed", 6)], RefundStatus.PARTLY_FAILED),
        (10, [("failed", 10)], RefundStatus.FAILED),
        (10, [("failed", 10), ("pending", 10)], RefundStatus.PROCESSING),
        (10, [("failed", 10), ("succeeded", 10)], RefundStatus.SUCCEEDED),
    ],
)
def test_the_status_follows_from_the_parts(money, parts, expected):
    assert status_of(money, [{"status": status, "amount_minor": amount} for status, amount in parts]) is expected


@pytest.mark.requirement("REF-10")
async def test_a_refund_that_bounces_days_later_is_owed_and_sent_again(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    done = await desk.commit(order_id)
    await desk.work()
    await desk.bounce("re_stripe_1")
    row = await desk.refund(order_id)
    assert row["status"] == "failed"
    assert await db.fetchval("select count(*) from exception_item where kind = 'refund_not_paid'") == 1
    assert await desk.receivable(order_id) == -row["amount_minor"], "the customer is owed what came back"
    with pytest.raises((RefundExceedsCaptured, Exception)):
        await desk.commit(order_id)
    assert await refunds.retry_refund(done.refund_id, principal=ALEX) == "processing"
    with pytest.raises(WrongState):
        await refunds.retry_refund(done.refund_id, principal=ALEX)
    await desk.work()
    assert (await desk.refund(order_id))["status"] == "succeeded"
    assert len(await refunds.credit_notes_of([order_id])) == 1, "the credit note stands"
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-3")
async def test_a_refund_that_the_provider_can_not_make_is_paid_by_hand_once_a_second_person_agrees(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    desk.stripe.faults["refund"].append("decline")
    done = await desk.commit(order_id)
    await desk.work()
    assert (await desk.refund(order_id))["status"] == "failed"
    with pytest.raises(SecondPersonRequired):
        await refunds.approve_manual(done.refund_id, principal=ALEX)
    assert await refunds.approve_manual(done.refund_id, principal=LINA) == "manual"
    with pytest.raises(Invalid):
        await refunds.complete_manual(done.refund_id, reference=" ", principal=ALEX)
    assert await refunds.complete_manual(done.refund_id, reference="SCT 4711", principal=ALEX) == "succeeded"
    assert await refunds.complete_manual(done.refund_id, reference="SCT 4711", principal=ALEX) == "succeeded"
    await desk.work()
    row = await desk.refund(order_id)
    assert (row["status"], row["manual_reference"]) == ("succeeded", "SCT 4711")
    assert (await ledger.check()).balances["bank", "EUR"] == -row["amount_minor"]
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-3")
async def test_money_that_is_too_old_for_the_provider_needs_approval_and_a_transfer(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    desk.later(days=400)
    preview = await desk.preview(order_id, reason="wrong_delivery")
    assert [verdict.code for verdict in preview.approval] == ["paid_by_hand"]
    assert [part.how for part in preview.split] == ["by_hand"]
    done = await desk.commit(order_id, reason="wrong_delivery")
    assert done.status == "awaiting_approval"
    assert await refunds.approve_refund(done.refund_id, principal=LINA) == "manual"
    assert [row["status"] for row in await refunds.refund_queue()] == ["manual"]
    await refunds.complete_manual(done.refund_id, reference="SCT 1", principal=LINA)
    assert (await desk.refund(order_id))["status"] == "succeeded"
    assert not desk.stripe.given
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-10", "REF-8")
async def test_a_refund_made_in_the_dashboard_shows_up_with_a_credit_note(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    await desk.dashboard_refund(1200)
    row = await desk.refund(order_id)
    assert (row["origin"], row["status"], row["amount_minor"]) == ("provider", "succeeded", 1200)
    assert (row["tax_minor"], row["requested_by"]) == (200, "stripe")
    (note,) = await refunds.credit_notes_of([order_id])
    assert [line["kind"] for line in note["lines"]] == ["allowance"]
    kinds = [each["kind"] for each in await db.fetch("select kind from order_event where order_id = $1", order_id)]
    assert kinds.count("refund_seen_at_provider") == 1
    await desk.check_laws(order_id)
    assert await desk.receivable(order_id) == 0


@pytest.mark.requirement("REF-7", "REF-10")
async def test_what_the_dashboard_gave_back_is_set_off_and_not_given_twice(desk):
    order_id = await desk.shipped([(GOODS, 2)])
    await desk.dashboard_refund(3000)
    captured = (await desk.payment(order_id))["captured_minor"]
    preview = await desk.preview(order_id, 2, reason="delivery_error")
    assert preview.deducted.amount_minor == 3000
    assert preview.total.amount_minor == captured - 3000
    await desk.commit(order_id, 2, reason="delivery_error", fingerprint=preview.fingerprint)
    await desk.work()
    assert (await desk.payment(order_id))["refunded_minor"] == captured
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-10")
async def test_a_dashboard_refund_before_anything_left_is_undone_in_the_books_by_the_cancellation(desk):
    order = await desk.place([(GOODS, 1)], "apple_pay")
    await desk.work()
    await desk.dashboard_refund(2000)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    await desk.work()
    payment = await desk.payment(order.order_id)
    assert payment["refunded_minor"] == payment["captured_minor"]
    assert await desk.receivable(order.order_id) == 0
    assert (await ledger.check()).balances.get(("returns_and_allowances", "EUR"), 0) == 0
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("REF-10")
async def test_a_dashboard_refund_that_bounces_is_shown_as_failed(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    given = await desk.dashboard_refund(1200)
    await desk.bounce(given.ref)
    row = await desk.refund(order_id)
    assert row["status"] == "failed"
    await refunds.retry_refund(row["id"], principal=ALEX)
    await desk.work()
    assert (await desk.refund(order_id))["status"] == "succeeded"
    assert await desk.receivable(order_id) == 0
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-10")
async def test_facts_that_arrive_twice_late_or_out_of_order_change_nothing(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    desk.stripe.refunds_pend = True
    done = await desk.commit(order_id)
    await desk.work()
    assert (await desk.refund(order_id))["status"] == "processing"
    (given,) = desk.stripe.given.values()
    desk.stripe.settle_refund(given, SettlementState.SUCCEEDED)
    from store.payments.apply_snapshot import apply_snapshot  # noqa: PLC0415

    await apply_snapshot(desk.stripe.refund_truth(given))
    await desk.work()
    (part,) = (await desk.refund(order_id))["parts"]
    for _ in range(3):
        await refunds.on_refund_settled(str(order_id), part["id"], str(done.refund_id), outcome="failed")
    assert (await desk.refund(order_id))["status"] == "succeeded"
    kinds = [each["kind"] for each in await db.fetch("select kind from order_event where order_id = $1", order_id)]
    assert kinds.count("refund_succeeded") == 1
    await refunds.on_refund_settled(str(order_id), part["id"], str(order_id))  # a subject that is no refund of ours


@pytest.mark.requirement("PAY-12")
async def test_disputed_money_is_not_refunded_until_the_dispute_is_won(desk):
    order_id = await desk.shipped([(DEAR, 2)])
    captured = (await desk.payment(order_id))["captured_minor"]
    contested = await desk.dispute(captured)
    verdict = (await refunds.refund_eligibility(order_id)).verdict
    assert (verdict.eligible, verdict.rule) == (False, "PAY-12")
    with pytest.raises(MoneyDisputed):
        await desk.commit(order_id)
    await desk.close_dispute(contested, won=True)
    await desk.commit(order_id)
    await desk.work()
    await desk.check_laws(order_id)


@pytest.mark.requirement("PAY-12")
async def test_a_dispute_over_a_part_leaves_the_rest_refundable_and_a_lost_one_stays_blocked(desk):
    order_id = await desk.shipped([(DEAR, 2)])
    contested = await desk.dispute(16990)
    await desk.commit(order_id)
    with pytest.raises(MoneyDisputed):
        await desk.commit(order_id)
    await desk.close_dispute(contested, won=False)
    with pytest.raises(MoneyDisputed):
        await desk.commit(order_id)
    await desk.work()
    await desk.check_books()
