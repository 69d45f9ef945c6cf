"""`store doctor`: is this installation in order, and if not, what to do."""

from __future__ import annotations

import click

from store.cli.terminal import err, out


@click.command
def command() -> None:
    """Check settings, database, migrations, disk, background work, providers and clock.

    Nothing is started or changed. Prints a table with ✓ or ✗ and what to do; exits with 1 when a check failed.

    \b
    Examples:
      store doctor
      STORE_ENV=production store doctor
    """
    import asyncio

    from store.cli.checks import examine

    with err().status("Checking …"):
        findings = asyncio.run(examine())
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[dim]–[/]"}[finding.fine]
        advice = f"\n[yellow]→ {escape(finding.advice)}[/]" if finding.advice and finding.fine is not True else ""
        table.add_row(mark, f"[bold]{escape(finding.what)}[/]", escape(finding.found) + advice)
    out().print(table)
    failed = [finding for finding in findings if finding.fine is False]
    if failed:
        out().print(f"[red]{len(failed)} of {len(findings)} checks failed.[/]")
        raise SystemExit(1)
    out().print("[green]Everything that could be checked is in order.[/]")
