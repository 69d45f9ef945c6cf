"""The outermost layer: encryption, request ids, security headers, cross-origin rules, metrics and the access log.

It stands before routing, so it also covers what no handler ever sees; `early` answers are given here.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Protocol, cast

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from store.kernel.settings import Settings
from store.web.edge import access_log
from store.web.edge.failures import HttpsRequired
from store.web.edge.locale import header
from store.web.edge.logs import redact
from store.web.edge.metrics import Metrics
from store.web.edge.problems import PROBLEM_JSON, problem_answer

RawHeaders = list[tuple[bytes, bytes]]


class Early(Protocol):
    """Something that may answer a request before routing: None means "not mine"."""

    route: str

    def __call__(self, scope: HTTPScope) -> tuple[int, RawHeaders, bytes] | None: ...


_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_VARY = (b"vary", b"Accept-Language, X-Locale, Authorization, X-Store-Key, X-Order-Token, X-Case-Token, X-Return-Token")
_CLOSED = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")
_NO_FRAME = (b"x-frame-options", b"DENY")
# Shops call from browsers with bearer tokens and no cookies, so any origin may; staff's endpoints are for servers.
_ALLOW_ORIGIN = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Content-Language, ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id",
    ),
]
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        (
            b"Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Case-Token, X-File-Name, X-Locale,"
            b" X-Order-Token, X-Return-Token, X-Store-Key"
        ),
    ),
    (b"access-control-max-age", b"7200"),
]
_NOT_FOR_BROWSERS = ("/api/v1/agent", "/api/v1/warehouse")
_LOOPBACK_NAMES = {"localhost", "testclient"}


class Front:
    """The application as the server sees it."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self.early: Early | None = None
        self.in_flight = 0  # How many requests are being answered: background work is polite by it.
        self.refuse_plain_http = settings.production
        self.headers: RawHeaders = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]
        if settings.public_url.startswith("https://"):
            self.headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = cast("HTTPScope", scope)  # There are no web sockets.
        started = time.perf_counter()
        given = header(scope, b"x-request-id")
        kept = given if given and _REQUEST_ID.fullmatch(given) else None
        request_id = kept or secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["logged_id"] = redact(kept) if kept else request_id
        outgoing = _Outgoing(scope, send, [*self.headers, (b"x-request-id", request_id.encode())])
        self.in_flight += 1
        try:
            await self._answer(scope, receive, outgoing)
        finally:
            self.in_flight -= 1
            self._record(scope, outgoing.status, time.perf_counter() - started)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For an answer that mostly waits, such as a stream of events: it does not make the process a busy one."""
        self.in_flight -= 1
        try:
            yield
        finally:
            self.in_flight += 1

    async def _answer(self, scope: HTTPScope, receive: Receive, outgoing: _Outgoing) -> None:
        if self.refuse_plain_http and not encrypted_or_local(scope):
            status, headers, body = problem_answer(HttpsRequired(), scope)
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await outgoing.whole(status, [*raw, (b"content-type", PROBLEM_JSON.encode())], body)
        elif self.early is not None and (answer := self.early(scope)) is not None:
            scope["path_template"] = self.early.route
            await outgoing.whole(*answer)
        elif scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method"):
            await outgoing.whole(204, [*_PREFLIGHT], b"")
        else:
            await self.app(scope, receive, outgoing)

    def _record(self, scope: HTTPScope, status: int, seconds: float) -> None:
        route = scope.get("path_template") or "-"
        self.metrics.count(scope["method"], route, status, seconds)
        if route.startswith("/health") and status < 400:
            if not self.in_flight:
                access_log.write()
            return  # Asked every few seconds, and counted by the metrics.
        principal = scope["state"].get("principal")
        access_log.note(
            request_id=scope["state"]["logged_id"],
            method=scope["method"],
            route=route,
            status=status,
            seconds=seconds,
            caller=principal.identity if principal else None,
            more_to_come=self.in_flight > 0,
        )


class _Outgoing:
    """A `send` that adds the headers of every answer and remembers the status."""

    def __init__(self, scope: HTTPScope, send: Send, headers: RawHeaders) -> None:
        self.scope = scope
        self.send = send
        self.headers = headers
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._complete(list(message["headers"]))
        await self.send(message)

    async def whole(self, status: int, headers: RawHeaders, body: bytes) -> None:
        length = [] if status in {204, 304} else [(b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
        await self({"type": "http.response.body", "body": body, "more_body": False})

    def _complete(self, headers: RawHeaders) -> RawHeaders:
        names = {name.lower() for name, _ in headers}
        for extra in (_VARY, _CLOSED, _NO_STORE, _NO_FRAME):
            if extra[0] not in names:
                headers.append(extra)
        locale = self.scope["state"].get("locale")
        if locale and b"content-language" not in names:
            headers.append((b"content-language", locale.encode()))
        if self.scope["path"].startswith("/api/") and not self.scope["path"].startswith(_NOT_FOR_BROWSERS):
            headers.extend(_ALLOW_ORIGIN)
        return [*headers, *self.headers]


def encrypted_or_local(scope: HTTPScope) -> bool:
    """Whether the request came over TLS (to us, or to the edge in front of us) or from this machine; probes always."""
    if scope.get("scheme") == "https" or header(scope, b"x-forwarded-proto") == "https":
        return True
    if scope["path"].startswith("/health/"):
        return True
    if header(scope, b"x-forwarded-for"):  # Through a proxy: the peer's address says nothing about the caller.
        return False
    client = scope.get("client")
    if not client or not client[0]:
        return True  # A socket in the file system.
    if client[0] in _LOOPBACK_NAMES:
        return True
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False
