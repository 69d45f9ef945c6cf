"""A whole shop without HTTP: the rooms composed, the demo catalogue, and the payment world of a simulator."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from simulator.world_client import WorldClient, start_simulator

from orders.shop import Shop
from store import composition
from store.kernel import db
from store.kernel.settings import Settings
from store.providers import close_providers


@pytest.fixture(scope="session")
def simulator_url() -> Iterator[str]:
    process, url = start_simulator()
    yield url
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.fixture
def world(simulator_url: str) -> Iterator[WorldClient]:
    with WorldClient(simulator_url, f"o{uuid.uuid4().hex[:12]}") as client:
        yield client


@pytest.fixture
async def shop(seeded_url: str, world: WorldClient) -> AsyncIterator[Shop]:
    await db.connect(seeded_url, pool_size=20)
    composition.connect(
        Settings(
            simulator_url=world.url,
            stripe_secret_key=f"sk_test_{world.name}",
            stripe_webhook_secret="whsec_of_the_test",
            paypal_client_id=world.name,
            paypal_client_secret="a-client-secret",
            secret_key="the secret of the tests",
            provider_timeout_seconds=5,
        )
    )
    yield Shop(world)
    await close_providers()
    await db.disconnect()
