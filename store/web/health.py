"""Whether this process lives, and whether it can serve; and the figures for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import structlog
from litestar import Request, Response, get
from litestar.datastructures import State
from msgspec import Struct

from store.kernel.errors import NotFound
from store.kernel.migrate import pending
from store.web.edge.locale import header
from store.web.edge.metrics import CONTENT_TYPE
from store.web.edge.roles import PUBLIC, requires

logger = structlog.get_logger("store.web")
AppRequest = Request[object, object, State]

# Things that must be alive beside the database; the composition adds the relay of the in-process worker.
checks: dict[str, Callable[[], bool]] = {}


class Health(Struct):
    """`ok` with the parts that were looked at, each "ok" or what is wrong with it."""

    status: str
    parts: dict[str, str] = {}


@get("/health/live", opt=requires(*PUBLIC), tags=["Operations"], summary="Is the process alive?", sync_to_thread=False)
def live() -> Health:
    """Answers as long as the process can answer anything; restart it when it doesn't."""
    return Health(status="ok")


@get("/health/ready", opt=requires(*PUBLIC), tags=["Operations"], summary="Can it serve?")
async def ready() -> Response[Health]:
    """200 when the database answers, every migration is applied and the relay runs; else 503 with the reasons."""
    parts = {"database": await _database()}
    parts |= {name: "ok" if check() else "not running" for name, check in checks.items()}
    fine = all(state == "ok" for state in parts.values())
    return Response(Health(status="ok" if fine else "unavailable", parts=parts), status_code=200 if fine else 503)


@get("/metrics", opt=requires(*PUBLIC), tags=["Operations"], summary="Figures for Prometheus", include_in_schema=False)
async def metrics(request: AppRequest) -> Response[bytes]:
    """Requests by route, outbox depth, pool. For the inner network: what came through the TLS edge gets 404."""
    if header(request.scope, b"x-forwarded-for") or header(request.scope, b"x-forwarded-proto"):
        raise NotFound
    return Response(await request.app.state.metrics.render(), headers={"content-type": CONTENT_TYPE})


async def _database() -> str:
    try:
        async with asyncio.timeout(2):
            missing = await pending()
    except (OSError, TimeoutError, RuntimeError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        logger.warning("the database does not answer", exc_info=error)
        return "does not answer"
    return f"{len(missing)} migrations are not applied" if missing else "ok"
