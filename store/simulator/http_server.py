"""Serve an ASGI application over HTTP/1.1, with one ability that ordinary servers lack: hanging up.

An application that raises `ConnectionDropped` has its TCP connection closed without a byte of answer, which
is what a client sees when a provider's load balancer dies. Requests run to their end even when the client
has gone, because a bank doesn't forget a payment when its caller loses patience.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import h11

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Coroutine[Any, Any, None]]

CHUNK_BYTES = 65_536
BODY_LIMIT_BYTES = 4_000_000

logger = logging.getLogger(__name__)


class ConnectionDropped(Exception):
    """The connection is to be closed without an answer."""


@dataclass(slots=True)
class _Answer:
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)


class HttpServer:
    """One listening socket in front of one application."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._accept, host, port, backlog=512)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            await self._converse(reader, writer)
        except ConnectionDropped:
            writer.transport.abort()
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass
        finally:
            with contextlib.suppress(Exception):
                writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request = await _next_event(connection, reader, writer)
            if not isinstance(request, h11.Request):
                return
            body = await _read_body(connection, reader, writer)
            answer = await self._call(request, body)
            _write_answer(connection, writer, answer, head=request.method == b"HEAD")
            await writer.drain()
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _call(self, request: h11.Request, body: bytes) -> _Answer:
        answer = _Answer()
        path, _, query = request.target.partition(b"?")
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode(),
            "scheme": "http",
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = list(message.get("headers", []))
            else:
                answer.body += message.get("body", b"")

        try:
            await self._app(scope, receive, send)
        except ConnectionDropped:
            raise
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            return _Answer(500, [(b"content-type", b"text/plain")], bytearray(b"the simulator failed"))
        return answer


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> object:
    while True:
        event = connection.next_event()
        if event is not h11.NEED_DATA:
            return event
        if connection.they_are_waiting_for_100_continue:
            writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        connection.receive_data(await reader.read(CHUNK_BYTES))


async def _read_body(connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    body = bytearray()
    while True:
        event = await _next_event(connection, reader, writer)
        if isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_LIMIT_BYTES:
                raise ConnectionDropped
        elif isinstance(event, h11.EndOfMessage):
            return bytes(body)
        else:
            raise ConnectionDropped


def _write_answer(connection: h11.Connection, writer: asyncio.StreamWriter, answer: _Answer, *, head: bool) -> None:
    headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    response = h11.Response(status_code=answer.status, headers=headers)
    parts = [connection.send(response) or b""]
    if answer.body and not head:
        parts.append(connection.send(h11.Data(data=bytes(answer.body))) or b"")
    parts.append(connection.send(h11.EndOfMessage()) or b"")
    writer.write(b"".join(parts))
