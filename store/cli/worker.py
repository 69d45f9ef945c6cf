"""`store worker`: background work in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal

import click

from store.cli.terminal import settings_or_exit
from store.kernel.settings import Settings

logger = logging.getLogger(__name__)


@click.command
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, help="Consumers that run at once."
)
@click.option(
    "--lease-seconds", type=click.IntRange(1, 3600), help="After how long work of a dead worker is given to another."
)
def command(concurrency: int, lease_seconds: int | None) -> None:
    """Consume the outbox and run scheduled jobs, until Ctrl-C or SIGTERM.

    Any number of these may run beside `store serve`, on any number of machines, with or without STORE_BROKER_URL: rows
    are leased from the database, so no two workers take the same one. A worker that is told to end lets running work
    finish for ten seconds; what it could not finish, and what a killed worker had begun, is done by another after
    the lease.

    \b
    Examples:
      store worker
      STORE_BROKER_URL=redis://localhost:6379 store worker --concurrency 32
    """
    import uvloop

    from store.cli.database import running_database

    settings = settings_or_exit()
    if lease_seconds is not None:
        from store.kernel import outbox

        outbox.LEASE_SECONDS = lease_seconds
    settings = running_database(settings)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_work(settings, concurrency))


async def _work(settings: Settings, concurrency: int) -> None:
    from store.app import compose
    from store.cli.database import connect_or_exit, refuse_pending_migrations
    from store.cli.logs import set_up_logs
    from store.cli.simulated import with_running_simulator
    from store.kernel import db
    from store.worker.runtime import Runtime

    ended = _on_signals()
    settings = with_running_simulator(settings)
    await connect_or_exit(settings, pool_size=max(settings.database_pool, concurrency + 2))
    try:
        await refuse_pending_migrations()
        compose(settings)
        set_up_logs(settings)
        runtime = Runtime(settings, concurrency=concurrency)
        await runtime.start()
        logger.info("the worker is ready")
        await ended.wait()
        await runtime.stop()
    finally:
        await db.disconnect()


def _on_signals() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM; the second ends at once."""
    ended = asyncio.Event()

    def end() -> None:
        if ended.is_set():
            os._exit(130)
        ended.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    return ended
