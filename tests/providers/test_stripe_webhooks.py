"""Stripe's webhooks: signed on the raw body, fresh by our clock, and never believed without asking."""

import asyncio
import json
from datetime import timedelta

import pytest
import stripe
from simulator.sink import Sink
from simulator.world_client import WorldClient

from providers.conftest import STRIPE_SECRET
from providers.requests_of_the_store import authorize_request, capture_request, setup_request
from store.kernel import clock
from store.payments.port import AuthorizationState, WebhookRefused
from store.providers.stripe import StripeProvider

BODY = json.dumps({"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {}}})
pytestmark = pytest.mark.requirement("PAY-9")


def signed(body: str = BODY, secret: str = STRIPE_SECRET, age_seconds: int = 0) -> dict[str, str]:
    moment = int(clock.now().timestamp()) - age_seconds
    return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret, moment)}


async def test_every_event_of_a_payment_is_signed_and_read(
    stripe_provider: StripeProvider, world: WorldClient, sink: Sink
) -> None:
    world.sim("endpoints", provider="stripe", url=sink.url, secret=STRIPE_SECRET)
    held = await stripe_provider.authorize(authorize_request())
    await stripe_provider.capture(capture_request(held))
    saved = await stripe_provider.set_up(setup_request())
    received = await asyncio.to_thread(sink.wait_for, 9)
    events = [await stripe_provider.verify_webhook(one.headers, one.body) for one in received]
    assert len({event.event_id for event in events}) == len(events)
    kinds = {event.kind for event in events}
    assert {"payment_intent.created", "charge.captured", "payment_intent.succeeded", "setup_intent.succeeded"} <= kinds
    truth = await stripe_provider.fetch_authorization(held.provider_ref)
    for event in events:
        snapshots = await stripe_provider.read_webhook(event.kind, event.payload)
        if event.kind.startswith(("payment_intent.", "charge.")):
            # Old events tell of old states; what counts is what Stripe says now.
            assert snapshots == [truth]
        elif event.kind.startswith("setup_intent."):
            assert snapshots == [saved]
        else:
            assert snapshots == []
    assert truth.state is AuthorizationState.CAPTURED


async def test_a_good_signature_is_accepted_whatever_the_headers_case(stripe_provider: StripeProvider) -> None:
    header = signed()["Stripe-Signature"]
    for name in ("Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"):
        event = await stripe_provider.verify_webhook({name: header}, BODY.encode())
        assert (event.event_id, event.kind) == ("evt_1", "payment_intent.succeeded")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        (signed(secret="whsec_of_another"), BODY),
        (signed(), BODY.replace("evt_1", "evt_2")),
        (signed(), BODY + " "),
        ({"stripe-signature": "t=1,v1="}, BODY),
        ({"stripe-signature": "v1=abc"}, BODY),
        ({"stripe-signature": "t=now,v1=abc"}, BODY),
        ({"stripe-signature": "t=1,v1=é"}, BODY),
        ({"stripe-signature": signed()["Stripe-Signature"].replace("v1=", "v0=")}, BODY),
        (signed("not json"), "not json"),
        (signed("[]"), "[]"),
        (signed('{"id": 1}'), '{"id": 1}'),
    ],
)
async def test_what_is_not_stripes_is_refused(stripe_provider: StripeProvider, headers: dict, body: str) -> None:
    with pytest.raises(WebhookRefused):
        await stripe_provider.verify_webhook(headers, body.encode())


async def test_a_body_that_is_not_text_is_refused(stripe_provider: StripeProvider) -> None:
    with pytest.raises(WebhookRefused):
        await stripe_provider.verify_webhook(signed(), b"\xff\xfe")


@pytest.mark.parametrize("age_seconds", [310, 86_400, -310])
async def test_an_old_signature_and_one_from_the_future_are_refused(
    stripe_provider: StripeProvider, age_seconds: int
) -> None:
    with pytest.raises(WebhookRefused):
        await stripe_provider.verify_webhook(signed(age_seconds=age_seconds), BODY.encode())


async def test_freshness_follows_the_stores_clock(stripe_provider: StripeProvider) -> None:
    old = signed()
    clock.set_offset(timedelta(days=3))
    with pytest.raises(WebhookRefused):
        await stripe_provider.verify_webhook(old, BODY.encode())
    assert await stripe_provider.verify_webhook(signed(), BODY.encode())


async def test_without_a_secret_nothing_is_accepted(world: WorldClient) -> None:
    provider = StripeProvider(f"sk_test_{world.name}", "", f"{world.url}/stripe")
    with pytest.raises(WebhookRefused):
        await provider.verify_webhook(signed(secret=""), BODY.encode())
    await provider.close()


async def test_events_of_no_interest_are_read_as_nothing(stripe_provider: StripeProvider) -> None:
    for payload in ({}, {"data": {}}, {"data": {"object": {"object": "payout", "id": "po_1"}}}):
        assert await stripe_provider.read_webhook("payout.paid", payload) == []
    for kind, reference in (("payment_intent", "pi_gone"), ("refund", "re_gone"), ("payment_intent", "../refunds")):
        gone = {"object": kind, "id": reference}
        assert await stripe_provider.read_webhook(f"{kind}.created", {"data": {"object": gone}}) == []
    charge = {"object": "charge", "id": "ch_1", "payment_intent": None}
    assert await stripe_provider.read_webhook("charge.succeeded", {"data": {"object": charge}}) == []
