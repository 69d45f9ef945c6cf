"""Fake providers connected to a real database, and the facts that the room stages."""

from __future__ import annotations

from typing import Any

import pytest

from store.kernel import outbox
from store.payments import payment_links, port
from store.payments.operations import TOPIC
from store.payments.perform_operation import run_operation
from store.payments.take_webhook import take_webhook
from tests.payments.fake_provider import FakeProvider


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
        if topic != TOPIC:
            outbox.subscribe(topic, listener(topic), name=f"hear {topic}")
    outbox.subscribe(TOPIC, run_operation)
    outbox.subscribe("stripe.webhook", stripe_webhook)
    outbox.subscribe("paypal.webhook", paypal_webhook)
    payment_links.configure(b"a secret of this installation")
    return heard


@pytest.fixture
def stripe(facts, monkeypatch) -> FakeProvider:
    monkeypatch.setattr(port, "_providers", dict(port._providers))
    provider = FakeProvider("stripe")
    port.use_provider(provider)
    return provider


@pytest.fixture
def paypal(facts, monkeypatch) -> FakeProvider:
    monkeypatch.setattr(port, "_providers", dict(port._providers))
    provider = FakeProvider("paypal")
    port.use_provider(provider)
    return provider
