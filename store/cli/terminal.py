"""How the commands speak: plain results on the standard output, everything else on the error output."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, NoReturn

from store.kernel.settings import BadSettings, Settings, load_settings

if TYPE_CHECKING:
    from rich.console import Console

EXIT_FAILED = 1
EXIT_SETTINGS = 2


def out() -> Console:
    from rich.console import Console

    return Console(highlight=False)


def err() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    """Say what is wrong and what to do, and end."""
    err().print(f"[bold red]✗[/] {_escape(message)}", soft_wrap=True)
    raise SystemExit(code)


def settings_or_exit() -> Settings:
    """The settings; problems are printed one per line, each naming its variable, and end with code 2."""
    try:
        settings = load_settings()
    except BadSettings as error:
        refuse(error)
    configure_logging(settings.log_level)
    return settings


def refuse(error: BadSettings) -> NoReturn:
    """Print the problems, one per line, and end with code 2."""
    console = err()
    console.print("[bold red]✗[/] The settings can't be used:")
    for problem in error.problems:
        console.print(f"  {_escape(problem)}", soft_wrap=True)
    raise SystemExit(EXIT_SETTINGS)


def configure_logging(level: str) -> None:
    """Lines for people on the error output; the web application puts its own JSON lines in their place."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    handler.set_name("store")  # the name that the application's handler replaces
    logging.basicConfig(
        level=level.upper() if level.upper() in logging.getLevelNamesMapping() else "INFO", handlers=[handler]
    )
    for chatty in ("asyncio", "dramatiq", "httpx", "httpcore", "paypalrestsdk", "pika", "pyBarcode", "stripe"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
