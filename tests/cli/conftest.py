"""Call a command in this process, on the test's own database."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from click.testing import CliRunner

from store.cli import main


@pytest.fixture
def store(database_url, monkeypatch, tmp_path):
    """`await store("outbox", "list")` gives the result with .exit_code and .output (both streams)."""
    monkeypatch.setenv("STORE_DATABASE_URL", database_url)
    monkeypatch.setenv("STORE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    async def call(*arguments):
        return await asyncio.to_thread(CliRunner().invoke, main, list(arguments))

    return call


@pytest.fixture
async def connection(database_url):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
