"""Stripe's adapter: money given back, disputed, and the provider's own books."""

import pytest
from simulator.world_client import WorldClient

from providers.requests_of_the_store import (
    authorize_request,
    capture_request,
    eur,
    movements,
    refund_request,
    take,
)
from store.payments.port import DisputeState, ProviderRefused, SettlementState
from store.providers.stripe import StripeProvider


async def test_a_refund_goes_back_to_the_charge(stripe_provider: StripeProvider, world: WorldClient) -> None:
    taken = await take(stripe_provider)
    request = refund_request(taken)
    refund = await stripe_provider.refund(request)
    assert (refund.refund_id, refund.amount, refund.state) == (request.refund_id, eur(10_00), SettlementState.SUCCEEDED)
    assert (refund.capture_ref, refund.authorization_ref) == (taken.provider_charge, taken.provider_ref)
    assert await stripe_provider.refund(request) == refund
    assert await stripe_provider.fetch_refund(refund.provider_ref) == refund
    assert world.books("stripe", "eur")["refunded"] == 10_00


async def test_no_more_is_refunded_than_was_taken(stripe_provider: StripeProvider) -> None:
    taken = await take(stripe_provider)
    await stripe_provider.refund(refund_request(taken, 45_00))
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.refund(refund_request(taken, 5_01))
    assert refused.value.code == "amount_too_large"
    await stripe_provider.refund(refund_request(taken, 5_00))
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.refund(refund_request(taken, 1))
    assert refused.value.code == "charge_already_refunded"


@pytest.mark.requirement("REF-10")
async def test_a_refund_may_be_pending_and_fail_later(stripe_provider: StripeProvider, world: WorldClient) -> None:
    world.sim("settings", refund_pending=True)
    taken = await take(stripe_provider)
    refund = await stripe_provider.refund(refund_request(taken))
    assert refund.state is SettlementState.PENDING
    world.sim("dashboard/refund/fail", provider="stripe", refund=refund.provider_ref)
    failed = await stripe_provider.fetch_refund(refund.provider_ref)
    assert (failed.state, failed.failure_code) == (SettlementState.FAILED, "expired_or_canceled_card")


async def test_the_books_tell_every_movement_oldest_first(stripe_provider: StripeProvider, world: WorldClient) -> None:
    taken = await take(stripe_provider)
    request = refund_request(taken)
    refund = await stripe_provider.refund(request)
    world.sim("dashboard/refund/fail", provider="stripe", refund=refund.provider_ref)
    opened = world.sim("dashboard/dispute", provider="stripe", charge_or_capture=taken.provider_charge)
    world.sim("dashboard/dispute/close", provider="stripe", dispute=opened["id"], outcome="won")
    charge = taken.provider_charge
    assert [(m.kind, m.provider_ref, m.parent_ref, m.amount, m.fee) for m in await movements(stripe_provider)] == [
        ("capture", charge, taken.provider_ref, eur(50_00), eur(1_00)),
        ("refund", refund.provider_ref, charge, eur(-10_00), eur(0)),
        ("refund_failure", refund.provider_ref, charge, eur(10_00), eur(0)),
        ("dispute", opened["id"], charge, eur(-50_00), eur(15_00)),
        ("dispute_reversal", opened["id"], charge, eur(50_00), eur(-15_00)),
    ]


async def test_what_was_only_held_is_not_in_the_books(stripe_provider: StripeProvider) -> None:
    held = await stripe_provider.authorize(authorize_request())
    assert await movements(stripe_provider) == []
    await stripe_provider.capture(capture_request(held, 20_00))
    assert [(m.kind, m.amount) for m in await movements(stripe_provider)] == [("capture", eur(20_00))]


async def event_of(world: WorldClient, kind: str, subject: dict) -> dict:
    return {"id": "evt_1", "type": kind, "data": {"object": subject}}


@pytest.mark.requirement("REF-10")
async def test_a_refund_made_in_the_dashboard_is_read_from_its_event(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    taken = await take(stripe_provider)
    made = world.sim("dashboard/refund", provider="stripe", charge_or_capture=taken.provider_charge, amount_minor=7_00)
    event = await event_of(world, "refund.created", {"object": "refund", "id": made["id"]})
    (refund,) = await stripe_provider.read_webhook("refund.created", event)
    assert (refund.refund_id, refund.amount, refund.capture_ref) == (None, eur(7_00), taken.provider_charge)
    charge = {"object": "charge", "id": taken.provider_charge, "payment_intent": taken.provider_ref}
    event = await event_of(world, "charge.refunded", charge)
    authorization, same = await stripe_provider.read_webhook("charge.refunded", event)
    assert same == refund
    assert authorization.captured == eur(50_00)


async def test_a_released_hold_is_not_read_as_a_refund(stripe_provider: StripeProvider) -> None:
    held = await stripe_provider.authorize(authorize_request())
    taken = await stripe_provider.capture(capture_request(held, 20_00))
    charge = {"object": "charge", "id": taken.provider_charge, "payment_intent": taken.provider_ref}
    snapshots = await stripe_provider.read_webhook("charge.refunded", {"data": {"object": charge}})
    assert snapshots == [taken]


@pytest.mark.requirement("PAY-12")
@pytest.mark.parametrize(("outcome", "state"), [("won", DisputeState.WON), ("lost", DisputeState.LOST)])
async def test_a_dispute_is_read_with_its_outcome(
    stripe_provider: StripeProvider, world: WorldClient, outcome: str, state: DisputeState
) -> None:
    taken = await take(stripe_provider)
    opened = world.sim(
        "dashboard/dispute", provider="stripe", charge_or_capture=taken.provider_charge, amount_minor=20_00
    )
    event = {"data": {"object": {"object": "dispute", "id": opened["id"]}}}
    (dispute,) = await stripe_provider.read_webhook("charge.dispute.created", event)
    assert (dispute.state, dispute.amount, dispute.reason) == (DisputeState.OPEN, eur(20_00), "fraudulent")
    assert (dispute.capture_ref, dispute.authorization_ref) == (taken.provider_charge, taken.provider_ref)
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.refund(refund_request(taken))
    assert refused.value.code == "charge_disputed"
    world.sim("dashboard/dispute/close", provider="stripe", dispute=opened["id"], outcome=outcome)
    (closed,) = await stripe_provider.read_webhook("charge.dispute.closed", event)
    assert closed.state is state
