"""One caller of the store's API: a key or a session, a language, and for guests the token of their order."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx

from store.cli.demo.teller import Teller

_LONG = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|pay_[\w=-]+")
PATIENCE_SECONDS = 15.0
LOOK_SECONDS = 0.05


class Unexpected(Exception):
    """The store answered, or came to be, otherwise than the story has it."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def code(self) -> str:
        """The problem's code; empty for what isn't a problem."""
        return str(self.body.get("code", "")) if self.status >= 400 and isinstance(self.body, dict) else ""

    @property
    def detail(self) -> str:
        return str(self.body.get("detail", "")) if isinstance(self.body, dict) else ""


@dataclass(slots=True)
class Access:
    """What a caller identifies itself with: a key for good, or a session that is over after a jump of the clock."""

    token: str
    renew: Callable[[], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    http: httpx.AsyncClient
    teller: Teller
    access: Access
    language: str = "en"
    order_token: str = ""

    def speaking(self, language: str) -> Caller:
        return replace(self, language=language)

    def with_order(self, order_token: str) -> Caller:
        return replace(self, order_token=order_token)

    async def get(self, path: str, *, expect: tuple[int, ...] = (200,), quiet: bool = False) -> Answer:
        return await self._send("GET", path, None, "", expect, quiet=quiet)

    async def post(
        self, path: str, body: Any = None, *, key: str = "", expect: tuple[int, ...] = (200, 201), quiet: bool = False
    ) -> Answer:
        """`key` is the Idempotency-Key: a new one each time unless given."""
        return await self._send("POST", path, {} if body is None else body, key or uuid4().hex, expect, quiet=quiet)

    async def patch(self, path: str, body: Any, *, expect: tuple[int, ...] = (200,)) -> Answer:
        return await self._send("PATCH", path, body, "", expect, quiet=False)

    async def upload(
        self, path: str, content: str | bytes, media_type: str, *, name: str = "", expect: tuple[int, ...] = (200,)
    ) -> Answer:
        """A file as the body, with its name."""
        headers = {"content-type": media_type, "accept-language": self.language}
        if name:
            headers["x-file-name"] = name
        response = await self._request("POST", path, headers, content=content)
        return self._answered("POST", path, response, expect, quiet=False)

    async def _send(
        self, method: str, path: str, body: Any, key: str, expect: tuple[int, ...], *, quiet: bool
    ) -> Answer:
        headers = {"accept-language": self.language}
        if key:
            headers["idempotency-key"] = key
        if self.order_token:
            headers["x-order-token"] = self.order_token
        response = await self._request(method, path, headers, json=body)
        return self._answered(method, path, response, expect, quiet=quiet)

    def _answered(
        self, method: str, path: str, response: httpx.Response, expect: tuple[int, ...], *, quiet: bool
    ) -> Answer:
        answer = Answer(response.status_code, _body(response))
        if not quiet:
            self.teller.called(method, _shown(path), answer.status)
        if expect and answer.status not in expect:
            problem = f"{answer.code} {answer.detail}" if answer.code else response.text[:200]
            raise Unexpected(f"{method} {path} → {answer.status} {problem}")
        return answer

    async def _request(self, method: str, path: str, headers: dict[str, str], **content: Any) -> httpx.Response:
        """Sent again with a new session when the one at hand is over: the story moves the clock by weeks."""
        used = self.access.token
        bearer = {"authorization": f"Bearer {used}"}
        response = await self.http.request(method, path, headers=headers | bearer, **content)
        if response.status_code != 401 or self.access.renew is None:
            return response
        if self.access.token == used:
            self.access.token = await self.access.renew()
        bearer = {"authorization": f"Bearer {self.access.token}"}
        return await self.http.request(method, path, headers=headers | bearer, **content)


def _shown(path: str) -> str:
    return _LONG.sub("…", path)


def _body(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text


async def until(look: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Look (an async function) until it gives something true; Unexpected when it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > deadline:
            raise Unexpected(f"waited {seconds:.0f} s in vain: {what}")
        await asyncio.sleep(LOOK_SECONDS)
    return found
