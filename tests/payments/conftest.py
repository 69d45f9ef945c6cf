"""Fake providers, or the adapters over a simulator, connected to a real database; and the facts that are staged."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from simulator.world_client import WorldClient

from payments.fake_provider import FakeProvider
from store.kernel import outbox
from store.payments import payment_links, port
from store.payments.operations import TOPIC
from store.payments.perform_operation import run_operation
from store.payments.take_webhook import take_webhook
from store.providers.paypal import PayPalProvider
from store.providers.stripe import StripeProvider


async def stripe_webhook(event_id: str) -> None:
    await take_webhook("stripe", event_id)


async def paypal_webhook(event_id: str) -> None:
    await take_webhook("paypal", event_id)


@pytest.fixture
def facts(monkeypatch) -> list[tuple[str, dict[str, Any]]]:
    """Every fact that was staged and drained, in order; operations and webhooks are consumed for real."""
    heard: list[tuple[str, dict[str, Any]]] = []
    topics = outbox.subscriptions()
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(outbox, "_subscriptions", {})

    def listener(topic: str):
        async def hear(**payload: Any) -> None:
            heard.append((topic, payload))

        return hear

    for topic in topics:
        if topic not in {TOPIC, "stripe.webhook", "paypal.webhook"}:
            outbox.subscribe(topic, listener(topic), name=f"hear {topic}")
    outbox.subscribe(TOPIC, run_operation)
    outbox.subscribe("stripe.webhook", stripe_webhook)
    outbox.subscribe("paypal.webhook", paypal_webhook)
    monkeypatch.setattr(port, "_providers", {})
    payment_links.configure(b"a secret of this installation")
    return heard


@pytest.fixture
def stripe(facts) -> FakeProvider:
    provider = FakeProvider("stripe")
    port.use_provider(provider)
    return provider


@pytest.fixture
def paypal(facts) -> FakeProvider:
    provider = FakeProvider("paypal")
    port.use_provider(provider)
    return provider


@pytest.fixture
async def world(simulator_url, facts) -> AsyncIterator[WorldClient]:
    """A world of the simulator, with both adapters connected to it as the store connects them."""
    with WorldClient(simulator_url, f"s{uuid.uuid4().hex[:12]}") as client:
        providers = adapters(client.url, client.name)
        for provider in providers:
            port.use_provider(provider)
        yield client
        for provider in providers:
            await provider.close()


def adapters(url: str, world: str) -> tuple[StripeProvider, PayPalProvider]:
    return (
        StripeProvider(f"sk_test_{world}", "whsec_x", f"{url}/stripe", timeout_seconds=5),
        PayPalProvider(world, "secret", "WEBHOOK1", f"{url}/paypal", timeout_seconds=5, simulator_url=url),
    )
