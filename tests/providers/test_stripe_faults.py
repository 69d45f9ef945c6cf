"""Stripe's adapter when answers are lost: unknown, then asked for, and never done twice (PAY-8)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from simulator.world_client import WorldClient

from providers.requests_of_the_store import (
    authorize_request,
    capture_request,
    refund_request,
    setup_request,
    take,
)
from store.kernel import clock
from store.payments.port import (
    AuthorizationState,
    AuthorizeRequest,
    Declined,
    OutcomeUnknown,
    ProviderRefused,
)
from store.providers.stripe import StripeProvider

BEFORE = ["drop_before", "error_500_before"]
AFTER = ["drop_after", "error_500_after"]
pytestmark = pytest.mark.requirement("PAY-8")


async def find(provider: StripeProvider, request: AuthorizeRequest):
    return await provider.find_authorization(request.authorization_id, since=clock.now(), provider_customer=None)


@pytest.mark.parametrize("mode", BEFORE)
async def test_a_lost_authorization_that_never_arrived_is_made_once(
    stripe_provider: StripeProvider, world: WorldClient, mode: str
) -> None:
    request = authorize_request(capture=True)
    world.fault("stripe", "payment_intents.create", mode)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.authorize(request)
    assert await find(stripe_provider, request) is None
    taken = await stripe_provider.authorize(request)
    assert taken.state is AuthorizationState.CAPTURED
    assert await stripe_provider.authorize(request) == taken
    assert world.books("stripe", "eur")["captured"] == 50_00


@pytest.mark.parametrize("mode", AFTER)
async def test_a_lost_authorization_that_arrived_is_found_and_not_made_again(
    stripe_provider: StripeProvider, world: WorldClient, mode: str
) -> None:
    request = authorize_request(capture=True, save=True)
    world.fault("stripe", "payment_intents.create", mode)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.authorize(request)
    found = await find(stripe_provider, request)
    assert found.state is AuthorizationState.CAPTURED
    assert (await stripe_provider.authorize(request)).provider_ref == found.provider_ref
    assert world.books("stripe", "eur")["captured"] == 50_00


async def test_a_lost_setup_is_found(stripe_provider: StripeProvider, world: WorldClient) -> None:
    request = setup_request()
    world.fault("stripe", "setup_intents.create", "error_500_after")
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.set_up(request)
    found = await find(stripe_provider, request)
    assert found.state is AuthorizationState.AUTHORIZED
    assert await stripe_provider.set_up(request) == found


async def test_a_customer_that_could_not_be_made_is_made_the_next_time(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    request = authorize_request(save=True)
    world.fault("stripe", "customers.create", "error_500_before")
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.authorize(request)
    assert await find(stripe_provider, request) is None
    assert (await stripe_provider.authorize(request)).provider_customer


@pytest.mark.parametrize("mode", [*BEFORE, *AFTER])
async def test_a_lost_capture_takes_the_money_once(
    stripe_provider: StripeProvider, world: WorldClient, mode: str
) -> None:
    held = await stripe_provider.authorize(authorize_request())
    request = capture_request(held)
    world.fault("stripe", "payment_intents.capture", mode)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.capture(request)
    truth = await stripe_provider.fetch_authorization(held.provider_ref)
    assert [part.capture_id for part in truth.captures] == ([request.capture_id] if mode in AFTER else [])
    taken = await stripe_provider.capture(request)
    assert [part.capture_id for part in taken.captures] == [request.capture_id]
    assert world.books("stripe", "eur")["captured"] == 50_00


async def test_a_capture_whose_key_was_forgotten_is_answered_as_it_stands(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    held = await stripe_provider.authorize(authorize_request())
    request = capture_request(held)
    taken = await stripe_provider.capture(request)
    again = await stripe_provider.capture(replace(request, idempotency_key="another"))
    assert again == taken
    with pytest.raises(ProviderRefused):
        await stripe_provider.capture(capture_request(held))
    assert world.books("stripe", "eur")["captured"] == 50_00


@pytest.mark.parametrize("mode", [*BEFORE, *AFTER])
async def test_a_lost_refund_gives_the_money_back_once(
    stripe_provider: StripeProvider, world: WorldClient, mode: str
) -> None:
    taken = await take(stripe_provider)
    request = refund_request(taken)
    world.fault("stripe", "refunds.create", mode)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.refund(request)
    for reference in (taken.provider_ref, None):
        found = await stripe_provider.find_refund(
            request.refund_id, capture_ref=request.capture_ref, authorization_ref=reference
        )
        assert (found is not None) == (mode in AFTER)
    refund = await stripe_provider.refund(request)
    assert refund.refund_id == request.refund_id
    assert world.books("stripe", "eur")["refunded"] == 10_00


@pytest.mark.parametrize("mode", [*BEFORE, *AFTER])
async def test_a_lost_void_is_over_after_the_next(
    stripe_provider: StripeProvider, world: WorldClient, mode: str
) -> None:
    held = await stripe_provider.authorize(authorize_request())
    world.fault("stripe", "payment_intents.cancel", mode)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.void(held.provider_ref, "void")
    state = (await stripe_provider.fetch_authorization(held.provider_ref)).state
    assert (state is AuthorizationState.VOIDED) == (mode in AFTER)
    assert (await stripe_provider.void(held.provider_ref, "void")).state is AuthorizationState.VOIDED


@pytest.fixture
async def impatient(world: WorldClient) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(f"sk_test_{world.name}", "whsec", f"{world.url}/stripe", timeout_seconds=0.4)
    yield provider
    await provider.close()


async def test_a_time_out_is_unknown_until_stripe_is_asked(impatient: StripeProvider, world: WorldClient) -> None:
    request = authorize_request(capture=True)
    world.fault("stripe", "payment_intents.create", "delay", seconds=1)
    with pytest.raises(OutcomeUnknown):
        await impatient.authorize(request)
    # While the first is on its way, its key is taken: still unknown, and nothing is done twice.
    with pytest.raises(OutcomeUnknown):
        await impatient.authorize(request)
    await asyncio.sleep(1)
    assert (await find(impatient, request)).state is AuthorizationState.CAPTURED
    assert (await impatient.authorize(request)).state is AuthorizationState.CAPTURED
    assert world.books("stripe", "eur")["captured"] == 50_00


async def test_one_key_sent_at_once_by_two_is_done_once(stripe_provider: StripeProvider, world: WorldClient) -> None:
    request = authorize_request(capture=True)
    world.fault("stripe", "payment_intents.create", "delay", seconds=0.5)
    answers = await asyncio.gather(
        stripe_provider.authorize(request), stripe_provider.authorize(request), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["AuthorizationSnapshot", "OutcomeUnknown"]
    assert world.books("stripe", "eur")["captured"] == 50_00


async def test_a_key_with_other_parameters_is_unknown_not_refused(stripe_provider: StripeProvider) -> None:
    """The first call with the key may have been carried out; only asking tells."""
    request = authorize_request()
    await stripe_provider.authorize(request)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.authorize(replace(request, order_number="FR-OTHER"))


async def test_too_many_requests_are_sent_again_and_in_the_end_unknown(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    world.fault("stripe", "payment_intents.create", "rate_limit_429", times=2)
    assert (await stripe_provider.authorize(authorize_request())).state is AuthorizationState.AUTHORIZED
    world.fault("stripe", "payment_intents.create", "rate_limit_429", times=3)
    with pytest.raises(OutcomeUnknown):
        await stripe_provider.authorize(authorize_request())


async def test_a_provider_that_is_not_there_is_unknown() -> None:
    provider = StripeProvider("sk_test_x", "whsec", "http://127.0.0.1:1/stripe", timeout_seconds=1)
    with pytest.raises(OutcomeUnknown):
        await provider.authorize(authorize_request())
    await provider.close()


async def test_an_answer_that_is_not_stripes_is_unknown(world: WorldClient) -> None:
    provider = StripeProvider(f"sk_test_{world.name}", "whsec", f"{world.url}/_sim/paypal/ca.pem?", timeout_seconds=2)
    with pytest.raises(OutcomeUnknown):
        await provider.fetch_authorization("pi_1")
    await provider.close()


@pytest.mark.requirement("PAY-14")
async def test_keys_and_client_secrets_stay_out_of_errors_and_logs(
    world: WorldClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [f"sk_test_{world.name}", "sk_live_wrong", "whsec_secret"]
    good = StripeProvider(secrets[0], secrets[2], f"{world.url}/stripe", timeout_seconds=2)
    wrong = StripeProvider(secrets[1], secrets[2], f"{world.url}/stripe", timeout_seconds=2)
    asked = await good.authorize(authorize_request(token="pm_card_authenticationRequired"))
    told = []
    for provider, token in ((good, "pm_card_chargeDeclined"), (good, "pm_none"), (wrong, "pm_card_visa")):
        with pytest.raises((Declined, ProviderRefused)) as refused:
            await provider.authorize(authorize_request(token=token))
        told.append(str(refused.value))
    world.fault("stripe", "payment_intents.create", "error_500_after")
    with pytest.raises(OutcomeUnknown) as unknown:
        await good.authorize(authorize_request())
    told += [str(unknown.value), repr(unknown.value), caplog.text]
    await good.close()
    await wrong.close()
    assert asked.state is AuthorizationState.REQUIRES_ACTION
    for secret in (*secrets, "_secret_"):
        assert not [text for text in told if secret in text]
