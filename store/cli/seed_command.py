"""`store seed`: the demo shop's data."""

from __future__ import annotations

import click

from store.cli.terminal import fail, out
from store.kernel.settings import Settings


@click.command
@click.option("--again", is_flag=True, help="Load what is missing even if the demo was loaded before.")
def command(again: bool) -> None:  # noqa: FBT001 - click's way
    """Load the demo catalogue, accounts and keys. Refused in production, as keys and passwords are public.

    `store serve` does it by itself when the database is new, unless STORE_DEMO_DATA is false.

    \b
    Examples:
      store seed
      store seed --again
    """
    from store.cli.database import run_on_database

    async def load(settings: Settings) -> bool:
        from store.cli.preparation import seed_demo

        if settings.production:
            fail("Demo data is refused in production: its keys and passwords are public.", 2)
        return await seed_demo(settings, again=again)

    loaded = run_on_database(load)
    out().print(
        "[green]✓[/] The demo is loaded." if loaded else "The demo was loaded before; --again adds what misses."
    )
