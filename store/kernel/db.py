"""PostgreSQL through Piccolo's engine: one door for transactions, and plain SQL for the hot paths.

Piccolo's own transaction leaks its connection when COMMIT fails and lets nested blocks join silently; the engine here
mends both, and `unit_of_work()` is the only way to open one. Inside it every query of the task runs on its
connection, Piccolo's query builder included; outside, each query takes a connection of the pool for itself.

Inserts whose answer nobody waits for go through `write()`: inside a unit of work they are kept until the next other
statement or the commit, and then sent as one. A placement costs one round trip for its ten tables that way.

Rules: no network call while a unit of work is open; lock order is order → payment → child; business time comes from
`store.kernel.clock`, never from SQL.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Self, cast

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

Row = asyncpg.Record
Connection = asyncpg.Connection | PoolConnectionProxy


class StoreTransaction(PostgresTransaction):
    """A transaction that always gives its connection back and always leaves the context clean."""

    __slots__ = ("after_commit", "writes")

    def __init__(self, engine: StoreEngine) -> None:
        super().__init__(engine, allow_nested=False)
        self.after_commit: list[Callable[[], None]] = []
        self.writes: list[tuple[str, Sequence[Any]]] = []

    async def flush(self) -> None:
        """Send the writes that were kept, as one statement."""
        if not self.writes:
            return
        writes, self.writes = self.writes, []
        sql = merged(tuple(statement for statement, _ in writes))
        await self.connection.execute(sql, *(value for _, values in writes for value in values))

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
                await self._commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._release()
        if exception is None:
            for callback in self.after_commit:
                callback()
        return False

    async def _commit(self) -> None:
        try:
            await self.flush()
        except BaseException:
            if not self.connection.is_closed():
                await self.transaction.rollback()
            raise
        await self.transaction.commit()

    async def _release(self) -> None:
        pool = self.engine.pool
        assert pool is not None
        await pool.release(self.connection)  # It shields itself from cancellation.


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


class _Pool(asyncpg.Pool):
    """A pool that gives connections back without a task of its own for each: a checkout borrows nine times.

    asyncpg shields the return, as it may have to wait. With nothing to roll back, cancel or close it does not wait.
    """

    __slots__ = ()

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        inner, holder = connection._con, connection._holder
        waits = (
            inner is None
            or inner.is_closed()
            or inner.is_in_transaction()
            or inner._protocol._is_cancelling()
            or inner._protocol.queries_count >= holder._max_queries
            or holder._generation != holder._pool._generation
        )
        if waits:
            await super().release(connection, timeout=timeout)
        else:
            inner._on_release()
            await holder.release(None)


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
    ENGINE.pool = await _Pool(
        dsn,
        min_size=min(2, pool_size),
        max_size=pool_size,
        max_queries=1_000_000,  # A new connection would have to prepare every statement anew.
        max_inactive_connection_lifetime=300.0,
        loop=None,
        init=_prepare,
        connection_class=_Connection,
        record_class=asyncpg.Record,
        statement_cache_size=200,
        command_timeout=60,
        server_settings={"application_name": "store", "timezone": "UTC"},
    )


def connected_pool() -> Any:
    """The pool at the moment: what a process remembers of a database is worth nothing for another one."""
    return ENGINE.pool


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


async def _executor() -> Any:
    """What runs the next statement: the unit of work's connection, once what was written before has been sent."""
    transaction = ENGINE.current_transaction.get()
    if isinstance(transaction, StoreTransaction):
        await transaction.flush()
        return transaction.connection
    if ENGINE.pool is None:
        msg = "the database is not connected"
        raise RuntimeError(msg)
    return ENGINE.pool


async def fetch(sql: str, *args: Any) -> list[Row]:
    """All rows; parameters are $1, $2, …; a list goes in as `= any($1)`."""
    rows: list[Row] = await (await _executor()).fetch(sql, *args)
    return rows


async def fetchrow(sql: str, *args: Any) -> Row | None:
    row: Row | None = await (await _executor()).fetchrow(sql, *args)
    return row


async def fetchval(sql: str, *args: Any) -> Any:
    return await (await _executor()).fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run a statement; returns how many rows it touched."""
    tag: str = await (await _executor()).execute(sql, *args)
    count = tag.rsplit(" ", 1)[-1]
    return int(count) if count.isdigit() else 0


async def executemany(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    await (await _executor()).executemany(sql, rows)


async def write(sql: str, *args: Any) -> None:
    """Run an INSERT whose outcome nobody waits for.

    In a unit of work it is sent with its neighbours before the next other statement or the commit; a violated
    constraint is raised there. Neighbours don't see each other's rows, but foreign keys between them hold. The order of
    neighbours is PostgreSQL's to choose, so the same statement twice goes in two: its rows keep their order.
    """
    transaction = ENGINE.current_transaction.get()
    if isinstance(transaction, StoreTransaction):
        if any(sql == kept for kept, _ in transaction.writes):
            await transaction.flush()
        transaction.writes.append((sql, args))
    else:
        await execute(sql, *args)


async def insert(table: str, **values: Any) -> None:
    """Insert one row at once. Names come from code, never from input."""
    await execute(_insert(table, tuple(values)), *values.values())


async def write_row(table: str, **values: Any) -> None:
    """Insert one row, together with other writes (see `write`)."""
    await write(_insert(table, tuple(values)), *values.values())


async def write_rows(table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], **common: Any) -> None:
    """Insert rows with one statement, together with other writes. `columns`: their types by their names.

    `common` values are the same in all rows.
    """
    if rows:
        sql = _insert_many(table, tuple(columns.items()), tuple(common))
        await write(sql, *common.values(), *([row[name] for row in rows] for name in columns))


def as_row(values: dict[str, Any]) -> Row:
    """A row that was just written, as reading it would give it."""
    return cast("Row", values)


@lru_cache(maxsize=256)
def _insert_many(table: str, columns: tuple[tuple[str, str], ...], common: tuple[str, ...]) -> str:
    first = len(common) + 1
    names = [name for name, _ in columns]
    arrays = ", ".join(f"${position}::{kind}[]" for position, (_, kind) in enumerate(columns, first))
    same = [f"${position}" for position in range(1, first)]
    return (
        f"insert into {table} ({', '.join([*common, *names])}) select {', '.join([*same, *(f'r.{n}' for n in names)])}"
        f" from unnest({arrays}) as r ({', '.join(names)})"
    )


@lru_cache(maxsize=256)
def _insert(table: str, names: tuple[str, ...]) -> str:
    places = ", ".join(f"${position}" for position in range(1, len(names) + 1))
    return f"insert into {table} ({', '.join(names)}) values ({places})"


_PARAMETER = re.compile(r"\$(\d+)")


@lru_cache(maxsize=256)
def merged(statements: tuple[str, ...]) -> str:
    """Several inserts as one statement, its parameters numbered through."""
    if len(statements) == 1:
        return statements[0]
    parts, count = [], 0
    for position, statement in enumerate(statements):
        numbers = [int(number) for number in _PARAMETER.findall(statement)]
        shifted = _PARAMETER.sub(lambda found, by=count: f"${int(found[1]) + by}", statement)  # type: ignore[misc]
        parts.append(f"w{position} as ({shifted})")
        count += max(numbers, default=0)
    return f"with {', '.join(parts)} select"


@asynccontextmanager
async def pool_connection() -> AsyncIterator[Any]:
    """A connection of its own, outside any unit of work: for locks held over several transactions."""
    assert ENGINE.pool is not None
    async with ENGINE.pool.acquire() as connection:
        yield connection
