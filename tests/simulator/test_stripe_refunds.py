"""Money that goes back at the Stripe side: refunds, their failures, disputes."""

import pytest
import stripe

from simulator.world_client import WorldClient


def test_refunds_never_exceed_what_was_captured(world: WorldClient) -> None:
    charge = world.pay(amount=10_00).latest_charge.id
    world.stripe.refunds.create({"charge": charge, "amount": 4_00})
    with pytest.raises(stripe.InvalidRequestError, match=r"\$7\.00.*greater than unrefunded.*\$6\.00"):
        world.stripe.refunds.create({"charge": charge, "amount": 7_00})
    world.stripe.refunds.create({"charge": charge})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.stripe.refunds.create({"charge": charge, "amount": 1})
    assert refused.value.code == "charge_already_refunded"
    assert world.books("stripe")["refunded"] == 10_00
    assert world.stripe.charges.retrieve(charge).refunded


def test_a_partial_capture_is_refundable_only_for_what_was_captured(world: WorldClient) -> None:
    intent = world.hold(amount=10_00)
    world.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 6_00})
    assert world.stripe.refunds.create({"payment_intent": intent.id}).amount == 6_00


def test_a_hold_is_not_refundable(world: WorldClient) -> None:
    intent = world.hold()
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        world.stripe.refunds.create({"payment_intent": intent.id})


def test_a_pending_refund_moves_money_when_it_settles(world: WorldClient) -> None:
    charge = world.pay().latest_charge.id
    world.sim("settings", refund_pending=True)
    refund = world.stripe.refunds.create({"charge": charge})
    assert refund.status == "pending"
    assert world.books("stripe")["refunded"] == 0
    world.advance(3601)
    assert world.stripe.refunds.retrieve(refund.id).status == "succeeded"
    assert world.books("stripe")["refunded"] == 10_00


def test_a_refund_can_fail_after_it_succeeded(world: WorldClient) -> None:
    charge = world.pay("pm_card_refundFail").latest_charge.id
    refund = world.stripe.refunds.create({"charge": charge, "amount": 3_00})
    assert refund.status == "succeeded"
    world.advance(3601)
    failed = world.stripe.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert world.books("stripe")["refunded"] == 0
    assert world.stripe.charges.retrieve(charge).amount_refunded == 0
    assert world.stripe.balance_transactions.list({"limit": 1}).data[0].type == "refund_failure"
    assert {"refund.failed", "charge.refund.updated"} <= {event.type for event in world.stripe.events.list().data}


def test_a_dashboard_refund_looks_like_any_other(world: WorldClient) -> None:
    intent = world.pay()
    made = world.sim("dashboard/refund", provider="stripe", charge_or_capture=intent.id, amount_minor=2_50)
    assert world.stripe.refunds.list({"payment_intent": intent.id}).data[0].id == made["id"]
    world.sim("dashboard/refund/fail", provider="stripe", refund=made["id"])
    assert world.stripe.refunds.retrieve(made["id"]).status == "failed"


@pytest.mark.parametrize(("outcome", "disputed", "fees"), [("won", 0, 40), ("lost", 10_00, 15_40)])
def test_a_dispute_takes_the_money_and_a_fee_and_a_victory_returns_both(
    world: WorldClient, outcome: str, disputed: int, fees: int
) -> None:
    charge = world.pay().latest_charge.id
    dispute = world.sim("dashboard/dispute", provider="stripe", charge_or_capture=charge, reason="product_not_received")
    assert world.books("stripe")["disputed"] == 10_00
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.stripe.refunds.create({"charge": charge})
    assert refused.value.code == "charge_disputed"
    world.sim("dashboard/dispute/close", provider="stripe", dispute=dispute["id"], outcome=outcome)
    assert world.stripe.disputes.retrieve(dispute["id"]).status == outcome
    books = world.books("stripe")
    assert (books["disputed"], books["fees"]) == (disputed, fees)
    rows = world.stripe.balance_transactions.list({"limit": 100}).data
    assert sum(row.net for row in rows) == books["net"]


def test_the_disputed_card_is_disputed_by_itself_and_the_store_may_give_in(world: WorldClient) -> None:
    intent = world.pay("pm_card_createDispute")
    dispute = world.stripe.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.reason, dispute.status, dispute.amount) == ("fraudulent", "needs_response", 10_00)
    assert world.stripe.disputes.close(dispute.id).status == "lost"
