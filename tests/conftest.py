"""A real PostgreSQL for the whole run, a database of its own for every test that asks for one.

The cluster is started once, by the controller when the run is spread over several workers; the schema is migrated
once into a template; each test copies the template, which takes some milliseconds.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from simulator.world_client import start_simulator

from store.cli.seed import seed_demo_catalogue
from store.kernel import clock, db
from store.kernel.embedded_postgres import FAST_AND_UNSAFE, EmbeddedPostgres
from store.kernel.migrate import migrate

TEMPLATE = "template_store"
SEEDED = "template_seeded"  # the same with the demo catalogue
_cluster: EmbeddedPostgres | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="what is so now is approved: look at it first")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_dsn_key] = getattr(config, "workerinput", {}).get("postgres_dsn")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["postgres_dsn"] = _start(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    global _cluster  # noqa: PLW0603
    if _cluster is not None:
        _cluster.stop()
        shutil.rmtree(_cluster.data_dir, ignore_errors=True)
        _cluster = None


_dsn_key = pytest.StashKey[str | None]()


def _start(config: pytest.Config) -> str:
    """Start and migrate the cluster once in this process; returns the URL with {database} left open."""
    global _cluster  # noqa: PLW0603
    if _cluster is None:
        folder = Path(tempfile.mkdtemp(prefix="store-test-pg-"))
        _cluster = EmbeddedPostgres(folder, settings={**FAST_AND_UNSAFE, "max_connections": "300"})
        _cluster.start()
        _cluster.create_database(TEMPLATE)
        asyncio.run(_migrate_template(_cluster.dsn(TEMPLATE)))
        asyncio.run(_seed_template(_cluster.dsn("postgres"), _cluster.dsn(SEEDED)))
    url = _cluster.dsn("DATABASE")
    config.stash[_dsn_key] = url
    return url


async def _migrate_template(dsn: str) -> None:
    await db.connect(dsn)
    try:
        await migrate()
    finally:
        await db.disconnect()


async def _seed_template(admin_dsn: str, dsn: str) -> None:
    connection = await asyncpg.connect(admin_dsn)
    await connection.execute(f"create database {SEEDED} template {TEMPLATE}")
    await connection.close()
    await db.connect(dsn)
    try:
        await seed_demo_catalogue()
    finally:
        await db.disconnect()


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The cluster's URL with DATABASE in the place of the name."""
    return pytestconfig.stash[_dsn_key] or _start(pytestconfig)


@asynccontextmanager
async def _copy_of(template: str, postgres_url: str) -> AsyncIterator[str]:
    """A database of its own, gone afterwards."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url.replace("DATABASE", "postgres"))
    try:
        for attempt in range(50):
            try:
                await connection.execute(f"create database {name} template {template}")
                break
            except asyncpg.ObjectInUseError:
                if attempt == 49:
                    raise
                await asyncio.sleep(0.05)
        yield postgres_url.replace("DATABASE", name)
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh, migrated, empty database for this test."""
    async with _copy_of(TEMPLATE, postgres_url) as url:
        yield url


@pytest.fixture
async def seeded_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh database with the demo catalogue for this test."""
    async with _copy_of(SEEDED, postgres_url) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[None]:
    """The store's pool connected to the test's own database."""
    await db.connect(database_url, pool_size=20)
    yield
    await db.disconnect()


@pytest.fixture(scope="session")
def simulator_url() -> Iterator[str]:
    """The payment world of this process; each test has a world of its own in it."""
    process, url = start_simulator()
    yield url
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.fixture(autouse=True)
def _real_time() -> Iterator[None]:
    """No test leaves the clock moved."""
    clock.set_offset(timedelta())
    yield
    clock.set_offset(timedelta())
