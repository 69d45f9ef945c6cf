"""What `store serve` shows when it is ready: where things are, and with which keys to try them."""

from __future__ import annotations

from store.cli.terminal import out
from store.kernel.settings import Settings


def show_panel(settings: Settings, ready_seconds: float) -> None:
    from rich.console import Group
    from rich.panel import Panel
    from rich.rule import Rule

    parts: list[object] = [_addresses(settings)]
    if settings.demo_data:
        parts += [Rule("demo keys and accounts", style="dim"), *_demo()]
    title = f"[bold green]The store is ready[/] [dim]({ready_seconds:.1f} s)[/]"
    panel = Panel(Group(*parts), title=title, subtitle="[dim]Ctrl-C ends it[/]", expand=False, padding=(1, 2))  # type: ignore[arg-type]
    out().print(panel)


def _addresses(settings: Settings) -> object:
    from rich.table import Table

    table = Table.grid(padding=(0, 3))
    base = settings.base_url
    rows = {
        "API": base,
        "API page": f"{base}/api/docs",
        "Health": f"{base}/health/ready",
    }
    if not settings.production and not settings.smtp_url:
        rows["E-mails sent"] = f"{base}/dev/mail"
    if settings.simulator_url:
        rows["Payments (simulated)"] = settings.simulator_url
    for name, url in rows.items():
        table.add_row(f"[bold]{name}[/]", f"[link={url}]{url}[/link]")
    return table


def _demo() -> list[object]:
    from rich.table import Table

    from store.cli.seed_accounts import DEMO_ACCOUNTS, DEMO_KEYS, DEMO_PASSWORD

    keys = Table.grid(padding=(0, 3))
    for key in DEMO_KEYS:
        keys.add_row(key.role, f"[cyan]{key.token}[/]")
    accounts = Table.grid(padding=(0, 3))
    for account in DEMO_ACCOUNTS:
        accounts.add_row(account.kind, f"[cyan]{account.email}[/]", DEMO_PASSWORD)
    return [keys, "", accounts]
