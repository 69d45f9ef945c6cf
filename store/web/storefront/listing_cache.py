"""The product list as ready bytes, given out before routing: a shop's busiest page costs no query and no encoding.

An answer is fresh for a second. In the next second it is still given, while one task makes it anew; older ones are
made anew first. So prices and availability in a list are at most two seconds old, whatever changed them.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

import structlog
from litestar.types import HTTPScope

from store.customers import cached_principal
from store.kernel.i18n import from_accept_language, normalize_locale
from store.web.edge.etag import etag_of, matches
from store.web.edge.front import RawHeaders

FRESH_SECONDS = 1.0
STALE_SECONDS = 2.0
MAX_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 5_000
CACHE_CONTROL = "private, max-age=1"
PATH = "/api/v1/products"

Build = Callable[[], Awaitable[bytes]]
logger = structlog.get_logger("store.web")


@dataclass(slots=True)
class Listed:
    """One ready answer and how to make it anew."""

    body: bytes
    etag: str
    locale: str
    build: Build
    made_at: float
    headers: RawHeaders = field(default_factory=list)
    compressed: bytes = b""
    refreshing: bool = False

    def __post_init__(self) -> None:
        self.headers = [
            (b"content-type", b"application/json"),
            (b"etag", self.etag.encode()),
            (b"cache-control", CACHE_CONTROL.encode()),
            (b"content-language", self.locale.encode()),
            (b"vary", b"Accept-Encoding, Accept-Language, X-Locale, Authorization, X-Store-Key"),
        ]

    def ready(self, *, gzipped: bool) -> tuple[int, RawHeaders, bytes]:
        """Status, headers and body; compressed once, when somebody first asks for that."""
        if not gzipped:
            return 200, self.headers, self.body
        if not self.compressed:
            self.compressed = gzip.compress(self.body, compresslevel=5, mtime=0)
        return 200, [*self.headers, (b"content-encoding", b"gzip")], self.compressed


class ListingCache:
    """The ready answers of one application. Implements `front.Early`."""

    route = PATH

    def __init__(self) -> None:
        self._entries: dict[Hashable, Listed] = {}
        self._bytes = 0
        self._making: dict[Hashable, asyncio.Task[Listed]] = {}
        self._tasks: set[asyncio.Task[Listed]] = set()

    def __call__(self, scope: HTTPScope) -> tuple[int, RawHeaders, bytes] | None:
        """The answer if it is ready, for a storefront's key that was checked within the last five seconds."""
        if scope["path"] != PATH or scope["method"] != "GET":
            return None
        asked = read_request(scope)
        entry = self._entries.get(asked.key)
        if entry is None or asked.token is None:
            return None
        principal = cached_principal(asked.token)
        if principal is None or principal.kind != "storefront":
            return None
        age = time.monotonic() - entry.made_at
        if age > FRESH_SECONDS:
            if age > STALE_SECONDS:
                return None
            self._refresh(asked.key, entry)
        scope["state"]["principal"] = principal
        if asked.if_none_match and matches(asked.if_none_match, entry.etag):
            return 304, entry.headers, b""
        return entry.ready(gzipped=asked.gzip)

    async def answer(self, scope: HTTPScope, locale: str, build: Build) -> Listed:
        """Make the answer, once for all who ask for it at the same time, and keep it."""
        key = read_request(scope).key
        entry = self._entries.get(key)
        if entry is not None and time.monotonic() - entry.made_at <= STALE_SECONDS:
            return entry
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._make(key, locale, build))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(task)

    def _refresh(self, key: Hashable, entry: Listed) -> None:
        if entry.refreshing:
            return
        entry.refreshing = True
        task = asyncio.create_task(self._make(key, entry.locale, entry.build))
        self._tasks.add(task)
        task.add_done_callback(self._refreshed)

    def _refreshed(self, task: asyncio.Task[Listed]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.warning("a listing could not be made anew", exc_info=error)

    async def _make(self, key: Hashable, locale: str, build: Build) -> Listed:
        started = time.monotonic()
        body = await build()
        listed = Listed(body, etag_of(body), locale, build, started)
        self._drop(key)
        while self._entries and (self._bytes + len(body) > MAX_BYTES or len(self._entries) >= MAX_ENTRIES):
            self._drop(next(iter(self._entries)))
        self._entries[key] = listed
        self._bytes += len(body)
        return listed

    def _drop(self, key: Hashable) -> None:
        gone = self._entries.pop(key, None)
        if gone is not None:
            self._bytes -= len(gone.body)


@dataclass(slots=True)
class Asked:
    """The storefront's token, what the answer depends on (query and language), and what the caller has and can read.

    No token when anything else identifies the caller: such a request takes the ordinary way.
    """

    token: str | None
    key: Hashable
    if_none_match: str
    gzip: bool


def read_request(scope: HTTPScope) -> Asked:
    """One look at each header, as this runs for every request of the listing."""
    token: str | None = None
    if_none_match = ""
    explicit = accepted = None
    ordinary = gzipped = False
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = value[7:].decode("latin-1") if value[:10] == b"Bearer pk_" else None
        elif name == b"x-store-key":
            ordinary = True
        elif name == b"x-locale":
            explicit = normalize_locale(value.decode("latin-1"))
        elif name == b"accept-language":
            accepted = from_accept_language(value.decode("latin-1"))
        elif name == b"accept-encoding":
            gzipped = b"gzip" in value
        elif name == b"if-none-match":
            if_none_match = value.decode("latin-1")
    return Asked(None if ordinary else token, (scope["query_string"], explicit or accepted), if_none_match, gzipped)
