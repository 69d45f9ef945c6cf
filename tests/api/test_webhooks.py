"""What providers report: genuine, once, and applied later (PAY-9)."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
import stripe
from simulator.sink import Sink

from api.shop import CARD, row_counts, simulated
from store.kernel import db, outbox

BACK = {"return_url": "https://shop.example/return", "cancel_url": "https://shop.example/cancel"}


@pytest.fixture
def settings_changes(world):
    return simulated(world)


def event(event_id: str = "evt_1", kind: str = "payment_intent.succeeded") -> bytes:
    return json.dumps(
        {
            "id": event_id,
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
        }
    ).encode()


def signed(world, body: bytes, *, at: int | None = None) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), f"whsec_{world.name}", at)
    return {"Stripe-Signature": header, "Content-Type": "application/json"}


async def report(shop, path: str, body: bytes, headers: dict[str, str]):
    return await shop.client.post(f"/webhooks/{path}", content=body, headers=headers)


@pytest.mark.requirement("PAY-9")
async def test_an_event_is_stored_once_and_acknowledged_each_time(shop, world):
    body = event()
    answers = await asyncio.gather(*(report(shop, "stripe", body, signed(world, body)) for _ in range(10)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"received":true}')}
    assert await db.fetchval("select count(*) from inbox") == 1
    assert await db.fetchval("select count(*) from outbox where topic = 'stripe.webhook'") == 1


@pytest.mark.requirement("PAY-9")
async def test_what_is_forged_malformed_or_old_is_refused_and_leaves_nothing(shop, world):
    body = event()
    good = signed(world, body)
    forged = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_other", None)
    no_event = b'{"id": 5}'
    before = await row_counts()
    for path, content, headers in (
        ("stripe", body, {}),
        ("stripe", body, {"Stripe-Signature": forged}),
        ("stripe", body, {"Stripe-Signature": "t=x,v1="}),
        ("stripe", body.replace(b"pi_1", b"pi_2"), good),
        ("stripe", b"", good),
        ("stripe", b"not json", signed(world, b"not json")),
        ("stripe", no_event, signed(world, no_event)),
        ("stripe", body, signed(world, body, at=int(time.time()) - 3600)),
        ("paypal", body, {}),
        (
            "paypal",
            body,
            {
                "PayPal-Transmission-Id": "1",
                "PayPal-Transmission-Time": "2026-01-01T00:00:00Z",
                "PayPal-Transmission-Sig": "AAAA",
                "PayPal-Cert-Url": "https://evil.example/cert.pem",
                "PayPal-Auth-Algo": "SHA256withRSA",
            },
        ),
    ):
        answer = await report(shop, path, content, {"Content-Type": "application/json", **headers})
        assert (answer.status_code, answer.json()["code"]) == (400, "webhook_refused"), (path, headers)
    assert await row_counts() == before


@pytest.mark.requirement("PAY-9")
async def test_a_body_beyond_the_limit_is_not_read(shop, world):
    body = b'{"id": "evt_1", "filler": "' + b"x" * (256 * 1024) + b'"}'
    answer = await report(shop, "stripe", body, signed(world, body))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (await report(shop, "nobody", b"{}", {})).status_code == 404


@pytest.mark.requirement("PAY-9", "PAY-7")
@pytest.mark.parametrize("provider", ["stripe", "paypal"])
async def test_what_the_provider_reports_settles_the_order_without_the_payer(shop, world, provider):
    with Sink() as sink:
        secret = {"secret": f"whsec_{world.name}"} if provider == "stripe" else {"webhook_id": f"WH-{world.name}"}
        world.sim("endpoints", provider=provider, url=sink.url, **secret)
        if provider == "stripe":
            cart = await shop.cart(payment_method="card")
            answer = await shop.place(cart, payment={**CARD, "token": "pm_card_authenticationRequired"})
            intent = await db.fetchval("select provider_ref from payment_authorization")
            world.sim("stripe/3ds", payment_intent=intent, outcome="succeed")
        else:
            answer = await shop.place(await shop.cart(payment_method="paypal"), payment=BACK)
            world.sim("paypal/approve", order=await db.fetchval("select provider_ref from payment_authorization"))
        order = answer.json()
        assert order["status"] == "pending"
        await asyncio.to_thread(sink.wait_for, 1)
        await asyncio.sleep(0.3)
        received = list(sink.received)
    for message in [*reversed(received), *received]:  # out of order, and each twice
        headers = {
            name: value
            for name, value in message.headers.items()
            if name.startswith(("stripe-", "paypal-", "content-type"))
        }
        answer = await report(shop, provider, message.body, headers)
        assert answer.status_code == 200, answer.text
    assert await db.fetchval("select count(*) from inbox") == len(received)
    await outbox.drain()
    seen = await shop.see(order)
    assert seen["status"] == "confirmed"
    assert await db.fetchval("select count(*) from payment_authorization") == 1
