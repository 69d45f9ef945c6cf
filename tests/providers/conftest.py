"""The adapters over real HTTP, against a simulator of the session and a world of the test."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from simulator.sink import Sink
from simulator.world_client import WorldClient

from store.providers.paypal import PayPalProvider
from store.providers.stripe import StripeProvider

STRIPE_SECRET = "whsec_of_the_test"
WEBHOOK_ID = "WEBHOOKOFTHETEST1"


@pytest.fixture
def world(simulator_url: str) -> Iterator[WorldClient]:
    with WorldClient(simulator_url, f"p{uuid.uuid4().hex[:12]}") as client:
        yield client


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as listening:
        yield listening


@pytest.fixture
async def stripe_provider(world: WorldClient) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(
        f"sk_test_{world.name}", STRIPE_SECRET, f"{world.url}/stripe", timeout_seconds=5, multicapture=True
    )
    yield provider
    await provider.close()


@pytest.fixture
async def paypal_provider(world: WorldClient) -> AsyncIterator[PayPalProvider]:
    provider = PayPalProvider(
        world.name, "a-client-secret", WEBHOOK_ID, f"{world.url}/paypal", timeout_seconds=5, simulator_url=world.url
    )
    yield provider
    await provider.close()
