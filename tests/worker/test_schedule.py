"""Jobs run again and again, in one process at a time, and soon after the clock was moved."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from store.kernel import clock, db
from store.worker import every, schedule
from store.worker.schedule import Scheduler


@pytest.fixture
def run_scheduler(database_url):
    tasks = []

    def start():
        made = Scheduler(database_url, schedule.jobs())
        task = asyncio.create_task(made.run())
        tasks.append(task)
        return made, task

    yield start
    for task in tasks:
        task.cancel()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(schedule, "TAKE_OVER_SECONDS", 0.1)
    monkeypatch.setattr(schedule, "WATCH_SECONDS", 0.1)


async def test_a_job_runs_at_once_and_again(run_scheduler, eventually):
    runs = []

    async def job():
        runs.append(1)

    every(0.05, "job", job)
    run_scheduler()
    await eventually(lambda: len(runs) >= 3)


async def test_a_job_never_overlaps_itself_over_all_processes(run_scheduler, eventually):
    running, most, runs = 0, 0, 0

    async def job():
        nonlocal running, most, runs
        running += 1
        runs += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    every(0.001, "job", job)
    made = [run_scheduler()[0] for _ in range(4)]
    await eventually(lambda: runs >= 10)
    assert most == 1
    assert sum(scheduler.leading for scheduler in made) == 1


async def test_another_takes_over_when_the_leader_ends(run_scheduler, eventually):
    async def job():
        pass

    every(60, "job", job)
    first, task = run_scheduler()
    await eventually(lambda: first.leading)
    second, _ = run_scheduler()
    await asyncio.sleep(0.3)
    assert not second.leading
    task.cancel()
    await eventually(lambda: second.leading)
    assert not first.leading


async def test_a_leader_that_loses_its_connection_stops_its_runs(run_scheduler, database_url, eventually):
    stopped = []

    async def job():
        try:
            await asyncio.sleep(60)
        finally:
            stopped.append(1)

    every(60, "job", job)
    leader, _ = run_scheduler()
    await eventually(lambda: leader.leading)
    await asyncio.sleep(0.05)
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'store schedule' and datname = current_database()"
    )
    await connection.close()
    await eventually(lambda: stopped)


async def test_a_failing_job_runs_again_and_leaves_the_others_alone(run_scheduler, eventually):
    failures, runs = [], []

    async def fails():
        failures.append(1)
        raise ValueError("no")

    async def works():
        runs.append(1)

    every(0.05, "fails", fails)
    every(0.05, "works", works)
    run_scheduler()
    await eventually(lambda: len(failures) >= 3 and len(runs) >= 3)


async def test_moving_the_clock_runs_every_job_soon(runtime, eventually):
    seen = []

    async def job():
        seen.append(clock.offset())

    every(3600, "job", job)
    await runtime()
    await eventually(lambda: len(seen) == 1)
    await asyncio.sleep(0.3)  # the relay has looked once
    clock.set_offset(timedelta(days=1))  # as the web process does that was told to move it
    await db.execute("insert into clock_offset (offset_seconds) values (86400)")
    await eventually(lambda: len(seen) == 2)
    assert seen[1] == timedelta(days=1)


async def test_a_name_belongs_to_one_job():
    async def job():
        pass

    async def other():
        pass

    every(5, "job", job)
    every(6, "job", job)
    assert [known.seconds for known in schedule.jobs()] == [6]
    with pytest.raises(ValueError, match="two jobs"):
        every(5, "job", other)
