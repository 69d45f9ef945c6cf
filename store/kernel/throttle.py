"""How often somebody may try, counted in the database, so that it holds over all processes.

A sliding window: the moments of the last tries are kept, at most `most` of them. A fixed window would let twice as many
through around its edge, and a bucket that refills would too; here no stretch of `seconds` ever sees more than `most`.
With limits of some dozens a row stays smaller than a kilobyte.

Keys are kept as keyed hashes: neither an e-mail address nor a network address stands in the table, and none can be
found again by trying them all. The table is not logged, as a crash may well forget who was in a hurry. Time is the
database's own: moving the store's clock neither frees nor locks anybody, and processes with clocks apart agree.
"""

from __future__ import annotations

from store.kernel import db, signing
from store.kernel.errors import StoreError
from store.kernel.i18n import N_

MOST_MAX = 1000


class TooManyTries(StoreError):
    code = "too_many_tries"
    status = 429
    title = N_("Too many tries.")
    detail = N_("Please wait {retry_after_seconds} seconds before you try again.")


_RECENT = "array(select at from unnest(throttle.spent) at where at > clock_timestamp() - make_interval(secs => $4))"
_SPEND = (
    "insert into throttle (scope, key_hash, spent, ends_at) values"
    " ($1, $2, array[clock_timestamp()], clock_timestamp() + make_interval(secs => $4))"
    f" on conflict (scope, key_hash) do update set spent = {_RECENT} || clock_timestamp(), ends_at = excluded.ends_at"
    f" where cardinality({_RECENT}) < $3"
)


async def spend(scope: str, key: str, *, most: int, seconds: int) -> None:
    """Count a try of `key` (an address, a client) at `scope` (what is tried): at most `most` within `seconds`.

    One statement counts and decides, so tries at the same time can't pass each other. Runs outside a unit of work: a
    try that failed stays counted. Raises TooManyTries with `retry_after_seconds`.
    """
    assert 0 < most <= MOST_MAX
    if db.in_unit_of_work():
        msg = f"a try of {scope} was counted in a unit of work, which may be rolled back"
        raise RuntimeError(msg)
    key_hash = _hashed(scope, key)
    if not await db.execute(_SPEND, scope, key_hash, most, float(seconds)):
        raise TooManyTries(retry_after_seconds=await _wait(scope, key_hash, most, seconds))


async def give_back(scope: str, key: str) -> None:
    """Uncount the last try of `key`: it was right, so it was no guess."""
    await db.execute(
        "update throttle set spent = trim_array(spent, 1)"
        " where scope = $1 and key_hash = $2 and cardinality(spent) > 0",
        scope,
        _hashed(scope, key),
    )


async def purge() -> int:
    """Forget those who have not tried for a whole window; returns how many."""
    return await db.execute("delete from throttle where ends_at < clock_timestamp()")


async def _wait(scope: str, key_hash: bytes, most: int, seconds: int) -> int:
    """Whole seconds until the oldest of the tries that count is over, at least one."""
    left = await db.fetchval(
        "select ceil(extract(epoch from spent[greatest(cardinality(spent) - $3 + 1, 1)]"
        " + make_interval(secs => $4) - clock_timestamp()))::int from throttle where scope = $1 and key_hash = $2",
        scope,
        key_hash,
        most,
        float(seconds),
    )
    return max(1, left or 0)


def _hashed(scope: str, key: str) -> bytes:
    return signing.keyed_hash(f"throttle:{scope}", key)
