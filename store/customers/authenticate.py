"""From a bearer token to a principal, with a cache of five seconds so that a busy storefront costs no query.

Revocation and sign-out empty the cache of their own process at once; other processes notice within the five seconds.
"""

from __future__ import annotations

import time

from store.customers.principal import Principal
from store.kernel import clock, db
from store.kernel.ids import hash_token

CACHE_SECONDS = 5.0
CACHE_ENTRIES = 20_000

_cache: dict[str, tuple[float, Principal | None]] = {}
_generation = 0


async def authenticate(token: str) -> Principal | None:
    """The principal of a pk_, sk_ or cs_ token; None for a token that is unknown, revoked, expired or disabled."""
    cached = _cache.get(token)
    if cached is not None and cached[0] > time.monotonic():
        return cached[1]
    generation = _generation
    principal = await _look_up(token)
    if generation == _generation:  # Nothing was revoked while we asked.
        if len(_cache) >= CACHE_ENTRIES:
            _cache.clear()
        _cache[token] = (time.monotonic() + CACHE_SECONDS, principal)
    return principal


def cached_principal(token: str) -> Principal | None:
    """What the cache knows, without a query: for the listing that is answered before routing."""
    cached = _cache.get(token)
    return cached[1] if cached is not None and cached[0] > time.monotonic() else None


def forget_authentications() -> None:
    """Empty the cache of this process, and keep answers that are being looked up out of it."""
    global _generation  # noqa: PLW0603 - one cache per process is the point
    _generation += 1
    _cache.clear()


async def _look_up(token: str) -> Principal | None:
    if "\0" in token or len(token) > 200:
        return None
    prefix = token.partition("_")[0]
    if prefix in {"pk", "sk"}:
        return await _by_key(hash_token(token))
    return await _by_session(hash_token(token)) if prefix == "cs" else None


async def _by_key(token_hash: bytes) -> Principal | None:
    row = await db.fetchrow(
        "select id, role, name, last_used_on from api_key where token_hash = $1 and revoked_at is null", token_hash
    )
    if row is None:
        return None
    today = clock.now().date()
    if row["last_used_on"] != today:
        await db.execute("update api_key set last_used_on = $2 where id = $1", row["id"], today)
    return Principal(kind=row["role"], key_id=row["id"], display_name=row["name"])


async def _by_session(token_hash: bytes) -> Principal | None:
    row = await db.fetchrow(
        "select account.id, kind, name, locale, partner_id, refund_limits"
        " from session join account on account.id = session.account_id"
        " where token_hash = $1 and revoked_at is null and expires_at > $2 and disabled_at is null",
        token_hash,
        clock.now(),
    )
    if row is None:
        return None
    return Principal(
        kind=row["kind"],
        account_id=row["id"],
        partner_id=row["partner_id"],
        display_name=row["name"],
        locale=row["locale"],
        refund_limits=row["refund_limits"],
    )
