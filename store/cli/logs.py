"""Log lines for people while developing; JSON lines in production. Secrets are taken out of both (PAY-14)."""

from __future__ import annotations

import logging
import sys
from typing import Any

from store.kernel.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """To be called after the application was made, which sets up JSON lines for itself."""
    from store.web.edge.logs import configure_logging

    if settings.production:
        configure_logging(settings.log_level)
    else:
        _log_for_people(settings.log_level)


def _log_for_people(level: str) -> None:
    import structlog

    from store.web.edge.access_log import PeopleFormatter
    from store.web.edge.logs import configure_logging, redact

    def redacted(_logger: Any, _method: str, line: Any) -> str:
        return redact(str(line))

    configure_logging(level, sys.stderr)  # structlog's side of it
    formatter = PeopleFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
            redacted,
        ],
    )
    for handler in logging.getLogger().handlers:
        if handler.get_name() == "store":
            handler.setFormatter(formatter)
