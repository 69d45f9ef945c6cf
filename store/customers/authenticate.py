"""From a bearer token to a principal, with a cache of five seconds so that a busy storefront costs no query.

Revocation and sign-out empty the cache of their own process at once; other processes notice within the five seconds.
A session that ends meanwhile ends in the cache as well.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

from store.customers.principal import Principal
from store.kernel import clock, db
from store.kernel.ids import hash_token

CACHE_SECONDS = 5.0
CACHE_ENTRIES = 20_000


class Known(NamedTuple):
    """What a token was found to be: worth something until `until` (monotonic), and not beyond its own end."""

    until: float
    principal: Principal | None
    ends_at: datetime | None = None

    @property
    def fresh(self) -> bool:
        return self.until > time.monotonic() and (self.ends_at is None or self.ends_at > clock.now())


_cache: dict[str, Known] = {}
_generation = 0


async def authenticate(token: str) -> Principal | None:
    """The principal of a pk_, sk_ or cs_ token; None for a token that is unknown, revoked, expired or disabled."""
    cached = _cache.get(token)
    if cached is not None and cached.fresh:
        return cached.principal
    generation = _generation
    principal, ends_at = await _look_up(token)
    if generation == _generation:  # Nothing was revoked while we asked.
        if len(_cache) >= CACHE_ENTRIES:
            _cache.clear()
        _cache[token] = Known(time.monotonic() + CACHE_SECONDS, principal, ends_at)
    return principal


def cached_principal(token: str) -> Principal | None:
    """What the cache knows, without a query: for the listing that is answered before routing."""
    cached = _cache.get(token)
    return cached.principal if cached is not None and cached.fresh else None


def forget_authentications() -> None:
    """Empty the cache of this process, and keep answers that are being looked up out of it."""
    global _generation  # noqa: PLW0603 - one cache per process is the point
    _generation += 1
    _cache.clear()


async def _look_up(token: str) -> tuple[Principal | None, datetime | None]:
    """The principal, and when it stops being one."""
    if "\0" in token or len(token) > 200:
        return None, None
    prefix = token.partition("_")[0]
    if prefix in {"pk", "sk"}:
        return await _by_key(hash_token(token)), None
    return await _by_session(hash_token(token)) if prefix == "cs" else (None, None)


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


async def _by_session(token_hash: bytes) -> tuple[Principal | None, datetime | None]:
    row = await db.fetchrow(
        "select account.id, kind, name, locale, partner_id, refund_limits, session.expires_at"
        " from session join session_family family on family.id = session.family_id"
        " join account on account.id = family.account_id"
        " where token_hash = $1 and family.revoked_at is null and expires_at > $2 and disabled_at is null",
        token_hash,
        clock.now(),
    )
    if row is None:
        return None, None
    principal = Principal(
        kind=row["kind"],
        account_id=row["id"],
        partner_id=row["partner_id"],
        display_name=row["name"],
        locale=row["locale"],
        refund_limits=row["refund_limits"],
    )
    return principal, row["expires_at"]
