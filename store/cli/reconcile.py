"""`store reconcile`: our books against the providers' own lists of movements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from store.cli.terminal import err, out
from store.kernel.settings import Settings


@click.command
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="From this moment on, in UTC (default: the last seven days).",
)
def command(since: datetime | None) -> None:
    """Fetch what the payment providers say they moved, and compare it with our books (PAY-13).

    Differences become items of the exceptions queue, which agents see; found again, they are not doubled. Exits with 1
    when there are any.

    \b
    Examples:
      store reconcile
      store reconcile --since 2026-01-01
    """
    from store.cli.database import run_on_database

    async def compare(settings: Settings) -> Any:
        from store.app import compose
        from store.cli.late import use_case
        from store.cli.simulated import with_running_simulator
        from store.kernel import clock
        from store.worker import movable_clock

        reconcile = use_case("store.payments.reconcile", "reconcile")
        compose(with_running_simulator(settings))
        if settings.movable_clock:
            await movable_clock.follow()
        begin = since.replace(tzinfo=UTC) if since else clock.now() - timedelta(days=7)
        with err().status(f"Comparing with the providers since {begin:%Y-%m-%d %H:%M} UTC …"):
            return (await reconcile(since=begin)).exceptions

    differences = run_on_database(compare) or 0
    count = differences if isinstance(differences, int) else len(differences)
    if not count:
        out().print("[green]✓[/] Our books and the providers' lists agree.")
        return
    if not isinstance(differences, int):
        for difference in differences:
            out().print(f"[red]✗[/] {difference}", markup=True)
    out().print(f"{count} differences; they are in the exceptions queue of the agent desk.")
    raise SystemExit(1)
