"""One line per request, made the short way and written in batches while the process is busy.

structlog's chain of processors and a system call for each line took a fifth of a busy process's time. Lines wait while
other requests are being answered, at most for LINES_MAX of them or until the next line after WAIT_SECONDS.

The line needs no redaction, as nothing in it comes from a caller unchecked: the route is a template, the method one
of a few, and a request id that a caller has chosen is redacted before it gets here.
"""

from __future__ import annotations

import logging
import time
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


class AccessLines(list[AccessLine]):
    """What one record of the log carries."""

    def __str__(self) -> str:
        return "\n".join(map(str, self))


class Formatter(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter with a short way for access lines, as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, AccessLines):
            return "\n".join(self.format_access(line) for line in record.msg)
        return super().format(record)

    def format_access(self, line: AccessLine) -> str:
        return _encode(line).decode()


class PeopleFormatter(Formatter):
    """The same for people."""

    def format_access(self, line: AccessLine) -> str:
        return f"{line.timestamp} [info     ] {line}"


_encode = msgspec.json.Encoder().encode
LINES_MAX = 64
WAIT_SECONDS = 0.25
_waiting = AccessLines()


def note(
    *, request_id: str, method: str, route: str, status: int, seconds: float, caller: str | None, more_to_come: bool
) -> None:
    """Keep the line, if lines of its level are wanted, and write all when there are enough or no more are to come."""
    if not _logger.isEnabledFor(logging.INFO):
        return
    now = time.time()
    line = AccessLine(
        request_id=request_id,
        method=method if method in METHODS else "OTHER",
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 2),
        caller=caller,
        timestamp=f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
    )
    _waiting.append(line)
    if not more_to_come or len(_waiting) >= LINES_MAX or now - _since[0] > WAIT_SECONDS:
        _since[0] = now
        write()


_since = [0.0]  # when lines were last written


def write() -> None:
    """Write what waits."""
    lines = AccessLines(_waiting)
    _waiting.clear()
    if lines:
        _logger.handle(logging.LogRecord(_logger.name, logging.INFO, "", 0, lines, None, None))
