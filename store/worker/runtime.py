"""Relay, consumers and schedule together, on the loop of the process that starts them.

The web server's process has one of these, and `store worker` is one of these alone: the same code on the same kind of
loop. Stopping lets running consumers finish for a while; rows that were not begun are given back at once, and rows
that were cut off come due again when their lease is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from store.kernel import outbox
from store.kernel.settings import Settings
from store.worker import schedule
from store.worker.broker import make_actor, make_broker, make_worker
from store.worker.relay import Relay, give_back, outstanding
from store.worker.trouble import OUT_OF_REACH, BrokerOutOfReach

logger = logging.getLogger(__name__)

CONCURRENCY = 8
# Four in a row per thread, at the 20 seconds that a provider may take, stay within a lease.
ROWS_PER_THREAD = 4
OUTSTANDING_ELSEWHERE = 256
# In a web process that is asked much: some ten rows a second, and about a twentieth of its time. A store that is busy
# for hours runs `store worker` beside it.
ROWS_WHILE_BUSY = 4
TURNS_WHILE_BUSY = 1
REST_WHILE_BUSY_SECONDS = 0.1
TIME_LIMIT_SECONDS = 60.0
STOP_SECONDS = 10.0


class Runtime:
    """Start it where the database pool is open; stop it before the pool closes."""

    def __init__(
        self,
        settings: Settings,
        *,
        consume: bool = True,
        concurrency: int = CONCURRENCY,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """With `consume=False` rows are only sent: to workers elsewhere, through a real broker.

        While `is_busy` says that people wait for this process, rows take turns and leave it most of the time.
        """
        self._is_busy = is_busy
        self._turns = asyncio.Semaphore(TURNS_WHILE_BUSY)
        self._settings = settings
        self._consume = consume
        self._concurrency = concurrency
        self._in_process = not settings.broker_url
        self._queued: set[int] = set()
        self._running: dict[int, asyncio.Task[Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="outbox-sender")
        self._worker: Any = None
        self._relay = Relay(self._room, self._send)
        self.consumed = 0

    async def start(self) -> None:
        """Begin to relay, consume and run jobs."""
        loop = asyncio.get_running_loop()
        logging.getLogger("dramatiq").setLevel(logging.WARNING)
        self._broker = make_broker(self._settings.broker_url, loop)
        self._actor = make_actor(self._broker, self._receive)
        if self._consume:
            self._worker = make_worker(self._broker, self._concurrency)
            self._worker.start()
        scheduler = schedule.Scheduler(self._settings.database_url, schedule.jobs())
        moved = scheduler.run_all_soon if self._settings.movable_clock else None
        self._relay = Relay(self._room, self._send, on_clock_moved=moved)
        outbox.on_wake(self._wake)
        self._tasks = [
            asyncio.create_task(self._relay.run(), name="outbox relay"),
            asyncio.create_task(scheduler.run(), name="schedule"),
        ]

    async def stop(self, patience_seconds: float = STOP_SECONDS) -> None:
        """Take nothing new, let running consumers finish, give back the rest."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._worker is not None:
            worker, self._worker = self._worker, None
            await asyncio.to_thread(worker.stop, int(patience_seconds * 1000))
            await self._cut_off()
        not_begun = sorted(self._queued)
        self._queued.clear()
        with contextlib.suppress(*OUT_OF_REACH):
            await give_back(not_begun)
        self._sender.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._broker.close)

    @property
    def alive(self) -> bool:
        """Whether relay and schedule run: for the health page."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    def _wake(self) -> None:
        if self._tasks:
            self._relay.wake()

    async def _cut_off(self) -> None:
        """Whatever is still running was given its time: its row waits for the end of its lease."""
        late = list(self._running.values())
        for task in late:
            task.cancel()
        if late:
            logger.warning("%s consumers were cut off; their rows come due again", len(late))
            await asyncio.gather(*late, return_exceptions=True)

    async def _room(self) -> int:
        if not self._in_process:
            return OUTSTANDING_ELSEWHERE - await outstanding(OUTSTANDING_ELSEWHERE)
        unfinished = len(self._queued) + len(self._running)
        if self._is_busy():
            return 0 if unfinished else ROWS_WHILE_BUSY
        return self._concurrency * ROWS_PER_THREAD - unfinished

    async def _send(self, ids: list[int]) -> None:
        if self._in_process:
            self._queued.update(ids)
            self._send_all(ids)
        else:  # a network call, and brokers' clients keep a connection per thread
            await asyncio.get_running_loop().run_in_executor(self._sender, self._send_all, ids)

    def _send_all(self, ids: list[int]) -> None:
        for position, outbox_id in enumerate(ids):
            try:
                self._actor.send(outbox_id)
            except Exception as error:  # each broker's client has errors of its own
                raise BrokerOutOfReach(ids[position:], error) from error

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """At once as a rule; while people wait, a few at a time and with a rest after each."""
        if not self._is_busy():
            yield
            return
        async with self._turns:
            yield
            if self._is_busy():
                await asyncio.sleep(REST_WHILE_BUSY_SECONDS)

    async def _receive(self, outbox_id: int) -> None:
        """Consume one row. Its failures are the outbox's business; the broker's message is done in any case."""
        self._queued.discard(outbox_id)
        task = asyncio.current_task()
        assert task is not None
        if self._running.setdefault(outbox_id, task) is not task:
            return  # The lease ran out while this process is still at it.
        try:
            async with self._turn(), asyncio.timeout(TIME_LIMIT_SECONDS):
                await outbox.consume(outbox_id)
            self.consumed += 1
        except OUT_OF_REACH as error:
            logger.warning("outbox row %s waits for its lease to end: %s", outbox_id, error or type(error).__name__)
        finally:
            del self._running[outbox_id]
            if self._in_process and len(self._running) + len(self._queued) <= self._concurrency:
                self._relay.wake()
