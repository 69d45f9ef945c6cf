"""Moving the store's clock, and the payment simulator's with it, to see in a minute what takes weeks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

import httpx
import structlog
from litestar import Request, Router, get, post
from litestar.params import JSONBody
from msgspec import Meta

from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.settings import Settings
from store.web.edge.documented import problems
from store.web.edge.roles import PUBLIC, requires
from store.web.edge.schemas import Out, RequestBody

logger = structlog.get_logger("store.web")
TEN_YEARS_SECONDS = 10 * 366 * 24 * 3600
SIMULATOR_TIMEOUT_SECONDS = 10.0
# What the simulator calls the books of the keys that `store serve` gives itself.
SIMULATOR_WORLD = "store"


class ClockOutOfRange(StoreError):
    code = "clock_out_of_range"
    status = 409
    title = N_("The clock can't be moved so far.")
    detail = N_("It can be moved by at most {years} years.")


class MoveClock(RequestBody):
    """To the moment `now` (from where the clock stands, without it), and then by `advance_seconds`."""

    advance_seconds: Annotated[int, Meta(ge=-TEN_YEARS_SECONDS, le=TEN_YEARS_SECONDS)] = 0
    now: Annotated[datetime, Meta(tz=True)] | None = None
    EXAMPLE: ClassVar = {"advance_seconds": 86400}


class ClockOut(Out):
    """`simulator_moved` is null when there is no simulator, false when it did not answer.

    `simulator_url`: where the payment world of this store can be looked at and played with.
    """

    now: datetime
    offset_seconds: int
    simulator_url: str | None = None
    simulator_moved: bool | None = None


@get("/clock", opt=requires(*PUBLIC), summary="What time is it in the store?")
async def show_clock(request: Request[Any, Any, Any]) -> ClockOut:
    """The store's time and how far it was moved."""
    await refresh_clock()
    return _clock_out(request.app.state.settings)


@post("/clock", opt=requires(*PUBLIC), responses=problems(ClockOutOfRange), status_code=200, summary="Move the clock")
async def move_clock(data: JSONBody[MoveClock], request: Request[Any, Any, Any]) -> ClockOut:
    """Moves this process at once, the others within a second, and the payment simulator too."""
    start = await refresh_clock() if data.now is None else data.now - datetime.now(UTC)
    seconds = round(start.total_seconds()) + data.advance_seconds
    if abs(seconds) > TEN_YEARS_SECONDS:
        raise ClockOutOfRange(years=10)
    await set_clock(seconds)
    settings: Settings = request.app.state.settings
    return _clock_out(settings, await _move_simulator(settings))


async def set_clock(offset_seconds: int) -> None:
    """Keep the offset for every process and apply it in this one."""
    await db.execute(
        "insert into clock_offset (offset_seconds) values ($1)"
        " on conflict (only_row) do update set offset_seconds = excluded.offset_seconds",
        offset_seconds,
    )
    clock.set_offset(timedelta(seconds=offset_seconds))


async def refresh_clock() -> timedelta:
    """Take over what another process has set; processes call it every second while the clock is movable."""
    seconds = await db.fetchval("select offset_seconds from clock_offset")
    clock.set_offset(timedelta(seconds=seconds or 0))
    return clock.offset()


async def _move_simulator(settings: Settings) -> bool | None:
    if not settings.simulator_url:
        return None
    url = f"{settings.simulator_url.rstrip('/')}/_sim/clock"
    body = {"world": SIMULATOR_WORLD, "now": clock.now().isoformat()}
    try:
        async with httpx.AsyncClient(timeout=SIMULATOR_TIMEOUT_SECONDS) as client:
            answer = await client.post(url, json=body)
    except httpx.HTTPError as error:
        logger.warning("the simulator's clock could not be moved", exc_info=error)
        return False
    return answer.is_success


def _clock_out(settings: Settings, simulator_moved: bool | None = None) -> ClockOut:  # noqa: FBT001 - three answers
    return ClockOut(
        now=clock.now(),
        offset_seconds=round(clock.offset().total_seconds()),
        simulator_url=settings.simulator_url or None,
        simulator_moved=simulator_moved,
    )


router = Router(path="/dev", route_handlers=[show_clock, move_clock], tags=["Development"])
