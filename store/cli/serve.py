"""`store serve`: everything that a store needs, with or without configuration."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from store.cli.terminal import fail, refuse, settings_or_exit
from store.kernel.settings import BadSettings, Settings

if TYPE_CHECKING:
    from store.cli.children import Children

logger = logging.getLogger(__name__)


@click.command
@click.option("--host", help="Address to listen on (STORE_HOST, 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (STORE_PORT, 8000).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Number of web processes.")
@click.option("--no-simulator", is_flag=True, help="Don't start the payment simulator.")
def command(host: str | None, port: int | None, workers: int, no_simulator: bool) -> None:  # noqa: FBT001 - click's
    """Start the store and keep it running until Ctrl-C or SIGTERM.

    Without configuration a PostgreSQL of its own is started in ./var (STORE_DATA_DIR), demo data is loaded when the
    database is new, and the payment simulator plays Stripe and PayPal. With STORE_DATABASE_URL and the providers' keys
    set, real services are used instead.

    \b
    Examples:
      store serve
      store serve --port 9000
      STORE_DATABASE_URL=postgresql://… store serve --workers 4
    """
    started = time.monotonic() - _process_age_seconds()
    settings = settings_or_exit()
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    _refuse_taken_port(settings)
    signal.signal(signal.SIGTERM, _end_in_good_order)
    from store.cli.surroundings import start_children

    imports = threading.Thread(target=_import_application, name="imports", daemon=True)
    imports.start()  # loads while PostgreSQL starts
    settings, children = start_children(settings, simulator=not no_simulator)
    imports.join()  # Two threads that import the same packages can lock each other out.
    try:
        _serve(Serving(settings, children, workers, started))
    except BadSettings as error:  # what only the composition can know
        refuse(error)
    except KeyboardInterrupt:
        pass
    finally:
        _stop(children)
    if children.failure:
        fail(children.failure)


@dataclass(frozen=True, slots=True)
class Serving:
    """What is started; `started` is the monotonic time at which the process began."""

    settings: Settings
    children: Children
    workers: int
    started: float


def _serve(serving: Serving) -> None:
    import uvloop

    if serving.workers > 1:
        from store.cli.web_server import serve_in_processes

        uvloop.run(_prepare(serving.settings))
        threading.Thread(target=lambda: asyncio.run(_announce(serving)), name="announce", daemon=True).start()
        serve_in_processes(serving.settings, serving.workers)
    else:
        uvloop.run(_serve_here(serving))


async def _serve_here(serving: Serving) -> None:
    from store.cli.web_process import make_application
    from store.cli.web_server import ServerEnded, serve_in_process

    await _prepare(serving.settings)
    try:
        await serve_in_process(make_application(serving.settings), serving.settings, lambda: _announce(serving))
    except ServerEnded:
        fail("The web application did not start; the lines above say why.")


async def _prepare(settings: Settings) -> None:
    """Migrations and demo data, on a pool that is closed again: the application opens its own."""
    from store.cli.preparation import prepare_database

    await prepare_database(settings)


async def _announce(serving: Serving) -> None:
    """Wait until the store answers, then show where and with which keys."""
    from store.cli.panel import show_panel
    from store.cli.surroundings import await_ready

    if await await_ready(serving.settings):
        show_panel(serving.settings, time.monotonic() - serving.started)


def _stop(children: Children) -> None:
    """No second Ctrl-C may leave PostgreSQL half stopped."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    children.stop()


def _end_in_good_order(_number: int, _frame: Any) -> None:
    """SIGTERM before the server runs: leave through the finally blocks."""
    raise SystemExit(128 + signal.SIGTERM)


def _refuse_taken_port(settings: Settings) -> None:
    from store.cli.ports import is_free

    if not is_free(settings.host, settings.port):
        fail(
            f"Port {settings.port} on {settings.host} can't be used: another program listens there, or the address"
            f" isn't this machine's. Stop it, or choose another port: store serve --port {settings.port + 1}"
        )


def _import_application() -> None:
    try:
        import store.app
        import store.cli.web_server
        import store.worker.runtime  # noqa: F401 - loading is the point
    except Exception:
        logger.debug("importing ahead failed; the error is met again in its place", exc_info=True)


def _process_age_seconds() -> float:
    """How long this process has run, so that the time shown includes Python's own start."""
    if sys.platform != "linux":
        return 0.0
    from os import sysconf
    from pathlib import Path

    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / sysconf("SC_CLK_TCK")
