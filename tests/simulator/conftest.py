"""One simulator for the session, a fresh world for each test."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.sink import Sink
from simulator.world_client import WorldClient

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stripe's HTTPXClient sends its form in a way that httpx deprecates, on every call."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning"))


@pytest.fixture
def world(simulator_url: str) -> Iterator[WorldClient]:
    with WorldClient(simulator_url, f"t{uuid.uuid4().hex[:12]}") as client:
        yield client


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as listening:
        yield listening
