"""Webhooks: signed for real, delivered aside, tried again, and disturbed on demand."""

import base64
import json
import zlib

import pytest
import stripe
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from simulator.sink import Received, Sink
from simulator.world_client import WorldClient

SECRET = "whsec_for_the_test"
WEBHOOK_ID = "1JE4291016473214C"


def listen(world: WorldClient, sink: Sink, provider: str = "stripe") -> None:
    world.sim("endpoints", provider=provider, url=sink.url, secret=SECRET, webhook_id=WEBHOOK_ID)


def types(received: list[Received]) -> list[str]:
    events = [json.loads(row.body) for row in received]
    return [event.get("type") or event["event_type"] for event in events]


def test_stripes_own_library_accepts_the_signature(world: WorldClient, sink: Sink) -> None:
    listen(world, sink)
    intent = world.hold()
    received = sink.wait_for(3)
    assert types(received) == ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
    for row in received:
        event = stripe.Webhook.construct_event(row.body, row.headers["stripe-signature"], SECRET)
        assert event.api_version == "2024-04-10"
    assert json.loads(received[2].body)["data"]["object"]["id"] == intent.id
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(received[0].body + b" ", received[0].headers["stripe-signature"], SECRET)


def test_paypals_signature_leads_to_its_authority(world: WorldClient, sink: Sink) -> None:
    listen(world, sink, "paypal")
    world.captured("20.00")
    received = sink.wait_for(3)
    assert types(received) == ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.COMPLETED"]
    row = received[1]
    address = row.headers["paypal-cert-url"]
    assert address.startswith("https://api.sandbox.paypal.com/v1/notifications/certs/CERT-")
    pem = world.http.get(address.replace("https://api.sandbox.paypal.com", "/paypal")).content
    leaf = x509.load_pem_x509_certificate(pem)
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(world.http.get("/_sim/paypal/ca.pem").content))
    head = f"{row.headers['paypal-transmission-id']}|{row.headers['paypal-transmission-time']}"
    signed = f"{head}|{WEBHOOK_ID}|{zlib.crc32(row.body)}".encode()
    signature = base64.b64decode(row.headers["paypal-transmission-sig"])
    leaf.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    assert row.headers["paypal-auth-algo"] == "SHA256withRSA"


def test_paypal_checks_a_signature_when_asked(world: WorldClient, sink: Sink) -> None:
    listen(world, sink, "paypal")
    world.captured("20.00")
    row = sink.wait_for(3)[1]
    names = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")
    question = {name: row.headers[f"paypal-{name.replace('_', '-')}"] for name in names}
    question |= {"webhook_id": WEBHOOK_ID, "webhook_event": json.loads(row.body)}

    def verdict(**changes: object) -> str:
        return world.paypal.post("v1/notifications/verify-webhook-signature", {**question, **changes})[
            "verification_status"
        ]

    assert verdict() == "SUCCESS"
    assert verdict(webhook_id="OTHER") == "FAILURE"
    assert verdict(webhook_event={**question["webhook_event"], "summary": "changed"}) == "FAILURE"


def test_a_refused_webhook_is_tried_again_and_signed_again(world: WorldClient, sink: Sink) -> None:
    listen(world, sink)
    sink.answers = [500]
    world.stripe.customers.create({})
    first, second = sink.wait_for(2)
    assert first.body == second.body
    for row in (first, second):
        stripe.Webhook.construct_event(row.body, row.headers["stripe-signature"], SECRET)
    delivery = world.look("webhooks")["deliveries"][0]
    assert delivery["attempts"][0]["status"] == 500


def test_the_answer_does_not_wait_for_a_dead_endpoint(world: WorldClient) -> None:
    world.sim("endpoints", provider="stripe", url="http://127.0.0.1:9/nobody", secret=SECRET)
    assert world.pay().status == "succeeded"
    assert all(row["status"] != "delivered" for row in world.look("webhooks")["deliveries"])


def test_held_webhooks_are_flushed_in_the_order_asked_for(world: WorldClient, sink: Sink) -> None:
    listen(world, sink)
    world.sim("webhooks/mode", mode="hold")
    world.hold()
    assert {row["status"] for row in world.look("webhooks")["deliveries"]} == {"held"}
    answer = world.sim("webhooks/flush", order="reverse", times=2)["delivered"]
    assert [row["statuses"] for row in answer] == [[200, 200]] * 3
    arrived = types(sink.received)
    assert arrived[0] == arrived[1] == "payment_intent.amount_capturable_updated"
    assert arrived[-1] == "payment_intent.created"
    assert world.sim("webhooks/flush")["delivered"] == []


def test_webhooks_can_be_doubled_turned_round_lost_and_late(world: WorldClient, sink: Sink) -> None:
    listen(world, sink)
    world.sim("webhooks/mode", mode="duplicate")
    world.stripe.customers.create({})
    assert types(sink.wait_for(2)) == ["customer.created"] * 2
    world.sim("webhooks/mode", mode="reverse")
    world.hold()
    assert types(sink.wait_for(5))[2] == "payment_intent.amount_capturable_updated"
    world.sim("webhooks/mode", mode="lose")
    world.stripe.customers.create({})
    world.sim("webhooks/mode", mode="delay", seconds=0.3)
    world.stripe.customers.create({})
    assert len(sink.received) == 5
    sink.wait_for(6)
    statuses = [row["status"] for row in world.look("webhooks")["deliveries"]]
    assert statuses.count("lost") == 1
    lost = next(row for row in world.look("webhooks")["deliveries"] if row["status"] == "lost")
    assert world.sim("webhooks/resend", event=lost["event"])["delivered"][0]["statuses"] == [200]


def test_an_endpoint_made_through_stripes_api_hears_what_it_asked_for(world: WorldClient, sink: Sink) -> None:
    made = world.stripe.webhook_endpoints.create({"url": sink.url, "enabled_events": ["payment_intent.succeeded"]})
    world.pay()
    row = sink.wait_for(1)[0]
    assert stripe.Webhook.construct_event(row.body, row.headers["stripe-signature"], made.secret).type == (
        "payment_intent.succeeded"
    )


def test_refunds_and_disputes_are_announced(world: WorldClient, sink: Sink) -> None:
    listen(world, sink)
    listen(world, sink, "paypal")
    world.sim("webhooks/mode", mode="hold")
    charge = world.pay().latest_charge.id
    world.stripe.refunds.create({"charge": charge, "amount": 1_00})
    dispute = world.sim("dashboard/dispute", provider="stripe", charge_or_capture=charge)["id"]
    world.sim("dashboard/dispute/close", provider="stripe", dispute=dispute, outcome="won")
    capture = world.captured()
    world.refund_capture(capture, "1.00")
    claim = world.sim("dashboard/dispute", provider="paypal", charge_or_capture=capture)["dispute_id"]
    world.sim("dashboard/dispute/close", provider="paypal", dispute=claim, outcome="lost")
    announced = [row["event_type"] for row in world.sim("webhooks/flush")["delivered"]]
    assert {
        "refund.created", "charge.refunded", "charge.dispute.created", "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated", "charge.dispute.closed", "PAYMENT.CAPTURE.REFUNDED",
        "CUSTOMER.DISPUTE.CREATED", "PAYMENT.CAPTURE.REVERSED", "CUSTOMER.DISPUTE.RESOLVED",
    } <= set(announced)  # fmt: skip
