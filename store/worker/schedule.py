"""Jobs that run again and again, in one process at a time however many are started.

`every(60, "expire authorizations", expire_authorizations)` registers a job where everything is composed. Whoever holds
an advisory lock of the database runs all jobs, each in a row of its own: at once when it takes the lock, then every so
many seconds after the last run ended. The lock hangs on a connection of its own; when that breaks, the runs are
stopped before another process can take over. Jobs must survive being cut off and run again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from store.worker.trouble import OUT_OF_REACH

logger = logging.getLogger(__name__)

JobFunction = Callable[[], Awaitable[object]]

LOCK_KEY = 0x5354_4F52_45 + 1  # migrations hold "STORE"
TAKE_OVER_SECONDS = 2.0
WATCH_SECONDS = 1.0
ANSWER_SECONDS = 5.0
JOB_LIMIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Job:
    seconds: float
    name: str
    run: JobFunction


_jobs: dict[str, Job] = {}


def every(seconds: float, name: str, job: JobFunction) -> None:
    """Run the coroutine function every so many seconds (of real time), and soon after the clock was moved.

    Registering the same job again changes its interval; another one under the same name raises ValueError.
    """
    known = _jobs.get(name)
    if known is not None and known.run is not job:
        msg = f"two jobs are called {name!r}"
        raise ValueError(msg)
    _jobs[name] = Job(seconds, name, job)


def jobs() -> list[Job]:
    return list(_jobs.values())


class Scheduler:
    """Runs the jobs in this process while it holds the lock, and waits for the lock otherwise."""

    def __init__(self, dsn: str, scheduled: list[Job]) -> None:
        self._dsn = dsn
        self._jobs = scheduled
        self._hurry = {job.name: asyncio.Event() for job in scheduled}
        self.leading = False

    def run_all_soon(self) -> None:
        """Don't wait for the next turn: the clock was moved."""
        for event in self._hurry.values():
            event.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._take_the_lead()
            except OUT_OF_REACH as error:
                logger.warning("the schedule waits for the database: %s", error or type(error).__name__)
            await asyncio.sleep(TAKE_OVER_SECONDS)

    async def _take_the_lead(self) -> None:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=ANSWER_SECONDS,
            command_timeout=ANSWER_SECONDS,
            server_settings={"application_name": "store schedule"},
        )
        try:
            # Asked again and again, as a broken connection would not be noticed in a wait for the lock.
            while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK_KEY):  # noqa: ASYNC110
                await asyncio.sleep(TAKE_OVER_SECONDS)
            await self._lead(connection)
        finally:
            with contextlib.suppress(*OUT_OF_REACH):
                await connection.close(timeout=1)

    async def _lead(self, connection: asyncpg.Connection) -> None:
        """Run the jobs until the connection with the lock fails or we are cancelled."""
        self.leading = True
        runs = [asyncio.create_task(self._repeat(job), name=f"job {job.name}") for job in self._jobs]
        try:
            while True:
                await asyncio.sleep(WATCH_SECONDS)
                await connection.fetchval("select 1")
        finally:
            self.leading = False
            for run in runs:
                run.cancel()
            await asyncio.gather(*runs, return_exceptions=True)

    async def _repeat(self, job: Job) -> None:
        hurry = self._hurry[job.name]
        while True:
            hurry.clear()
            try:
                async with asyncio.timeout(JOB_LIMIT_SECONDS):
                    await job.run()
            except OUT_OF_REACH as error:
                logger.warning("job %s will run again: %s", job.name, error or type(error).__name__)
            except Exception:
                logger.exception("job %s failed", job.name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(job.seconds):
                    await hurry.wait()
