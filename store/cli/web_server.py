"""Granian around the application: in this process and on our loop, or as several processes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from store.cli.lifespan import Application
from store.cli.web_process import PARENT
from store.kernel.settings import Settings

logger = logging.getLogger(__name__)

GRACE_SECONDS = 15  # for background work to end (10 s) and requests to be answered
LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "WARNING", "propagate": True}},
}


class ServerEnded(RuntimeError):
    """The application didn't start; the log says why."""


async def serve_in_process(application: Application, settings: Settings, watch: Callable[[], Any]) -> None:
    """Serve until SIGINT or SIGTERM; `watch` makes a coroutine that runs beside. A second signal ends at once."""
    from granian.constants import Interfaces
    from granian.errors import FatalError
    from granian.log import LogLevels
    from granian.server.embed import Server

    server = Server(
        application,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=1024,
        log_level=LogLevels.error,  # it calls itself experimental and lists its threads otherwise
        log_dictconfig=LOGS,
    )
    server.workers_kill_timeout = GRACE_SECONDS
    asked = False

    def end() -> None:
        nonlocal asked
        if asked:
            os._exit(130)  # the children end with us
        asked = True
        server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    watching = asyncio.create_task(watch())
    try:
        await server.serve()
    except FatalError as error:
        raise ServerEnded from error
    except TimeoutError:
        logger.warning("requests were still running after %s s and were cut off", GRACE_SECONDS)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    if not asked:
        raise ServerEnded


def serve_in_processes(settings: Settings, workers: int) -> None:
    """Serve from several processes until SIGINT or SIGTERM; what they need to know is in the environment."""
    import multiprocessing

    from granian import Granian
    from granian.constants import Interfaces, Loops

    # A forked process would inherit locks that threads of this one hold at that moment.
    multiprocessing.set_start_method("spawn", force=True)
    # A spawned process runs the script that started us again, unless it knows of none. That of an installer may lack
    # the guard by __name__, and would start a whole store.
    vars(sys.modules["__main__"]).pop("__file__", None)
    os.environ |= {
        PARENT: str(os.getpid()),
        "STORE_DATABASE_URL": settings.database_url,
        "STORE_SIMULATOR_URL": settings.simulator_url,
        "STORE_HOST": settings.host,
        "STORE_PORT": str(settings.port),
    }
    Granian(
        "store.cli.web_process:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        websockets=False,
        backlog=1024,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        log_dictconfig=LOGS,
    ).serve()
