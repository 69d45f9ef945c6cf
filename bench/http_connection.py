"""The lightest HTTP/1.1 client that will do: one request at a time on a connection that stays open.

The load generator shares its processor with what it measures, so it parses no more of an answer than its status, its
length and its body.
"""

from __future__ import annotations

import asyncio
from typing import cast


class HttpConnection(asyncio.Protocol):
    """`status, body = await connection.ask(request_bytes)`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._body_at = 0
        self._length = 0
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> HttpConnection:
        _, protocol = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return protocol

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        assert self._transport is not None
        self._answer = self._loop.create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by birth

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if not self._body_at:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._body_at = end + 4
            self._length = content_length(bytes(received[:end]))
        if len(received) < self._body_at + self._length:
            return
        answer = int(received[9:12]), bytes(received[self._body_at : self._body_at + self._length])
        del received[: self._body_at + self._length]
        self._body_at = 0
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)


def content_length(head: bytes) -> int:
    """Every answer of the store tells its length. Raises ValueError for one that does not."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        msg = f"an answer without a length: {head!r}"
        raise ValueError(msg)
    return int(rest.split(b"\r\n", 1)[0])


def request(method: str, path: str, key: str, body: bytes | None = None, **headers: str) -> bytes:
    """A request as bytes. Underscores in the names of headers become hyphens."""
    fields = {"Host": "localhost", "Authorization": f"Bearer {key}", "Accept-Language": "fr"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b"")
