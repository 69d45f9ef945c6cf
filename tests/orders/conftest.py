"""A whole shop without HTTP: the rooms composed, the demo catalogue, and the payment world of a simulator."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from simulator.sink import Sink
from simulator.world_client import WorldClient

from orders.shop import Shop
from store import composition
from store.kernel import db
from store.kernel.settings import Settings
from store.providers import close_providers


@pytest.fixture
def world(simulator_url: str) -> Iterator[WorldClient]:
    with WorldClient(simulator_url, f"o{uuid.uuid4().hex[:12]}") as client:
        yield client


WEBHOOK_ID = "WEBHOOKOFTHETEST1"


@pytest.fixture
def sinks(world: WorldClient) -> Iterator[dict[str, Sink]]:
    """Where the providers' webhooks arrive; they are held until the shop asks for them."""
    with Sink() as stripe, Sink() as paypal:
        world.sim("endpoints", provider="stripe", url=stripe.url, secret="whsec_of_the_test")
        world.sim("endpoints", provider="paypal", url=paypal.url, webhook_id=WEBHOOK_ID)
        world.sim("webhooks/mode", mode="hold")
        yield {"stripe": stripe, "paypal": paypal}


@pytest.fixture
async def shop(seeded_url: str, world: WorldClient, sinks: dict[str, Sink]) -> AsyncIterator[Shop]:
    await db.connect(seeded_url, pool_size=20)
    composition.connect(
        Settings(
            simulator_url=world.url,
            stripe_secret_key=f"sk_test_{world.name}",
            stripe_webhook_secret="whsec_of_the_test",
            paypal_client_id=world.name,
            paypal_client_secret="a-client-secret",
            paypal_webhook_id=WEBHOOK_ID,
            secret_key="the secret of the tests",
            provider_timeout_seconds=5,
        )
    )
    yield Shop(world, sinks)
    await close_providers()
    await db.disconnect()
