"""An ASGI application with background work inside: begun after its start, ended before its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def with_background(app: Any, background: Callable[[], AbstractAsyncContextManager[object]]) -> Application:
    """Enter the context when the application has started, and leave it before the application hears of the end."""

    async def wrapped(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(app, scope, receive, send, background())
        else:
            await app(scope, receive, send)

    return wrapped


async def _live(
    app: Any,
    scope: dict[str, Any],
    receive: Receive,
    send: Send,
    background: AbstractAsyncContextManager[object],
) -> None:
    entered = False

    async def receive_after_background() -> Message:
        nonlocal entered
        message = await receive()
        if message["type"] == "lifespan.shutdown" and entered:
            entered = False
            await background.__aexit__(None, None, None)
        return message

    async def send_with_background(message: Message) -> None:
        nonlocal entered
        if message["type"] == "lifespan.startup.complete":
            await background.__aenter__()
            entered = True
        await send(message)

    await app(scope, receive_after_background, send_with_background)
