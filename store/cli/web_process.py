"""What one web process runs: the application with its part of the background work."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.cli.lifespan import Application, with_background
from store.kernel import db
from store.kernel.embedded_launch import PR_SET_PDEATHSIG
from store.kernel.settings import Settings, load_settings

PARENT = "STORE_PARENT_PROCESS"  # set for the processes of `store serve --workers N`
BUSY_REQUESTS = 2  # Answered at the same time: from here on people wait for each other.


def make_application(settings: Settings) -> Application:
    """The composed application. Rows of the outbox are consumed here, too, unless a broker carries them elsewhere."""
    from store.app import create_app
    from store.cli.logs import set_up_logs
    from store.web import health
    from store.worker.runtime import Runtime

    @asynccontextmanager
    async def background() -> AsyncIterator[None]:
        opened = db.ENGINE.pool is None
        if opened:
            await db.connect(settings.database_url, pool_size=settings.database_pool)
        runtime = Runtime(
            settings,
            consume=not settings.broker_url,
            is_busy=lambda: app.front.in_flight >= BUSY_REQUESTS,
        )
        await runtime.start()
        _settle_memory()
        health.checks["relay"] = lambda: runtime.alive
        try:
            yield
        finally:
            del health.checks["relay"]
            await runtime.stop()
            if opened:
                await db.disconnect()

    app = create_app(settings)  # composes
    set_up_logs(settings)
    return with_background(app, background)


def _settle_memory() -> None:
    """What is loaded by now stays: the collector need not walk through it again and again, nor look so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def application() -> Application:
    """Called by each of several web processes; the parent has put what it started into the environment."""
    _end_with_parent(int(os.environ[PARENT]))
    return make_application(load_settings())


def _end_with_parent(parent_pid: int) -> None:
    """Granian's workers would outlive a killed parent, and some would hang in a graceful stop that nobody leads.

    A parent that ends in good order has stopped them before; one that was killed takes them along as it went.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the process that started this one has ended")
