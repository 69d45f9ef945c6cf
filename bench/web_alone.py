"""`store serve` without relay, consumers and schedule: what is left are the requests. For counting their statements.

python -m bench.web_alone serve --port 8000 (with STORE_DATABASE_URL)
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import click
import uvloop

from store.app import create_app
from store.cli.logs import set_up_logs
from store.cli.preparation import prepare_database
from store.cli.web_server import serve_in_process
from store.kernel.settings import Settings, load_settings


@click.command
@click.argument("_serve")
@click.option("--port", type=int, required=True)
@click.option("--no-simulator", is_flag=True)
def main(_serve: str, port: int, no_simulator: bool) -> None:  # noqa: ARG001, FBT001 - the options of `store serve`
    uvloop.run(_run(replace(load_settings(), port=port)))


async def _run(settings: Settings) -> None:
    await prepare_database(settings)
    application = create_app(settings)
    set_up_logs(settings)
    await serve_in_process(application, settings, _nothing)


async def _nothing() -> None:
    await asyncio.sleep(0)


if __name__ == "__main__":
    main()
