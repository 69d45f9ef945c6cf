"""The outbox keeps every fact until its consumer is done with it."""

from __future__ import annotations

import asyncio

import pytest

from store.kernel import db, outbox


@pytest.fixture
def subscribed(monkeypatch):
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(outbox, "_subscriptions", {})
    return outbox.subscribe


async def test_a_fact_reaches_every_consumer_once(database, subscribed):
    seen = []

    async def first(number):
        seen.append(("first", number))

    async def second(number):
        seen.append(("second", number))

    subscribed("thing.happened", first, name="first")
    subscribed("thing.happened", second, name="second")
    async with db.unit_of_work():
        await outbox.stage("thing.happened", number=7)
    assert await outbox.drain() == 2
    assert sorted(seen) == [("first", 7), ("second", 7)]
    assert await outbox.depth() == {"waiting": 0, "dead": 0}


async def test_a_rolled_back_fact_never_happened(database, subscribed):
    subscribed("thing.happened", lambda: None, name="c")
    with pytest.raises(RuntimeError, match="undo"):
        async with db.unit_of_work():
            await outbox.stage("thing.happened")
            raise RuntimeError("undo")
    assert await outbox.depth() == {"waiting": 0, "dead": 0}


async def test_a_failing_consumer_keeps_its_row_and_dies_after_the_last_attempt(database, subscribed, monkeypatch):
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 2)
    calls = []

    async def fails():
        calls.append(1)
        raise ValueError("no")

    subscribed("thing.happened", fails, name="fails")
    async with db.unit_of_work():
        await outbox.stage("thing.happened")
    await outbox.drain()
    await db.execute("update outbox set due_at = now() - interval '1 hour'")
    await outbox.drain()
    assert len(calls) == 2
    assert await outbox.depth() == {"waiting": 0, "dead": 1}
    assert await outbox.lease() == []
    assert await outbox.retry() == 1
    assert await outbox.depth() == {"waiting": 1, "dead": 0}


async def test_a_leased_row_is_not_leased_again_until_the_lease_is_over(database, subscribed):
    async def works():
        pass

    subscribed("thing.happened", works, name="works")
    async with db.unit_of_work():
        await outbox.stage("thing.happened")
    (row,) = await outbox.lease()
    assert await outbox.lease() == []
    await db.execute("update outbox set leased_until = now() - interval '1 second'")
    assert await outbox.lease() == [row]


async def test_staging_needs_a_unit_of_work(database, subscribed):
    with pytest.raises(RuntimeError):
        await outbox.stage("thing.happened")


async def test_a_consumer_that_kills_its_process_every_time_ends_as_dead(database, subscribed, monkeypatch):
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 2)

    async def works():
        pass

    subscribed("thing.happened", works, name="works")
    async with db.unit_of_work():
        await outbox.stage("thing.happened")
    for _ in range(2):
        assert len(await outbox.lease()) == 1
        await db.execute("update outbox set leased_until = now() - interval '1 second'")
    assert await outbox.lease() == []
    assert await outbox.depth() == {"waiting": 0, "dead": 1}


async def test_a_consumer_that_hangs_has_failed(database, subscribed, monkeypatch):
    monkeypatch.setattr(outbox, "CONSUMER_SECONDS", 0.05)

    async def hangs():
        await asyncio.sleep(60)

    subscribed("thing.happened", hangs, name="hangs")
    async with db.unit_of_work():
        await outbox.stage("thing.happened")
    (row,) = await outbox.lease()
    assert not await outbox.consume(row)
    assert "TimeoutError" in await db.fetchval("select last_error from outbox")
