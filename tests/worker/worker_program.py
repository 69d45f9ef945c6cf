"""A worker for the crash test: argv is the database's URL and the seconds that its consumer takes."""

from __future__ import annotations

import asyncio
import os
import sys

from store.kernel import db, outbox
from store.kernel.settings import Settings
from store.worker.runtime import Runtime

outbox.LEASE_SECONDS = 2


async def main(dsn: str, seconds: float) -> None:
    async def consume(number: int) -> None:
        await db.execute("insert into work_log (pid, number, what) values ($1, $2, 'begun')", os.getpid(), number)
        await asyncio.sleep(seconds)
        await db.execute("insert into work_log (pid, number, what) values ($1, $2, 'done')", os.getpid(), number)

    outbox.subscribe("thing.happened", consume, name="consume")
    await db.connect(dsn)
    await Runtime(Settings(database_url=dsn)).start()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], float(sys.argv[2])))
