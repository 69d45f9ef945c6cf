"""`store bank`: what the bank tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from store.cli.terminal import err, out
from store.kernel.settings import Settings


@click.group
def command() -> None:
    """Import bank statements, so that orders paid by wire transfer are known as paid.

    \b
    Examples:
      store bank import statement.csv
    """


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(files: tuple[Path, ...]) -> None:
    """Match each line of the CSV FILES to an order by reference, amount and currency (PAY-10).

    A line that was imported before is skipped, so a file may be imported again. What matches no order, or not its
    amount, goes to the exceptions queue.
    """
    from store.cli.database import run_on_database

    async def import_all(settings: Settings) -> list[tuple[Path, Any]]:
        from store.app import compose
        from store.cli.late import use_case
        from store.worker import movable_clock

        import_statement = use_case("store.payments.bank", "import_statement")
        compose(settings)
        if settings.movable_clock:
            await movable_clock.follow()
        results = []
        for path in files:
            with err().status(f"Importing {path.name} …"):
                results.append((path, await import_statement(path)))
        return results

    for path, result in run_on_database(import_all):
        out().print(f"[green]✓[/] {path.name}: {_summary(result)}")


def _summary(result: Any) -> str:
    """A mapping or a record of counts, as words."""
    if hasattr(result, "__slots__") and not isinstance(result, dict):
        result = {name: getattr(result, name) for name in result.__slots__}
        result = {name: len(count) if isinstance(count, list) else count for name, count in result.items()}
    if isinstance(result, dict):
        return ", ".join(f"{count} {str(name).replace('_', ' ')}" for name, count in result.items())
    return "imported" if result is None else f"{result} lines"
