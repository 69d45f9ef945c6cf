"""Tries are counted over all processes: never more than so many within any window (ACC-1, WAR-1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.kernel import clock, db, signing, throttle
from store.kernel.throttle import TooManyTries


@pytest.fixture(autouse=True)
def _secret():
    signing.configure(b"the secret of the tests")


async def passes(key="ada@example.com", scope="sign_in", most=3, seconds=60) -> bool:
    try:
        await throttle.spend(scope, key, most=most, seconds=seconds)
    except TooManyTries:
        return False
    return True


async def grow_older(seconds: float) -> None:
    """Move everything that was counted into the past."""
    await db.execute(
        "update throttle set ends_at = ends_at - make_interval(secs => $1),"
        " spent = array(select at - make_interval(secs => $1) from unnest(spent) at)",
        float(seconds),
    )


async def test_so_many_tries_pass_and_the_next_is_told_when_to_come_back(database):
    assert [await passes() for _ in range(3)] == [True, True, True]
    await grow_older(20)
    with pytest.raises(TooManyTries) as refused:
        await throttle.spend("sign_in", "ada@example.com", most=3, seconds=60)
    assert 38 <= refused.value.facts["retry_after_seconds"] <= 40


async def test_keys_and_scopes_are_counted_apart(database):
    assert await passes(most=1)
    assert not await passes(most=1)
    assert await passes("eve@example.com", most=1)
    assert await passes(scope="reset", most=1)


async def test_a_window_slides_and_does_not_begin_anew(database):
    assert await passes(most=2)
    await grow_older(40)
    assert await passes(most=2)
    assert not await passes(most=2)
    await grow_older(30)  # the first is over, the second is not
    assert await passes(most=2)
    assert not await passes(most=2)


async def test_what_was_right_is_given_back(database):
    for _ in range(10):
        assert await passes(most=2)
        await throttle.give_back("sign_in", "ada@example.com")
    assert await passes(most=2)
    assert await passes(most=2)
    assert not await passes(most=2)
    await throttle.give_back("sign_in", "nobody@example.com")


async def test_a_refused_try_does_not_make_the_wait_longer(database):
    assert await passes(most=1)
    await grow_older(50)
    assert not await passes(most=1)
    await grow_older(11)
    assert await passes(most=1)


async def test_moving_the_stores_clock_frees_nobody(database):
    assert await passes(most=1)
    clock.set_offset(timedelta(days=30))
    assert not await passes(most=1)


async def test_neither_addresses_nor_their_plain_hashes_are_kept(database):
    await passes("ada@example.com")
    await passes("203.0.113.7")
    text = str(await db.fetch("select * from throttle"))
    assert "ada@" not in text
    assert "203.0.113" not in text
    before = await db.fetch("select key_hash from throttle")
    signing.configure(b"another secret")
    await passes("ada@example.com")
    assert len(await db.fetch("select key_hash from throttle")) == len(before) + 1


async def test_a_try_in_a_unit_of_work_is_refused_as_it_would_be_rolled_back(database):
    with pytest.raises(RuntimeError):
        async with db.unit_of_work():
            await throttle.spend("sign_in", "ada@example.com", most=3, seconds=60)


async def test_who_is_long_gone_is_forgotten(database):
    await passes("old")
    await grow_older(61)
    await passes("young")
    assert await throttle.purge() == 1
    assert await db.fetchval("select count(*) from throttle") == 1


async def test_no_more_than_the_limit_pass_at_once_over_several_processes(database, database_url):
    """Two pools stand for two processes; the second one runs the very statements of the first."""
    first = db.connected_pool()
    await db.connect(database_url, pool_size=10)
    second = db.connected_pool()

    async def over(pool):
        db.ENGINE.pool = pool  # read before the first await of the statement
        return await passes(most=10)

    try:
        passed = await asyncio.gather(*(over((first, second)[number % 2]) for number in range(50)))
    finally:
        await second.close()
        db.ENGINE.pool = first
    assert sum(passed) == 10


STEPS = st.lists(st.tuples(st.sampled_from(["try", "back"]), st.sampled_from([0, 10, 20, 30, 40])), max_size=30)


async def test_no_window_ever_sees_more_than_the_limit(database):
    """Against a plain list of ages: what passes is exactly what a sliding window lets pass."""
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(1, 5), STEPS)
    def law(most, steps) -> None:
        asyncio.run_coroutine_threadsafe(follow(most, steps), loop).result()

    await asyncio.to_thread(law)


async def follow(most: int, steps) -> None:
    await db.execute("truncate throttle")
    ages: list[int] = []
    for what, older in steps:
        await grow_older(older)
        ages = [age + older for age in ages]
        if what == "back":
            await throttle.give_back("sign_in", "k")
            ages = ages[:-1]
        else:
            allowed = sum(age < 60 for age in ages) < most
            assert await passes("k", most=most) == allowed
            ages += [0] if allowed else []
