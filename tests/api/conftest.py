"""The store over HTTP with the demo catalogue: seeded once into a template, copied for every test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from simulator.world_client import WorldClient
from store_http import client, extra_handlers, keys, running, settings_for

from api.documented import only_documented_problems
from api.shop import Shop
from store.app import StoreApp, create_app
from store.cli.seed import seed_demo_catalogue
from store.kernel import db

__all__ = ["client", "extra_handlers", "keys", "only_documented_problems"]


@pytest.fixture(scope="session")
def seeded_template(postgres_url: str) -> str:
    """The name of a database that has the demo catalogue, ready to be copied."""
    name = f"template_seeded_{uuid4().hex[:8]}"

    async def make() -> None:
        connection = await asyncpg.connect(postgres_url.replace("DATABASE", "postgres"))
        try:
            await create(connection, name, "template_store")
        finally:
            await connection.close()
        await db.connect(postgres_url.replace("DATABASE", name))
        try:
            await seed_demo_catalogue()
        finally:
            await db.disconnect()

    asyncio.run(make())
    return name


async def create(connection: asyncpg.Connection, name: str, template: str) -> None:
    """A template that was just left may be in use for a moment."""
    for _ in range(50):
        with suppress(asyncpg.ObjectInUseError):
            await connection.execute(f"create database {name} template {template}")
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(template)


@pytest.fixture
async def database_url(postgres_url: str, seeded_template: str) -> AsyncIterator[str]:
    """A fresh database with the demo catalogue for this test."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url.replace("DATABASE", "postgres"))
    try:
        await create(connection, name, seeded_template)
        yield postgres_url.replace("DATABASE", name)
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()


@pytest.fixture
def settings_changes() -> dict[str, Any]:
    """What a module wants otherwise in the settings."""
    return {}


@pytest.fixture
async def app(database_url: str, settings_changes: dict[str, Any], tmp_path: Path) -> AsyncIterator[StoreApp]:
    settings = settings_for(database_url, **{"data_dir": tmp_path, **settings_changes})
    async with running(create_app(settings)) as application:
        yield application


@pytest.fixture
def world(simulator_url: str) -> Iterator[WorldClient]:
    """A payment world of this test's own."""
    with WorldClient(simulator_url, f"api{uuid4().hex[:12]}") as client:
        yield client


@pytest.fixture
async def shop(client, keys) -> Shop:
    """A storefront that speaks to the store."""
    return Shop(client, keys.storefront)
