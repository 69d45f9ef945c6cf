"""From the outbox to the broker: due rows are leased and their ids sent.

There is no leader: any number of relays share the work, because a lease skips rows that another relay is taking. A
relay leases no more than can be consumed well within the lease, so that rows don't come due again in a queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from store.kernel import db, outbox
from store.worker import movable_clock
from store.worker.trouble import OUT_OF_REACH, BrokerOutOfReach

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
TROUBLE_SECONDS = 0.5

Room = Callable[[], Awaitable[int]]
Send = Callable[[list[int]], Awaitable[None]]


class Relay:
    """One loop. `room` tells how many rows may be leased now, `send` gives ids to the broker."""

    def __init__(self, room: Room, send: Send, *, on_clock_moved: Callable[[], None] | None = None) -> None:
        self._room = room
        self._send = send
        self._on_clock_moved = on_clock_moved
        self._woken = asyncio.Event()
        self._troubled = False
        self._offset: timedelta | None = None
        self._followed = -POLL_SECONDS

    def wake(self) -> None:
        """There is something to do; to be called on the relay's loop."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. Trouble with the database or the broker is waited out."""
        while True:
            self._woken.clear()
            try:
                await self._follow_clock()
                await self._pass_on()
            except OUT_OF_REACH as error:
                self._tell_of_trouble(error)
                await asyncio.sleep(TROUBLE_SECONDS)
                continue
            except Exception:
                logger.exception("the relay stumbled and goes on")
                await asyncio.sleep(TROUBLE_SECONDS)
                continue
            self._troubled = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _follow_clock(self) -> None:
        if self._on_clock_moved is None or time.monotonic() - self._followed < POLL_SECONDS:
            return  # A busy process wakes us many times a second.
        self._followed = time.monotonic()
        offset = await movable_clock.follow()
        # Held against our own last look: the web process applies a move that it makes itself at once.
        moved = self._offset is not None and offset != self._offset
        self._offset = offset
        if moved:
            self._on_clock_moved()

    async def _pass_on(self) -> None:
        """Lease and send until nothing is due or nothing more fits; what can't be sent is given back."""
        while (room := await self._room()) > 0:
            ids = await outbox.lease(room)
            if not ids:
                return
            try:
                await self._send(ids)
            except BrokerOutOfReach as error:
                await give_back(error.unsent)
                raise
            if len(ids) < room:
                return

    def _tell_of_trouble(self, error: Exception) -> None:
        if not self._troubled:
            logger.warning("the relay waits for the database or the broker: %s", error or type(error).__name__)
        self._troubled = True


async def give_back(ids: list[int]) -> None:
    """Rows that nobody began to consume come due at once, as if they had not been leased."""
    if ids:
        await db.execute(
            "update outbox set leased_until = null, attempts = attempts - 1"
            " where id = any($1) and leased_until is not null",
            ids,
        )


async def outstanding(limit: int) -> int:
    """How many rows are leased, whoever leased them; counts to the limit only."""
    count: int = await db.fetchval(
        "select count(*) from (select from outbox where leased_until > clock_timestamp() limit $1) as leased", limit
    )
    return count
