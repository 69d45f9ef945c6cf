"""`store ledger`: are the books right?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.cli.terminal import out
from store.kernel.settings import Settings

if TYPE_CHECKING:
    from store.ledger import TrialBalance


@click.group
def command() -> None:
    """Look into the books.

    \b
    Examples:
      store ledger check
    """


@command.command
def check() -> None:
    """Print the trial balance, and exit with 1 when anything doesn't add up.

    Every journal must sum to zero, and the ledger must agree with the captures and refunds that it tells of. Debits are
    positive, credits negative.
    """
    from store.cli.database import run_on_database

    async def prove(_settings: Settings) -> TrialBalance:
        from store import ledger

        return await ledger.check()

    result = run_on_database(prove)
    _print(result)
    if not result.ok:
        raise SystemExit(1)


def _print(result: TrialBalance) -> None:
    from rich.table import Table

    from store.kernel.money import Money

    table = Table(title="Trial balance", title_justify="left", box=None, header_style="bold")
    table.add_column("account")
    table.add_column("currency")
    table.add_column("balance", justify="right")
    sums: dict[str, int] = {}
    for (account, currency), amount_minor in sorted(result.balances.items(), key=lambda item: (item[0][1], item[0][0])):
        sums[currency] = sums.get(currency, 0) + amount_minor
        table.add_row(account, currency, Money(amount_minor, currency).to_decimal())
    for currency, amount_minor in sorted(sums.items()):
        style = "bold red" if amount_minor else "bold"
        table.add_row("sum", currency, Money(amount_minor, currency).to_decimal(), style=style)
    if sums:
        out().print(table)
    for journal in result.unbalanced:
        out().print(f"[red]✗[/] journal {journal} does not balance")
    for disagreement in result.disagreements:
        out().print(f"[red]✗[/] {disagreement}")
    out().print("[green]✓[/] The books balance." if result.ok else "[red]✗[/] The books do not balance.")
