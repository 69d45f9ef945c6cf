"""Idempotency keys: a request that is sent again is answered again, not done again (CRT-6).

Same key and same request → the first answer; same key with another request → 409; still in flight → 409 with
Retry-After. Keys are kept for 30 days. The use cases behind carry natural keys of their own, so that a request whose
first run died half-way is taken up, not doubled, once its lease is over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from store.kernel import db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_

KEEP_DAYS = 30
LEASE_SECONDS = 60


class IdempotencyKeyReused(StoreError):
    code = "idempotency_key_reused"
    status = 409
    title = N_("This idempotency key was used for another request.")
    detail = N_("Use a new Idempotency-Key for a new request.")


class RequestInFlight(StoreError):
    code = "request_in_flight"
    status = 409
    title = N_("The same request is still being worked on.")
    detail = N_("Please send it again in {retry_after_seconds} seconds.")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def fingerprint(*parts: bytes) -> bytes:
    """A hash of what makes a request itself: method, path and body."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


# A dead claim, in flight with its lease over, is taken over by the next one; `claimed_by` tells who has the key.
_CLAIM = """
insert into idempotency_key as known (scope, key, request_hash, leased_until, claimed_by)
values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4), $5)
on conflict (scope, key) do update set (leased_until, claimed_by) = (
    select case when taken then excluded.leased_until else known.leased_until end,
           case when taken then excluded.claimed_by else known.claimed_by end
    from (select known.answered_at is null and known.leased_until < clock_timestamp()
                 and known.request_hash = excluded.request_hash as taken) as t)
returning request_hash, status, body, answered_at, claimed_by = $5 as ours
"""


async def claim(scope: str, key: str, request_hash: bytes, claim_id: UUID) -> Answer | None:
    """None: go ahead, the key is ours under this fresh claim id. An Answer: say this again.

    Raises IdempotencyKeyReused, RequestInFlight.
    """
    row = await db.fetchrow(_CLAIM, scope, key, request_hash, float(LEASE_SECONDS), claim_id)
    assert row is not None
    if row["request_hash"] != request_hash:
        raise IdempotencyKeyReused
    if row["answered_at"] is not None:
        return Answer(row["status"], row["body"])
    if not row["ours"]:
        raise RequestInFlight(retry_after_seconds=2)
    return None


async def remember(scope: str, key: str, claim_id: UUID, answer: Answer) -> None:
    """Keep the answer for every later request with this key; a claim that was taken over keeps nothing."""
    await db.execute(
        "update idempotency_key set status = $3, body = $4, answered_at = clock_timestamp()"
        " where scope = $1 and key = $2 and claimed_by = $5",
        scope,
        key,
        answer.status,
        answer.body,
        claim_id,
    )


async def forget(scope: str, key: str, claim_id: UUID) -> None:
    """Let the key go: the request failed in a way that a second try may not."""
    await db.execute(
        "delete from idempotency_key where scope = $1 and key = $2 and claimed_by = $3 and answered_at is null",
        scope,
        key,
        claim_id,
    )


async def purge() -> int:
    return await db.execute(
        "delete from idempotency_key where created_at < clock_timestamp() - make_interval(days => $1)", KEEP_DAYS
    )
