"""`store simulator`: the payment simulator by itself."""

from __future__ import annotations

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run the payment simulator in the foreground; options are passed on (`store simulator --help`).

    \b
    Examples:
      store simulator --port 12111 --state var/simulator.db
    """
    import os
    import sys

    os.execv(sys.executable, [sys.executable, "-m", "store.simulator", *arguments])  # noqa: S606 - our own program
