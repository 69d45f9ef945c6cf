"""Composition: one ASGI application for both providers' APIs, their pages and the control API."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

from store.simulator.control import Control
from store.simulator.courier import Courier
from store.simulator.http_message import Request, Response, json_response
from store.simulator.http_server import AsgiApp, HttpServer, Receive, Send
from store.simulator.pages import Pages
from store.simulator.paypal_api.certificates import PayPalKeys
from store.simulator.paypal_api.gateway import PayPalGateway
from store.simulator.storage import Storage
from store.simulator.stripe_api.gateway import StripeGateway
from store.simulator.timers import run_due_timers
from store.simulator.world import Worlds

TICK_SECONDS = 0.5
# A storefront calls both providers from the browser, from a page of another origin.
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*",
    "access-control-allow-methods": "GET, POST, DELETE",
    "access-control-expose-headers": "*",
}


class Simulator:
    """Everything that a running simulator holds."""

    def __init__(self, state_path: Path | None) -> None:
        self.storage = Storage(state_path)
        self.worlds = Worlds(self.storage)
        self.keys = PayPalKeys(self.worlds)
        self.courier = Courier(self.worlds, self.keys)
        self.worlds.after_commit = self.courier.pick_up
        self._stripe = StripeGateway(self.worlds)
        self._paypal = PayPalGateway(self.worlds, self.keys)
        self._control = Control(self.worlds, self.courier, self.keys)
        self._pages = Pages(self.worlds)

    async def answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, b"", dict(CORS))
        root, _, rest = request.path.lstrip("/").partition("/")
        response = await self._dispatch(root, "/" + rest, request)
        if root != "_sim":
            response.headers |= CORS
        return response

    async def _dispatch(self, root: str, rest: str, request: Request) -> Response:
        if root == "_sim":
            return await self._control.answer(request, rest)
        page = self._pages.answer(request)
        if page is not None:
            return page
        if root == "stripe":
            return await self._stripe.answer(request, rest)
        if root == "paypal":
            return await self._paypal.answer(request, rest)
        return json_response(404, {"error": "not found", "see": "/"})

    async def run(self) -> None:
        """Let time pass: timers fire even when nobody asks."""
        await self.courier.start()
        while True:
            for world in self.worlds:
                if run_due_timers(world):
                    self.worlds.commit(world)
            await asyncio.sleep(TICK_SECONDS)

    async def close(self) -> None:
        await self.courier.stop()
        self.storage.close()


def create_app(state_path: Path | None = None) -> AsgiApp:
    """An ASGI application with lifespan; without a state file everything is forgotten at its end."""
    simulator = Simulator(state_path)

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(simulator, receive, send)
            return
        message = await receive()
        body = bytes(message.get("body", b""))
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        request = Request(
            method=scope["method"],
            path=scope["path"],
            query_string=scope["query_string"].decode("latin-1"),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
        )
        response = await simulator.answer(request)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    return app


async def _live(simulator: Simulator, receive: Receive, send: Send) -> None:
    ticking = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            ticking = asyncio.create_task(simulator.run())
            await send({"type": "lifespan.startup.complete"})
        else:
            if ticking is not None:
                ticking.cancel()
            await simulator.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


@contextlib.asynccontextmanager
async def running(host: str, port: int, state_path: Path | None) -> AsyncIterator[int]:
    """A server for as long as the block lasts; gives the port. Raises ValueError for a host beyond this machine."""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the simulator listens on this machine only, not on {host}")
    app = create_app(state_path)
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    lifespan = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
    inbox.put_nowait({"type": "lifespan.startup"})
    await outbox.get()
    server = HttpServer(app)
    try:
        await server.start(host, port)
        yield server.port
    finally:
        await server.stop()
        inbox.put_nowait({"type": "lifespan.shutdown"})
        await lifespan


async def serve(host: str = "127.0.0.1", port: int = 12111, state_path: Path | None = None) -> None:
    """Serve until cancelled; says on stdout where, once it answers."""
    async with running(host, port, state_path) as actual_port:
        shown_host = f"[{host}]" if ":" in host else host
        print(f"SIMULATOR READY http://{shown_host}:{actual_port}", flush=True)  # noqa: T201 - others read this line
        await asyncio.Event().wait()
