"""The unit of work: one door, no leaks, no silent nesting."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from piccolo.engine.exceptions import TransactionError

from store.kernel import db
from store.kernel.numbers import next_number


async def test_a_failed_commit_gives_the_connection_back_and_leaves_no_transaction_behind(database):
    await db.execute("create table parent (id int primary key)")
    await db.execute("create table child (id int references parent deferrable initially deferred)")
    for _ in range(30):  # more than the pool has connections
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.unit_of_work():
                await db.execute("insert into child values (1)")
        assert not db.in_unit_of_work()
    async with db.unit_of_work():
        await db.execute("insert into parent values (1)")
    assert await db.fetchval("select count(*) from parent") == 1


async def test_a_second_unit_of_work_inside_the_first_is_refused(database):
    async with db.unit_of_work():
        with pytest.raises(TransactionError):
            async with db.unit_of_work():
                pass


async def test_a_cancelled_unit_of_work_rolls_back_and_frees_its_connection(database):
    await db.execute("create table t (id int)")

    async def slow():
        async with db.unit_of_work():
            await db.execute("insert into t values (1)")
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(slow()) for _ in range(15)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with db.unit_of_work():
        assert await db.fetchval("select count(*) from t") == 0


async def test_callbacks_run_only_after_a_commit(database):
    seen = []
    async with db.unit_of_work():
        db.after_commit(lambda: seen.append("committed"))
        assert seen == []
    assert seen == ["committed"]
    with pytest.raises(RuntimeError):
        async with db.unit_of_work():
            db.after_commit(lambda: seen.append("never"))
            raise RuntimeError
    assert seen == ["committed"]


async def test_numbers_are_gapless_under_concurrency_and_failure(database):
    async def take(fail):
        try:
            async with db.unit_of_work():
                number = await next_number("LE", "credit_note", 2026)
                if fail:
                    raise RuntimeError
                return number
        except RuntimeError:
            return None

    numbers = await asyncio.gather(*(take(fail=index % 3 == 0) for index in range(60)))
    assert sorted(number for number in numbers if number) == list(range(1, 41))
