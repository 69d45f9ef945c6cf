"""A killed worker loses nothing: its rows are consumed by another once their lease is over."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from store.kernel import db, outbox

PROGRAM = Path(__file__).with_name("worker_program.py")


@pytest.fixture
def start_worker(database_url):
    workers = []

    def start(seconds):
        worker = subprocess.Popen(
            [sys.executable, str(PROGRAM), database_url, str(seconds)], cwd=Path(__file__).parents[2], env=environment()
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def environment():
    return {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"}


@pytest.mark.slow
async def test_rows_of_a_killed_worker_are_consumed_by_another(database, start_worker):
    await db.execute("create table work_log (pid integer, number integer, what text)")

    async def elsewhere(number):
        raise AssertionError

    outbox.subscribe("thing.happened", elsewhere, name="consume")
    async with db.unit_of_work():
        for number in range(20):
            await outbox.stage("thing.happened", number=number)

    victim = start_worker(60)
    await until("select count(*) >= 8 from work_log where what = 'begun'")
    victim.kill()
    victim.wait()
    assert await db.fetchval("select count(*) from outbox") == 20

    start_worker(0)
    await until("select count(*) = 0 from outbox")
    done = await db.fetch("select number, count(*) from work_log where what = 'done' group by number")
    assert {row["number"]: row["count"] for row in done} == dict.fromkeys(range(20), 1)


async def until(question):
    async with asyncio.timeout(15):
        while not await db.fetchval(question):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.05)
