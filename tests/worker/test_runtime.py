"""Rows of the outbox are consumed in the process that holds the runtime, promptly, boundedly, and to the end."""

from __future__ import annotations

import asyncio
import time

from dramatiq.brokers.stub import StubBroker

from store.kernel import db, outbox


async def stage(count=1, topic="thing.happened"):
    async with db.unit_of_work():
        for number in range(count):
            await outbox.stage(topic, number=number)


async def empty():
    while (await outbox.depth())["waiting"]:  # noqa: ASYNC110 - the database has no event for it
        await asyncio.sleep(0.01)


async def test_every_staged_row_is_consumed_once(runtime):
    seen = []

    async def consume(number):
        seen.append(number)

    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime()
    await stage(300)
    await asyncio.wait_for(empty(), 20)
    assert sorted(seen) == list(range(300))


async def test_a_commit_wakes_the_relay_of_its_process(runtime, monkeypatch):
    monkeypatch.setattr("store.worker.relay.POLL_SECONDS", 30)
    consumed = asyncio.Event()

    async def consume(number):
        consumed.set()

    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime()
    await asyncio.sleep(0.3)  # it sleeps now
    await stage()
    await asyncio.wait_for(consumed.wait(), 2)


async def test_no_more_consumers_run_at_once_than_allowed(runtime):
    running, most = 0, 0

    async def consume(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime(concurrency=3)
    await stage(40)
    await asyncio.wait_for(empty(), 20)
    assert most == 3


async def test_only_what_can_be_consumed_soon_is_leased(runtime, eventually):
    blocked = asyncio.Event()
    begun = []

    async def consume(number):
        begun.append(number)
        await blocked.wait()

    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime(concurrency=2)
    await stage(50)
    await eventually(lambda: len(begun) == 2)
    await asyncio.sleep(0.5)
    assert await db.fetchval("select count(*) from outbox where leased_until is not null") == 8
    blocked.set()
    await asyncio.wait_for(empty(), 20)


async def test_two_runtimes_share_the_rows_without_doing_one_twice(runtime):
    seen = []

    async def consume(number):
        seen.append(number)
        await asyncio.sleep(0.001)

    outbox.subscribe("thing.happened", consume, name="consume")
    first = await runtime()
    await stage(200)
    await asyncio.wait_for(empty(), 20)
    assert sorted(seen) == list(range(200))
    assert first.consumed == 200


async def test_a_failing_consumer_does_not_hold_up_the_others(runtime, eventually):
    seen = []

    async def consume(number):
        if number == 0:
            raise ValueError("no")
        seen.append(number)

    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime()
    await stage(10)
    await eventually(lambda: len(seen) == 9)
    (row,) = await db.fetch("select attempts, dead, last_error from outbox")
    assert (row["attempts"] >= 1, row["dead"], row["last_error"]) == (True, False, "ValueError: no")


async def test_stopping_lets_running_work_finish_and_gives_back_the_rest(runtime, eventually):
    begun, done = [], []

    async def consume(number):
        begun.append(number)
        await asyncio.sleep(0.5)
        done.append(number)

    outbox.subscribe("thing.happened", consume, name="consume")
    made = await runtime(concurrency=2)
    await stage(20)
    await eventually(lambda: len(begun) == 2)
    await made.stop()
    assert sorted(done) == sorted(begun)
    rows = await db.fetch("select leased_until, attempts from outbox")
    assert len(rows) == 20 - len(done)
    assert {(row["leased_until"], row["attempts"]) for row in rows} == {(None, 0)}


async def test_stopping_cuts_off_what_does_not_finish_and_leaves_it_to_its_lease(runtime, eventually):
    begun = []

    async def consume(number):
        begun.append(number)
        await asyncio.sleep(60)

    outbox.subscribe("thing.happened", consume, name="consume")
    made = await runtime()
    await stage()
    await eventually(lambda: begun)
    started = time.monotonic()
    await made.stop(patience_seconds=0.5)
    assert time.monotonic() - started < 5
    (row,) = await db.fetch("select leased_until, attempts from outbox")
    assert row["leased_until"] is not None
    assert row["attempts"] == 1


async def test_a_consumer_that_hangs_is_ended_and_its_row_kept(runtime, eventually, monkeypatch):
    monkeypatch.setattr("store.worker.runtime.TIME_LIMIT_SECONDS", 0.2)
    ended = []

    async def consume(number):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(number)

    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime()
    await stage()
    await eventually(lambda: ended)
    assert (await outbox.depth())["waiting"] == 1


async def test_a_lost_database_is_waited_for(runtime, database_url, eventually):
    seen = []

    async def consume(number):
        seen.append(number)

    outbox.subscribe("thing.happened", consume, name="consume")
    made = await runtime()
    await stage()
    await eventually(lambda: len(seen) == 1)
    pool, db.ENGINE.pool = db.ENGINE.pool, None
    await pool.close()
    await asyncio.sleep(0.6)
    assert made.alive
    await db.connect(database_url, pool_size=20)
    await stage()
    await eventually(lambda: len(seen) == 2)


async def test_what_the_broker_does_not_take_is_given_back_and_sent_later(runtime, eventually, monkeypatch):
    seen, refused = [], []
    enqueue = StubBroker.enqueue

    def refuse(broker, message, **options):
        if len(refused) < 2:
            refused.append(message)
            raise ConnectionResetError("gone")
        return enqueue(broker, message, **options)

    async def consume(number):
        seen.append(number)

    monkeypatch.setattr(StubBroker, "enqueue", refuse)
    monkeypatch.setattr("store.worker.relay.TROUBLE_SECONDS", 0.05)
    outbox.subscribe("thing.happened", consume, name="consume")
    await runtime()
    await stage(5)
    await eventually(lambda: len(seen) == 5)
    await asyncio.wait_for(empty(), 5)
    assert len(refused) == 2
