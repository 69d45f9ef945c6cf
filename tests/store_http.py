"""The store over HTTP in tests: the real application on the test's own loop and database.

from store_http import app, client, keys  # noqa: F401 - fixtures

async def test_something(client, keys):
    answer = await client.get("/api/v1/markets", headers=keys.storefront)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from store.app import StoreApp, create_app
from store.customers import Principal, authenticate, create_key
from store.kernel.settings import Settings

Headers = dict[str, str]


@dataclass(frozen=True)
class Keys:
    """A header set for each role that has keys, and the tokens themselves."""

    tokens: dict[str, str]

    def __getattr__(self, role: str) -> Headers:
        return bearer(self.tokens[role])

    async def principal(self, role: str) -> Principal:
        found = await authenticate(self.tokens[role])
        assert found
        return found


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


async def make_keys() -> Keys:
    roles = ("storefront", "agent", "warehouse", "admin")
    return Keys({role: (await create_key(role, role, by="tests"))[1] for role in roles})


def settings_for(database_url: str, **changes: Any) -> Settings:
    return Settings(
        **{"database_url": database_url, "database_pool": 20, "secret_key": "the secret of the tests", **changes}
    )


def http_client(app: StoreApp, **changes: Any) -> httpx.AsyncClient:
    """A client that reaches the application without a socket, as if from this machine."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, **changes)
    return httpx.AsyncClient(transport=transport, base_url="http://store.test")


@pytest.fixture
def extra_handlers() -> list[Any]:
    """Handlers beside the store's own; a test module overrides it."""
    return []


@asynccontextmanager
async def running(application: StoreApp) -> AsyncIterator[StoreApp]:
    """The application between start and stop, in a task of its own, as a fixture ends in another than it began in."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            started.set()
            await stop.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
    try:
        yield application
    finally:
        stop.set()
        await task


@pytest.fixture
async def app(database_url: str, extra_handlers: list[Any]) -> AsyncIterator[StoreApp]:
    async with running(create_app(settings_for(database_url), *extra_handlers)) as application:
        yield application


@pytest.fixture
async def client(app: StoreApp) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(app) as http:
        yield http


@pytest.fixture
async def keys(app: StoreApp) -> Keys:
    return await make_keys()
