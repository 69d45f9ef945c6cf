"""`store import-units`: what makers and resellers sold themselves."""

from __future__ import annotations

from pathlib import Path

import click


@click.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Find the mistakes and change nothing.")
@click.option("--failures", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows to this file.")
def command(file: Path, *, dry_run: bool, failures: Path | None) -> None:
    """Make the devices of a CSV FILE known by their serial numbers, with the beginning of their warranty (WAR-5).

    \b
    Columns: serial_number, sku, market, shipped_on.
    A device that is known stays as it is, so a file may be imported again.

    \b
    Examples:
      store import-units units.csv --dry-run
      store import-units units.csv --failures refused.csv
    """
    from store.cli.import_files import import_file

    import_file("units", file, market="", dry_run=dry_run, failures=failures)
