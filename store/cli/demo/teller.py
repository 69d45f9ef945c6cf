"""Tells the story: titles, what is called, what happened, and what was checked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool


class Teller:
    """Prints as it goes, and keeps every check. The same call over and over is one line."""

    def __init__(self, console: Console) -> None:
        self.checks: list[Check] = []
        self._console = console
        self._act = ""
        self._act_began = 0.0
        self._call: tuple[str, str] | None = None
        self._times = 0
        self._quiet = False
        self._started = time.monotonic()

    @property
    def ok(self) -> bool:
        return bool(self.checks) and all(check.ok for check in self.checks)

    def act(self, name: str, title: str) -> None:
        self._end_act()
        self._act, self._act_began = name, time.monotonic()
        self._console.print()
        self._console.print(Rule(f"[bold]{escape(name)}[/]", align="left", style="cyan"))
        self._console.print(f"  [bold]{escape(title)}[/]", soft_wrap=True)

    def say(self, text: str) -> None:
        self._finish_call()
        self._console.print(f"  {escape(text)}", soft_wrap=True)

    def called(self, method: str, path: str, status: int | str) -> None:
        if self._quiet:
            return
        call = (f"{method:5} {path}", str(status))
        if call == self._call:
            self._times += 1
            return
        self._finish_call()
        self._call, self._times = call, 1

    @contextmanager
    def in_short(self) -> Iterator[None]:
        """What is called meanwhile is not told: a hundred calls are a figure, not a story."""
        self._finish_call()
        self._quiet, before = True, self._quiet
        try:
            yield
        finally:
            self._quiet = before

    def figure(self, what: str, outcome: str) -> None:
        self._finish_call()
        self._console.print(f"  [bold]{escape(what)}[/] → {escape(outcome)}", soft_wrap=True)

    def check(self, name: str, holds: object, found: object = None) -> bool:
        """Keep whether it holds; `found` is shown when it doesn't."""
        self._finish_call()
        ok = bool(holds)
        self.checks.append(Check(f"{self._act}: {name}", ok))
        mark = "[green]✓[/]" if ok else "[bold red]✗[/]"
        about = "" if ok or found is None else f" [red](found: {escape(str(found))})[/]"
        self._console.print(f"  {mark} {escape(name)}{about}", soft_wrap=True)
        return ok

    def end(self) -> None:
        self._end_act()
        bad = sum(not check.ok for check in self.checks)
        seconds = time.monotonic() - self._started
        self._console.print()
        self._console.print(Rule(style="cyan"))
        if self.ok:
            self._console.print(f"[bold green]✓ All {len(self.checks)} checks hold[/] [dim]({seconds:.1f} s)[/]")
        else:
            self._console.print(
                f"[bold red]✗ {bad} of {len(self.checks)} checks do not hold[/] [dim]({seconds:.1f} s)[/]"
            )
            for check in self.checks:
                if not check.ok:
                    self._console.print(f"  [red]✗[/] {escape(check.name)}", soft_wrap=True)

    def _end_act(self) -> None:
        self._finish_call()
        if self._act:
            self._console.print(f"    [dim]{time.monotonic() - self._act_began:.1f} s[/]")

    def _finish_call(self) -> None:
        if self._call is None:
            return
        (what, status), self._call = self._call, None
        times = f" ×{self._times}" if self._times > 1 else ""
        self._console.print(f"    [dim]{escape(what)} → {escape(status)}{times}[/]", soft_wrap=True)
