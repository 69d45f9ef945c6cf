"""PostgreSQL through Piccolo's engine: one door for transactions, and plain SQL for the hot paths.

Piccolo's own transaction leaks its connection when COMMIT fails and lets nested blocks join silently; the engine here
mends both, and `unit_of_work()` is the only way to open one. Inside it every query of the task runs on its
connection, Piccolo's query builder included; outside, each query takes a connection of the pool for itself.

Rules: no network call while a unit of work is open; lock order is order → payment → child; business time comes from
`store.kernel.clock`, never from SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

Row = asyncpg.Record
Connection = asyncpg.Connection | PoolConnectionProxy


class StoreTransaction(PostgresTransaction):
    """A transaction that always gives its connection back and always leaves the context clean."""

    __slots__ = ("after_commit",)

    def __init__(self, engine: StoreEngine) -> None:
        super().__init__(engine, allow_nested=False)
        self.after_commit: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        assert self.engine.pool is not None
        self.connection = await self.engine.pool.acquire()
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:
            await self._release()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        try:
            if exception is not None:
                if not self.connection.is_closed():
                    await self.transaction.rollback()
            else:
                await self.transaction.commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._release()
        if exception is None:
            for callback in self.after_commit:
                callback()
        return False

    async def _release(self) -> None:
        pool = self.engine.pool
        assert pool is not None
        await asyncio.shield(asyncio.ensure_future(pool.release(self.connection)))


class StoreEngine(PostgresEngine):
    """Piccolo's PostgreSQL engine with the repaired transaction."""

    __slots__ = ()

    async def check_version(self) -> None:
        """Nothing at import: Piccolo would open a connection before the settings are known."""

    def transaction(self, allow_nested: bool = False) -> StoreTransaction:  # noqa: ARG002, FBT001, FBT002 - Piccolo's
        return StoreTransaction(self)


class _Connection(asyncpg.Connection):
    """A pooled connection that skips the clean-up query: the store takes no session-wide locks or settings."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


ENGINE = StoreEngine(config={"database": "store"})
_encode = msgspec.json.Encoder(enc_hook=str).encode


def to_json(value: Any) -> str:
    """A JSON text for a jsonb parameter that is cast in SQL, as in `$1::text::jsonb`."""
    return _encode(value).decode()


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=to_json, decoder=msgspec.json.decode)
    for listener in query_listeners:
        connection.add_query_logger(listener)


# Called with each asyncpg LoggedQuery: tests and the benchmark count statements with it.
query_listeners: list[Callable[[Any], None]] = []


async def connect(dsn: str, *, pool_size: int = 10) -> None:
    """Open the pool on the running loop. Raises OSError or asyncpg.PostgresError when the database is out of reach."""
    ENGINE.pool = await asyncpg.create_pool(
        dsn,
        min_size=min(2, pool_size),
        max_size=pool_size,
        init=_prepare,
        connection_class=_Connection,
        command_timeout=60,
        server_settings={"application_name": "store", "timezone": "UTC"},
    )


async def disconnect() -> None:
    if ENGINE.pool is not None:
        pool, ENGINE.pool = ENGINE.pool, None
        await pool.close()


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[StoreTransaction]:
    """One transaction for one use case. Opening a second one inside it is a mistake and raises TransactionError."""
    async with ENGINE.transaction() as transaction:
        yield transaction


def in_unit_of_work() -> bool:
    return ENGINE.current_transaction.get() is not None


def after_commit(callback: Callable[[], None]) -> None:
    """Run the callback once the current unit of work has committed (at once when there is none)."""
    transaction = ENGINE.current_transaction.get()
    if isinstance(transaction, StoreTransaction):
        transaction.after_commit.append(callback)
    else:
        callback()


def _executor() -> Any:
    transaction = ENGINE.current_transaction.get()
    if transaction is not None:
        return transaction.connection
    if ENGINE.pool is None:
        msg = "the database is not connected"
        raise RuntimeError(msg)
    return ENGINE.pool


async def fetch(sql: str, *args: Any) -> list[Row]:
    """All rows; parameters are $1, $2, …; a list goes in as `= any($1)`."""
    rows: list[Row] = await _executor().fetch(sql, *args)
    return rows


async def fetchrow(sql: str, *args: Any) -> Row | None:
    row: Row | None = await _executor().fetchrow(sql, *args)
    return row


async def fetchval(sql: str, *args: Any) -> Any:
    return await _executor().fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run a statement; returns how many rows it touched."""
    tag: str = await _executor().execute(sql, *args)
    count = tag.rsplit(" ", 1)[-1]
    return int(count) if count.isdigit() else 0


async def executemany(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    await _executor().executemany(sql, rows)


async def insert(table: str, **values: Any) -> None:
    """Insert one row. Names come from code, never from input."""
    columns = ", ".join(values)
    places = ", ".join(f"${position}" for position in range(1, len(values) + 1))
    await execute(f"insert into {table} ({columns}) values ({places})", *values.values())


@asynccontextmanager
async def pool_connection() -> AsyncIterator[Any]:
    """A connection of its own, outside any unit of work: for locks held over several transactions."""
    assert ENGINE.pool is not None
    async with ENGINE.pool.acquire() as connection:
        yield connection
