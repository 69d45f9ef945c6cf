"""Topics of the test's own, and runtimes that are stopped whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from store.kernel import outbox
from store.kernel.settings import Settings
from store.worker import schedule
from store.worker.runtime import Runtime


@pytest.fixture(autouse=True)
def _own_subscriptions(monkeypatch):
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(outbox, "_subscriptions", {})
    monkeypatch.setattr(outbox, "_wake", [])
    monkeypatch.setattr(schedule, "_jobs", {})


@pytest.fixture
async def runtime(database, database_url):
    """Make a started runtime on the test's database."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options) -> Runtime:
            made = Runtime(Settings(database_url=database_url), **options)
            await made.start()
            stack.push_async_callback(made.stop)
            return made

        yield start


@pytest.fixture
def eventually():
    """Wait until the condition holds, or fail."""

    async def wait(condition, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            await asyncio.sleep(0.01)

    return wait
