"""A request that is sent again is answered again, not done again (CRT-6)."""

from __future__ import annotations

import asyncio

import pytest

from store.kernel import db, idempotency
from store.kernel.idempotency import Answer, IdempotencyKeyReused, RequestInFlight

HASH = idempotency.fingerprint(b"POST", b"/orders", b"{}")


async def test_the_first_claim_wins_and_its_answer_is_repeated(database):
    assert await idempotency.claim("me", "k", HASH) is None
    await idempotency.remember("me", "k", Answer(201, b"done"))
    assert await idempotency.claim("me", "k", HASH) == Answer(201, b"done")


async def test_another_request_under_the_same_key_is_refused(database):
    await idempotency.claim("me", "k", HASH)
    with pytest.raises(IdempotencyKeyReused):
        await idempotency.claim("me", "k", idempotency.fingerprint(b"other"))


async def test_keys_of_different_callers_are_apart(database):
    assert await idempotency.claim("me", "k", HASH) is None
    assert await idempotency.claim("you", "k", HASH) is None


async def test_a_request_in_flight_is_not_started_twice(database):
    results = await asyncio.gather(*(idempotency.claim("me", "k", HASH) for _ in range(20)), return_exceptions=True)
    assert results.count(None) == 1
    assert sum(isinstance(result, RequestInFlight) for result in results) == 19


async def test_a_dead_request_can_be_taken_up_after_its_lease(database):
    await idempotency.claim("me", "k", HASH)
    await db.execute("update idempotency_key set leased_until = now() - interval '1 second'")
    results = await asyncio.gather(*(idempotency.claim("me", "k", HASH) for _ in range(10)), return_exceptions=True)
    assert results.count(None) == 1


async def test_a_forgotten_key_is_free_again(database):
    await idempotency.claim("me", "k", HASH)
    await idempotency.forget("me", "k")
    assert await idempotency.claim("me", "k", HASH) is None


async def test_keys_are_kept_for_thirty_days(database):
    await idempotency.claim("me", "old", HASH)
    await idempotency.claim("me", "young", HASH)
    await db.execute("update idempotency_key set created_at = now() - interval '31 days' where key = 'old'")
    await db.execute("update idempotency_key set created_at = now() - interval '29 days' where key = 'young'")
    assert await idempotency.purge() == 1
