"""The outbox: facts and jobs leave a transaction as rows, and a row goes only when its consumer is done.

`stage("shipment.dispatched", shipment_id=…)` inside a unit of work writes one row per consumer that subscribed to the
topic. The relay leases due rows and sends their ids through the broker; the consumer deletes its row when it has
finished. A crash anywhere leaves the row, and the lease runs out: at least once, so every consumer survives a
second run. After the last attempt a row is dead: it stays, is counted by the metrics, and waits for
`store outbox retry`.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from store.kernel import db

logger = logging.getLogger(__name__)

Consumer = Callable[..., Awaitable[None]]

MAX_ATTEMPTS = 12
CONSUMER_SECONDS = 60  # a consumer that takes longer has failed
LEASE_SECONDS = 90

_consumers: dict[str, Consumer] = {}
_subscriptions: dict[str, list[str]] = {}
_wake: list[Callable[[], None]] = []


class Later(Exception):
    """Raised by a consumer that can't finish yet: the row comes due again without counting as a failure."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


def subscribe(topic: str, consumer: Consumer, *, name: str | None = None) -> None:
    """Connect a consumer to a topic; done once per process where everything is composed."""
    name = name or f"{consumer.__module__.removeprefix('store.')}.{consumer.__qualname__}"
    if _consumers.setdefault(name, consumer) is not consumer:
        msg = f"two consumers are called {name}"
        raise ValueError(msg)
    names = _subscriptions.setdefault(topic, [])
    if name not in names:
        names.append(name)


def subscriptions() -> dict[str, list[str]]:
    return {topic: list(names) for topic, names in _subscriptions.items()}


async def stage(topic: str, *, delay_seconds: float = 0, **payload: Any) -> None:
    """Write the fact for all its consumers. Payload values are ids and short facts, never documents.

    Must run in a unit of work, so that the fact and the change it tells of commit together.
    """
    names = _consumers_of(topic)
    if not names:
        return
    await db.write(
        "insert into outbox (topic, consumer, payload, due_at)"
        " select $1, unnest($2::text[]), $3, clock_timestamp() + make_interval(secs => $4)",
        topic,
        names,
        payload,
        float(delay_seconds),
    )
    db.after_commit(wake)


async def stage_all(topic: str, payloads: Sequence[Mapping[str, Any]]) -> None:
    """The same for many facts of one topic, one statement."""
    names = _consumers_of(topic)
    if not names or not payloads:
        return
    await db.execute(
        "insert into outbox (topic, consumer, payload, due_at) select $1, name, payload, clock_timestamp()"
        " from jsonb_array_elements($3) as payload cross join unnest($2::text[]) as name",
        topic,
        names,
        list(payloads),
    )
    db.after_commit(wake)


def _consumers_of(topic: str) -> list[str]:
    if not db.in_unit_of_work():
        msg = f"{topic} was staged outside a unit of work"
        raise RuntimeError(msg)
    names = _subscriptions.get(topic)
    if names is None:
        msg = f"nothing is composed for topic {topic}"
        raise LookupError(msg)
    return names


def declare(*topics: str) -> None:
    """Make topics known that may have no consumer in this composition."""
    for topic in topics:
        _subscriptions.setdefault(topic, [])


def on_wake(callback: Callable[[], None]) -> None:
    _wake.append(callback)


def wake() -> None:
    """Tell the relay of this process that there is work now."""
    for callback in _wake:
        callback()


async def lease(limit: int = 100) -> list[int]:
    """Take due rows for this relay; returns their ids. Rows leased elsewhere are skipped until their lease is over.

    A row whose attempts all ended with the death of its process is dead as well, and isn't handed out again.
    """
    rows = await db.fetch(
        "update outbox set leased_until = clock_timestamp() + make_interval(secs => $2), attempts = attempts + 1,"
        " dead = attempts >= $3 where id = any(array(select id from outbox where not dead"
        " and due_at <= clock_timestamp() and (leased_until is null or leased_until < clock_timestamp())"
        " order by due_at, id limit $1 for update skip locked)) returning id, dead",
        limit,
        float(LEASE_SECONDS),
        MAX_ATTEMPTS,
    )
    for row in rows:
        if row["dead"]:
            logger.error("outbox row %s is dead: its consumer never came back", row["id"])
    return sorted(row["id"] for row in rows if not row["dead"])


async def consume(outbox_id: int) -> bool:
    """Run the consumer of one row and settle the row. True when the work is done (now or before)."""
    row = await db.fetchrow("select * from outbox where id = $1", outbox_id)
    if row is None:
        return True
    consumer = _consumers.get(row["consumer"])
    try:
        if consumer is None:
            msg = f"no consumer called {row['consumer']}"
            raise LookupError(msg)  # noqa: TRY301 - handled like any failure of a consumer
        async with asyncio.timeout(CONSUMER_SECONDS):
            await consumer(**row["payload"])
    except Later as later:
        await db.execute(
            "update outbox set due_at = clock_timestamp() + make_interval(secs => $2), leased_until = null,"
            " attempts = attempts - 1 where id = $1",
            outbox_id,
            float(later.seconds),
        )
        return False
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, the row must be kept
        await _postpone(row, error)
        return False
    await db.execute("delete from outbox where id = $1", outbox_id)
    return True


async def _postpone(row: db.Row, error: Exception) -> None:
    dead = row["attempts"] >= MAX_ATTEMPTS
    delay = min(3600.0, 0.5 * 2 ** row["attempts"]) * random.uniform(0.8, 1.2)  # noqa: S311 - spreading, not secrecy
    log = logger.error if dead else logger.warning
    log(
        "outbox row %s (%s → %s) failed, attempt %s%s",
        row["id"],
        row["topic"],
        row["consumer"],
        row["attempts"],
        ", now dead" if dead else "",
        exc_info=error,
    )
    await db.execute(
        "update outbox set dead = $2, leased_until = null, last_error = $3,"
        " due_at = clock_timestamp() + make_interval(secs => $4) where id = $1",
        row["id"],
        dead,
        f"{type(error).__name__}: {error}"[:2000],
        delay,
    )


async def retry(ids: list[int] | None = None) -> int:
    """Bring dead rows back to life (all of them without ids); returns how many."""
    return await db.execute(
        "update outbox set dead = false, attempts = 0, due_at = clock_timestamp(), leased_until = null"
        " where dead and ($1::bigint[] is null or id = any($1))",
        ids,
    )


async def depth() -> dict[str, int]:
    """{"waiting": …, "dead": …}: for the metrics and `store doctor`."""
    row = await db.fetchrow(
        "select count(*) filter (where not dead) as waiting, count(*) filter (where dead) as dead from outbox"
    )
    assert row is not None
    return {"waiting": row["waiting"], "dead": row["dead"]}


async def drain(*, rounds: int = 50) -> int:
    """Consume everything that is due in this process until nothing is left: for tests and one-shot commands."""
    done = 0
    for _ in range(rounds):
        ids = await lease()
        if not ids:
            break
        for outbox_id in ids:
            done += await consume(outbox_id)
    return done
