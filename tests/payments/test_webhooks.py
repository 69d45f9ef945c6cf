"""Messages are applied by the truth fetched anew: duplicates, reordering and delays change nothing (PAY-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments.orders import assert_books_agree, count, one, open_order, refund, statuses, take, work
from store.kernel import clock, db, inbox, outbox
from store.payments.apply_snapshot import apply_snapshot
from store.payments.port import OutcomeUnknown, SettlementState
from store.payments.refund_captures import MoneyDisputed, RefundExceedsCaptured, refundable
from store.payments.secure_charge import release_charge
from store.payments.tables import lock_payment
from store.payments.take_webhook import confirm_payment, take_webhook

pytestmark = pytest.mark.usefixtures("database")


async def tell(provider, ref: str, *, times: int = 1) -> None:
    """The provider's message about one of its objects, delivered so many times, and applied."""
    number = await count("inbox")
    for _ in range(times):
        await inbox.receive(provider.name, f"evt_{number}", "changed", {"ref": ref})
    await work()


def only(provider) -> str:
    return next(iter(provider.held))


@pytest.mark.requirement("PAY-7", "PAY-9")
async def test_an_approval_in_3d_secure_is_learned_from_the_webhook(stripe, facts):
    await open_order([1000], token="pm_3ds")
    authorization = await one("payment_authorization")
    assert authorization["status"] == "requires_action"
    assert authorization["next_action"]["type"] == "redirect"
    stripe.approve(only(stripe))
    await tell(stripe, only(stripe), times=3)
    assert await statuses("charge") == ["secured"]
    assert [topic for topic, _ in facts] == ["payment.action_required", "payment.authorized"]
    assert (await one("payment_authorization"))["next_action"] is None
    assert await count("inbox", "applied_at is not null") == 1


@pytest.mark.requirement("PAY-7")
async def test_the_payers_return_brings_the_outcome_without_a_webhook(stripe):
    order = await open_order([1000], token="pm_3ds")
    await confirm_payment(order.order_id)
    assert (await one("payment_authorization"))["status"] == "requires_action"
    stripe.approve(only(stripe))
    stripe.faults["fetch"] = ["silent"]
    await confirm_payment(order.order_id)
    assert (await one("payment_authorization"))["status"] == "requires_action", "not known is not approved"
    await confirm_payment(order.order_id)
    assert await statuses("charge") == ["secured"]


@pytest.mark.requirement("PAY-2", "PAY-7")
async def test_paypal_takes_the_money_once_the_payer_has_approved(paypal, facts):
    order = await open_order([1000], method="paypal", shipping=[200])
    await confirm_payment(order.order_id)
    assert paypal.captured("EUR") == 0
    assert await count("provider_operation", "kind = 'complete'") == 0
    paypal.approve(only(paypal))
    await tell(paypal, only(paypal), times=2)
    await confirm_payment(order.order_id)
    assert paypal.captured("EUR") == 1000
    assert await statuses("charge") == ["captured"]
    await assert_books_agree(paypal)


@pytest.mark.requirement("PAY-2")
async def test_a_declined_completion_can_be_followed_by_another(paypal, facts):
    order = await open_order([1000], method="paypal")
    paypal.approve(only(paypal))
    paypal.faults["complete"] = ["decline"]
    await confirm_payment(order.order_id)
    assert (await one("payment_authorization"))["status"] == "declined"
    await confirm_payment(order.order_id)
    await work()
    assert paypal.captured("EUR") == 1000
    assert await statuses("charge") == ["captured"]
    await assert_books_agree(paypal)


async def test_a_canceled_order_is_not_paid_by_a_late_approval(paypal):
    order = await open_order([1000], method="paypal")
    paypal.approve(only(paypal))
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await release_charge(order.charge_ids[0])
    await tell(paypal, only(paypal))
    await confirm_payment(order.order_id)
    assert paypal.captured("EUR") == 0


@pytest.mark.requirement("REF-11")
async def test_money_that_was_taken_while_the_order_was_canceled_goes_back(paypal):
    """The capture is under way when the customer cancels: nobody keeps what nobody owes."""
    order = await open_order([1000], method="paypal", shipping=[100])
    paypal.approve(only(paypal))
    paypal._complete(only(paypal))
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        assert await release_charge(order.charge_ids[0])
    await tell(paypal, only(paypal))
    assert await statuses("charge") == ["released"]
    payment = await one("payment")
    assert (payment["captured_minor"], payment["refunded_minor"]) == (1000, 1000)
    assert await statuses("payment_refund") == ["succeeded"]
    assert await count("exception_item", "kind = 'captured_after_release'") == 1
    await assert_books_agree(paypal)


async def test_an_authorization_that_came_after_the_cancellation_is_let_go(stripe):
    order = await open_order([1000], token="pm_3ds")
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await db.execute("update charge set status = 'released'")
    stripe.approve(only(stripe))
    await tell(stripe, only(stripe))
    assert await statuses("payment_authorization") == ["voided"]
    assert stripe.captured("EUR") == 0


@pytest.mark.requirement("PAY-2")
@pytest.mark.parametrize("end", [SettlementState.SUCCEEDED, SettlementState.FAILED])
async def test_a_pending_capture_is_money_only_when_it_settles(paypal, end):
    order = await open_order([1000], method="paypal", shipping=[300])
    paypal.captures_pend = True
    paypal.approve(only(paypal))
    await confirm_payment(order.order_id)
    assert (await one("payment"))["captured_minor"] == 0
    assert await statuses("charge") == ["capturing"]
    paypal.settle_capture(only(paypal), end)
    await tell(paypal, only(paypal), times=2)
    captured = 1000 if end is SettlementState.SUCCEEDED else 0
    payment = await one("payment")
    assert (payment["captured_minor"], payment["shipping_captured_minor"]) == (captured, 300 * captured // 1000)
    assert await statuses("charge") == ["captured" if captured else "planned"]
    await assert_books_agree(paypal)


async def test_an_old_truth_moves_nothing_back(stripe):
    order = await open_order([1000])
    old = stripe.truth(stripe.held[only(stripe)])
    await take(*order.charge_ids)
    await apply_snapshot(old)
    assert await statuses("payment_authorization") == ["captured"]
    assert await statuses("charge") == ["captured"]


async def test_an_old_card_told_again_replaces_no_new_one(stripe):
    await open_order([1000, 500])
    old = stripe.truth(stripe.held[only(stripe)])
    await db.execute("update payment set provider_method = 'pm_new'")
    await apply_snapshot(old)
    assert (await one("payment"))["provider_method"] == "pm_new"


@pytest.mark.requirement("PAY-9")
async def test_a_message_stays_until_the_truth_could_be_fetched(stripe):
    await open_order([1000])
    await inbox.receive("stripe", "evt", "changed", {"ref": only(stripe)})
    stripe.faults["webhook"] = ["silent"]
    with pytest.raises(OutcomeUnknown):
        await take_webhook("stripe", "evt")
    assert await count("inbox", "applied_at is null") == 1
    await work()
    assert await count("inbox", "applied_at is null") == 0


async def test_a_message_about_nobody_waits_an_hour_and_is_forgotten(stripe, paypal):
    await open_order([1000], method="paypal")
    await inbox.receive("stripe", "evt", "changed", {"ref": "pi_stranger"})
    stripe.held["pi_stranger"] = paypal.held[only(paypal)]
    stripe.held["pi_stranger"].ref, stripe.held["pi_stranger"].authorization_id = "pi_stranger", None
    with pytest.raises(outbox.Later):
        await take_webhook("stripe", "evt")
    clock.set_offset(timedelta(hours=2))
    await take_webhook("stripe", "evt")
    assert await count("inbox", "applied_at is not null") == 1
    await take_webhook("stripe", "never received")


@pytest.mark.requirement("REF-10")
async def test_a_refund_made_in_the_dashboard_shows_up(stripe, facts):
    order = await open_order([1000])
    await take(*order.charge_ids)
    given = stripe.dashboard_refund(only(stripe), 250)
    await tell(stripe, given.ref, times=2)
    payment_refund = await one("payment_refund")
    assert (payment_refund["origin"], payment_refund["status"], payment_refund["amount_minor"]) == (
        "provider",
        "succeeded",
        250,
    )
    assert (await one("payment"))["refunded_minor"] == 250
    assert [payload["outcome"] for topic, payload in facts if topic == "refund.settled"] == ["succeeded"]
    await assert_books_agree(stripe)


@pytest.mark.requirement("REF-10")
async def test_a_refund_that_comes_back_days_later_can_be_given_again(stripe, facts):
    order = await open_order([1000])
    await take(*order.charge_ids)
    await refund(order.payment_id, 1000)
    await work()
    (given,) = stripe.given.values()
    stripe.settle_refund(given, SettlementState.FAILED)
    await tell(stripe, given.ref, times=2)
    assert (await one("payment"))["refunded_minor"] == 0
    assert await count("exception_item", "kind = 'refund_failed'") == 1
    await assert_books_agree(stripe)
    await refund(order.payment_id, 1000)
    await work()
    await assert_books_agree(stripe)
    assert [payload["outcome"] for topic, payload in facts if topic == "refund.settled"] == [
        "succeeded",
        "failed",
        "succeeded",
    ]


@pytest.mark.requirement("REF-7")
async def test_pending_refunds_count(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    stripe.refunds_pend = True
    await refund(order.payment_id, 700)
    await work()
    assert await statuses("payment_refund") == ["pending"]
    assert await count("journal", "kind = 'refund'") == 0
    with pytest.raises(RefundExceedsCaptured):
        await refund(order.payment_id, 400)
    (given,) = stripe.given.values()
    stripe.settle_refund(given, SettlementState.SUCCEEDED)
    await tell(stripe, given.ref)
    await assert_books_agree(stripe)


async def test_a_dashboard_refund_beyond_what_is_reserved_is_for_a_person(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    stripe.faults["refund"] = ["drop_before"]
    await refund(order.payment_id, 800)
    given = stripe.dashboard_refund(only(stripe), 500)
    await apply_snapshot(stripe.refund_truth(given))
    assert await count("exception_item", "kind = 'refund_beyond_capture'") == 1
    await work()
    assert await statuses("payment_refund") == ["failed"], "the provider has less left than we wanted to give"
    await apply_snapshot(stripe.refund_truth(given))
    assert await statuses("payment_refund") == ["failed", "succeeded"]
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-12")
@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_blocks_the_money_until_it_is_won(stripe, facts, won):
    order = await open_order([1000])
    await take(*order.charge_ids)
    contested = stripe.dispute(only(stripe), 1000)
    await tell(stripe, contested.ref, times=2)
    assert (await one("dispute"))["status"] == "open"
    assert await count("exception_item", "kind = 'dispute'") == 1
    with pytest.raises(MoneyDisputed):
        await refund(order.payment_id, 100)
    await assert_books_agree(stripe)
    stripe.close_dispute(contested, won=won)
    await tell(stripe, contested.ref, times=2)
    assert (await refundable(order.payment_id)).amount_minor == (1000 if won else 0)
    assert [topic for topic, _ in facts if topic.startswith("dispute")] == ["dispute.opened", "dispute.closed"]
    await assert_books_agree(stripe)
