"""`store import-registrations`: devices, their owners and their services from a file."""

from __future__ import annotations

from pathlib import Path

import click


@click.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--market", required=True, help="Where the devices were bought: FR, CN, US …")
@click.option(
    "--invoice",
    "invoices",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A proof of purchase (PDF, JPEG, PNG); may be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Find the mistakes and change nothing.")
@click.option("--failures", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows to this file.")
def command(file: Path, *, market: str, invoices: tuple[Path, ...], dry_run: bool, failures: Path | None) -> None:
    """Register the devices of a CSV FILE for their owners, with their service certificates (WAR-7, WAR-8).

    The columns are those of the template (GET /api/v1/warranty-imports/template.csv). What is registered already stays
    as it is, so a file may be imported again. The owners' confirmations leave with the store's other e-mails.

    \b
    Examples:
      store import-registrations devices.csv --market FR --dry-run
      store import-registrations devices.csv --market FR --invoice invoice.pdf --failures refused.csv
    """
    from store.cli.import_files import import_file

    import_file("registrations", file, market=market, dry_run=dry_run, failures=failures, invoices=invoices)
