"""`store outbox`: background work that waits or failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from store.cli.terminal import out
from store.kernel.settings import Settings


@click.group
def command() -> None:
    """Look at background work that waits or failed, and try failed work again.

    \b
    Examples:
      store outbox list
      store outbox list --all
      store outbox retry
      store outbox retry 4711 4712
    """


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Waiting work too, not only what failed for good.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows at most.")
def list_(everything: bool, limit: int) -> None:  # noqa: FBT001 - click's way
    """Show failed work with its last error."""
    from store.cli.database import run_on_database

    async def show(_settings: Settings) -> None:
        from store.kernel import db, outbox

        rows = await db.fetch(
            "select id, topic, consumer, attempts, dead, due_at, last_error from outbox"
            " where dead or $1 order by dead desc, id limit $2",
            everything,
            limit,
        )
        _print(rows)
        depth = await outbox.depth()
        out().print(f"{depth['waiting']} waiting, {depth['dead']} failed for good.")
        if depth["dead"]:
            out().print("Mend the cause, then `store outbox retry`.")

    run_on_database(show)


@command.command
@click.argument("ids", nargs=-1, type=int, metavar="[ID]...")
def retry(ids: tuple[int, ...]) -> None:
    """Try failed work again: the rows named, or all of them."""
    from store.cli.database import run_on_database

    async def revive(_settings: Settings) -> int:
        from store.kernel import outbox

        return await outbox.retry(list(ids) or None)

    revived = run_on_database(revive)
    out().print(f"{revived} rows will be tried again.")
    if ids and revived < len(set(ids)):
        out().print(f"{len(set(ids)) - revived} of the rows named are not failed ones.")
        raise SystemExit(1)


def _print(rows: Sequence[Any]) -> None:
    from rich.table import Table

    if not rows:
        return
    table = Table(box=None, header_style="bold")
    for column in ("id", "topic", "consumer", "attempts", "state", "last error"):
        table.add_column(column, justify="right" if column in {"id", "attempts"} else "left", overflow="fold")
    for row in rows:
        facts = dict(row)
        state = "[red]failed[/]" if facts["dead"] else f"due {facts['due_at']:%Y-%m-%d %H:%M:%S}"
        error = str(facts["last_error"] or "").replace("[", "\\[")
        cells = (facts["id"], facts["topic"], facts["consumer"], facts["attempts"], state, error)
        table.add_row(*(str(cell) for cell in cells))
    out().print(table)
