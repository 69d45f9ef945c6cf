"""The embedded web server answers what it has begun before it ends, and says when the application didn't start."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from store.cli.ports import free_port
from store.cli.web_server import ServerEnded, serve_in_process
from store.kernel.settings import Settings


async def test_a_request_in_flight_is_answered_when_the_store_is_told_to_end():
    begun = asyncio.Event()
    ended = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            ended.append("lifespan")
            await send({"type": "lifespan.shutdown.complete"})
            return
        begun.set()
        await asyncio.sleep(0.5)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})
        ended.append("request")

    answers = []
    settings = Settings(port=free_port())

    async def watch():
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
                break
            except OSError:
                await asyncio.sleep(0.02)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        answers.append(await reader.read())
        writer.close()

    watching = None

    def start_watching():
        nonlocal watching
        watching = asyncio.ensure_future(watch())
        return asyncio.sleep(60)

    await serve_in_process(app, settings, start_watching)
    await asyncio.wait_for(watching, 5)
    assert answers[0].endswith(b"done")
    assert ended == ["request", "lifespan"]


async def test_an_application_that_fails_to_start_ends_the_server():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def watch():
        await asyncio.sleep(60)

    with pytest.raises(ServerEnded):
        await asyncio.wait_for(serve_in_process(app, Settings(port=free_port()), watch), 5)
