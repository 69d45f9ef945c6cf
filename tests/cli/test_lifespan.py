"""Background work begins when the application has started and ends before it hears of the end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from store.cli.lifespan import with_background


async def test_background_lives_inside_the_applications_life():
    events = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "lifespan.startup"
        events.append("app starts")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        events.append("app ends")
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def background():
        events.append("background begins")
        yield
        events.append("background ends")

    inbox = asyncio.Queue()

    async def send(message):
        events.append(message["type"])

    await inbox.put({"type": "lifespan.startup"})
    await inbox.put({"type": "lifespan.shutdown"})
    await with_background(app, background)({"type": "lifespan"}, inbox.get, send)
    assert events == [
        "app starts",
        "background begins",
        "lifespan.startup.complete",
        "background ends",
        "app ends",
        "lifespan.shutdown.complete",
    ]


async def test_background_does_not_begin_when_the_application_fails_to_start():
    begun = []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    @asynccontextmanager
    async def background():
        begun.append(1)
        yield

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        pass

    await with_background(app, background)({"type": "lifespan"}, receive, send)
    assert not begun
