"""What `store serve` starts around the web server, and waiting for it to be ready."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import replace
from functools import partial

from store.cli.children import Children, Simulator
from store.cli.database import postgres_folder
from store.cli.ports import free_port, is_free
from store.cli.simulated import connect, is_simulated, remember_url
from store.cli.terminal import fail
from store.kernel.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from store.kernel.settings import Settings

logger = logging.getLogger(__name__)

READY_SECONDS = 60.0


def start_children(settings: Settings, *, simulator: bool) -> tuple[Settings, Children]:
    """Start what isn't configured; gives the settings with the addresses of what was started."""
    postgres = None if settings.database_url else EmbeddedPostgres(postgres_folder(settings))
    wanted = simulator and not settings.simulator_url and is_simulated(settings)
    if wanted or postgres is not None:
        try:
            settings.data_dir.expanduser().mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fail(f"The data folder {settings.data_dir} can't be made: {error.strerror}. Set STORE_DATA_DIR to another.")
    if postgres is not None:
        try:
            postgres.start()
        except EmbeddedPostgresError as error:
            fail(str(error))
        settings = replace(settings, database_url=postgres.dsn())
    play = Simulator(_simulator_port(settings), settings.data_dir.expanduser()) if wanted else None
    if play is not None:
        settings = replace(settings, simulator_url=play.url)
        remember_url(settings, play.url)
    url = settings.simulator_url
    connect_simulator = partial(connect, settings, url) if url else None
    children = Children(postgres, play, connect_simulator)
    children.start()
    return settings, children


async def await_ready(settings: Settings) -> bool:
    """Ask the health page until it says ready; False when it doesn't in time."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if await _answers_ready(settings):
            return True
        await asyncio.sleep(0.02)
    logger.warning("the store is not ready after %.0f s: see %s/health/ready", READY_SECONDS, settings.base_url)
    return False


async def _answers_ready(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared only
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, settings.port)
            try:
                writer.write(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                status = await reader.readline()
            finally:
                writer.close()
    except OSError:
        return False
    return b" 200 " in status


def _simulator_port(settings: Settings) -> int:
    """The usual port; another one when it is taken, unless it was asked for by name."""
    if is_free("127.0.0.1", settings.simulator_port):
        return settings.simulator_port
    if "STORE_SIMULATOR_PORT" in os.environ:
        fail(f"Port {settings.simulator_port} for the payment simulator is taken. Choose another STORE_SIMULATOR_PORT.")
    return free_port()
