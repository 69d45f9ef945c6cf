"""`store migrate`: the database's tables as this version wants them."""

from __future__ import annotations

import click

from store.cli.terminal import out
from store.kernel.settings import Settings


@click.command
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 when migrations are missing.")
def command(check: bool) -> None:  # noqa: FBT001 - click's way
    """Apply the migrations that are missing, each in a transaction of its own.

    Safe to run from several machines at once: the others wait. `store serve` does it by itself, except in production.

    \b
    Examples:
      store migrate
      store migrate --check
    """
    from store.cli.database import run_on_database

    if run_on_database(_check if check else _apply, migrated=False):
        raise SystemExit(1)


async def _apply(_settings: Settings) -> int:
    from store.cli.preparation import migrate_or_exit

    applied = await migrate_or_exit()
    for name in applied:
        out().print(f"[green]✓[/] {name}")
    out().print(f"{len(applied)} migrations applied." if applied else "Nothing to do: all migrations are applied.")
    return 0


async def _check(_settings: Settings) -> int:
    from store.kernel.migrate import pending

    missing = await pending()
    for name in missing:
        out().print(f"[red]✗[/] {name}")
    out().print(f"{len(missing)} migrations are missing. Run `store migrate`." if missing else "All are applied.")
    return len(missing)
