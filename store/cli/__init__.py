"""The `store` command. Each subcommand is loaded when it is called, so that `store --help` answers at once."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

# name: (module, what it does); the order is that of the help page.
COMMANDS = {
    "serve": ("store.cli.serve", "Start the store: database, web server, workers, payment simulator."),
    "demo": ("store.cli.demo", "Tell the store's story over HTTP and check every step."),
    "worker": ("store.cli.worker", "Run background work in a process of its own."),
    "migrate": ("store.cli.migrate", "Bring the database to this version's tables."),
    "seed": ("store.cli.seed_command", "Load the demo catalogue, accounts and keys."),
    "simulator": ("store.cli.simulator", "Run the payment simulator by itself."),
    "outbox": ("store.cli.outbox", "Look at background work that waits or failed; retry it."),
    "ledger": ("store.cli.ledger", "Check that the books balance."),
    "reconcile": ("store.cli.reconcile", "Compare our books with the payment providers' lists."),
    "bank": ("store.cli.bank", "Import bank statements."),
    "import-units": ("store.cli.import_units", "Make devices that others sold known by a file."),
    "import-registrations": ("store.cli.import_registrations", "Register devices, owners and services by a file."),
    "doctor": ("store.cli.doctor", "Check this installation and say what to do."),
}


class LazyGroup(click.Group):
    """Knows the names and short texts of all commands without loading any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which commands there are when the name is wrong."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            ctx.fail(f"There is no command {name!r}. Commands: {', '.join(COMMANDS)}.")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="store", message="%(prog)s %(version)s")
def main() -> None:
    """A headless store backend.

    `store serve` needs no configuration: it starts a database, demo data and a payment simulator by itself. Settings
    are environment variables that begin with STORE_; docs/configuration.md lists them.
    """


def run(*args: Any) -> Any:
    """Call the command in this process, for tests."""
    return main(args=[str(arg) for arg in args], standalone_mode=False)
