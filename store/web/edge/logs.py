"""Logs: one JSON line per event, from structlog and the standard library alike, with secrets taken out (PAY-14).

Bodies, query strings and raw paths are never logged: a path may carry a payment link's token, so the route's template
stands for it. What slips into an exception's text is caught by `redact`, which every line passes as its last step.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, TextIO

import msgspec
import structlog

from store.web.edge.access_log import Formatter
from store.web.edge.card_numbers import luhn_is_right

_TOKEN = re.compile(r"\b((?:pk|sk|cs|rk|whsec|pi|seti|ot|pl)_)[A-Za-z0-9_\-]{8,}")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=\-]{6,}")
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^@/\s]+@")
_SECRET_FIELD = re.compile(
    r"""(?ix)((?:password|secret|token|api_?key|client_secret|cvc|cvv)\\?["']?\s*[:=]\s*\\?["']?)[^\s"',;&}\\]+"""
)
_QUERY = re.compile(r"(\?(?:[\w.%-]+=[^\s\"'&]*&?)+)")
_DIGITS = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
# What PostgreSQL adds to a violated constraint: the values of the row.
_DETAIL = re.compile(r"DETAIL: .*?(?=\\n|\n|$)")


def redact(line: str) -> str:
    """The line without tokens, passwords, query strings, values of rows and card numbers."""
    line = _DETAIL.sub("DETAIL: [removed]", line)
    line = _TOKEN.sub(r"\1[removed]", line)
    line = _BEARER.sub(r"\1 [removed]", line)
    line = _URL_PASSWORD.sub(r"\1[removed]@", line)
    line = _SECRET_FIELD.sub(r"\1[removed]", line)
    line = _QUERY.sub("?[removed]", line)
    return _DIGITS.sub(lambda found: "[removed]" if luhn_is_right(re.sub(r"\D", "", found[0])) else found[0], line)


def configure_logging(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of this process to standard output as JSON. Safe to call again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = Formatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            render,
        ],
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    handler.set_name("store")
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.get_name() != "store"] + [handler]
    root.setLevel(level)
    for chatty in ("httpx", "stripe", "paypalrestsdk", "pyBarcode"):  # URLs of every call; pictures nobody wants.
        logging.getLogger(chatty).setLevel(logging.WARNING)


def render(_logger: Any, _method: str, event: Any) -> str:
    return redact(msgspec.json.encode(event, enc_hook=str).decode())
