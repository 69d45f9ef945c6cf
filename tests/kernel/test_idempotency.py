"""A request that is sent again is answered again, not done again (CRT-6)."""

from __future__ import annotations

import asyncio

import pytest

from store.kernel import db, idempotency
from store.kernel.idempotency import Answer, IdempotencyKeyReused, RequestInFlight
from store.kernel.ids import new_id


async def claim(scope="me", key="k", request_hash=None, claim_id=None):
    return await idempotency.claim(scope, key, request_hash or HASH, claim_id or new_id())


HASH = idempotency.fingerprint(b"POST", b"/orders", b"{}")


async def test_the_first_claim_wins_and_its_answer_is_repeated(database):
    ours = new_id()
    assert await claim(claim_id=ours) is None
    await idempotency.remember("me", "k", ours, Answer(201, b"done"))
    assert await claim() == Answer(201, b"done")


async def test_another_request_under_the_same_key_is_refused(database):
    await claim()
    with pytest.raises(IdempotencyKeyReused):
        await claim(request_hash=idempotency.fingerprint(b"other"))


async def test_keys_of_different_callers_are_apart(database):
    assert await claim() is None
    assert await claim("you") is None


async def test_a_request_in_flight_is_not_started_twice(database):
    results = await asyncio.gather(*(claim() for _ in range(20)), return_exceptions=True)
    assert results.count(None) == 1
    assert sum(isinstance(result, RequestInFlight) for result in results) == 19


async def test_a_dead_request_can_be_taken_up_after_its_lease(database):
    await claim()
    await db.execute("update idempotency_key set leased_until = now() - interval '1 second'")
    results = await asyncio.gather(*(claim() for _ in range(10)), return_exceptions=True)
    assert results.count(None) == 1


async def test_a_forgotten_key_is_free_again(database):
    ours = new_id()
    await claim(claim_id=ours)
    await idempotency.forget("me", "k", ours)
    assert await claim() is None


async def test_keys_are_kept_for_thirty_days(database):
    await claim(key="old")
    await claim(key="young")
    await db.execute("update idempotency_key set created_at = now() - interval '31 days' where key = 'old'")
    await db.execute("update idempotency_key set created_at = now() - interval '29 days' where key = 'young'")
    assert await idempotency.purge() == 1


async def test_a_claim_that_was_taken_over_neither_answers_nor_frees_the_key(database):
    dead, alive = new_id(), new_id()
    await claim(claim_id=dead)
    await db.execute("update idempotency_key set leased_until = now() - interval '1 second'")
    assert await claim(claim_id=alive) is None
    await idempotency.remember("me", "k", dead, Answer(201, b"late"))
    await idempotency.forget("me", "k", dead)
    with pytest.raises(RequestInFlight):
        await claim()
    await idempotency.remember("me", "k", alive, Answer(201, b"done"))
    assert await claim() == Answer(201, b"done")
