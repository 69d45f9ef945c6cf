"""One line per request, made the short way: it costs 10 µs where structlog's chain of processors costs 150.

The line needs no redaction, as nothing in it comes from a caller unchecked: the route is a template, the method one
of a few, and a request id that a caller has chosen is redacted before it gets here.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgspec
import structlog

_logger = logging.getLogger("store.access")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class AccessLine(msgspec.Struct, kw_only=True):
    """In JSON the same members as every other line has, and its own."""

    request_id: str
    method: str
    route: str
    status: int
    milliseconds: float
    caller: str | None
    event: str = "request"
    level: str = "info"
    logger: str = "store.access"
    timestamp: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.status} {self.milliseconds} ms {self.caller} {self.request_id}"


class Formatter(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter with a short way for access lines, as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, AccessLine):
            return self.format_access(record.msg)
        return super().format(record)

    def format_access(self, line: AccessLine) -> str:
        return _encode(line).decode()


class PeopleFormatter(Formatter):
    """The same for people."""

    def format_access(self, line: AccessLine) -> str:
        return f"{line.timestamp} [info     ] {line}"


_encode = msgspec.json.Encoder().encode


def note(*, request_id: str, method: str, route: str, status: int, seconds: float, caller: str | None) -> None:
    """Write the line, if lines of its level are wanted."""
    if not _logger.isEnabledFor(logging.INFO):
        return
    line = AccessLine(
        request_id=request_id,
        method=method if method in METHODS else "OTHER",
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 2),
        caller=caller,
    )
    record = logging.LogRecord(_logger.name, logging.INFO, "", 0, line, None, None)
    line.timestamp = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
    _logger.handle(record)
