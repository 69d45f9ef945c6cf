"""Bring the database to the code's schema: numbered SQL files of each room, applied once, under an advisory lock.

A room keeps its files in `migrations/NNNN_what.sql`. A file never changes after it was released: its checksum is
kept, and a difference stops the start (SchemaDrift).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import asyncpg

from store.kernel import db

# The order in which rooms may refer to each other's tables.
ROOMS = (
    "kernel",
    "ledger",
    "markets",
    "catalog",
    "inventory",
    "customers",
    "payments",
    "shipments",
    "carts",
    "orders",
    "refunds",
    "warranty",
    "rma",
    "support",
    "documents",
    "notifications",
)
LOCK_KEY = 0x5354_4F52_45  # "STORE"
PACKAGE = Path(__file__).parents[1]


class SchemaDrift(RuntimeError):
    """A migration that was applied differs from the file of that name."""


def migration_files() -> list[tuple[str, Path]]:
    """(name, path) in the order of application: by number first, then by room."""
    found = [
        (path.name, rank, f"{room}/{path.stem}", path)
        for rank, room in enumerate(ROOMS)
        for path in (PACKAGE / room / "migrations").glob("[0-9]*.sql")
    ]
    return [(name, path) for _, _, name, path in sorted(found, key=lambda item: (item[0][:4], item[1], item[0]))]


async def migrate() -> list[str]:
    """Apply what is missing; returns the names applied. Safe when several processes start at once."""
    async with db.pool_connection() as connection:
        await connection.execute("select pg_advisory_lock($1)", LOCK_KEY)
        try:
            return await _apply(connection)
        finally:
            await connection.execute("select pg_advisory_unlock($1)", LOCK_KEY)


async def _apply(connection: asyncpg.Connection) -> list[str]:
    await connection.execute(
        "create table if not exists schema_migration ("
        " name text primary key, checksum bytea not null, applied_at timestamptz not null default now())"
    )
    done = {
        row["name"]: row["checksum"] for row in await connection.fetch("select name, checksum from schema_migration")
    }
    applied: list[str] = []
    for name, path in migration_files():
        sql = path.read_text(encoding="utf-8")
        checksum = hashlib.sha256(sql.encode()).digest()
        if name in done:
            if done[name] != checksum:
                msg = f"migration {name} was changed after it had been applied"
                raise SchemaDrift(msg)
            continue
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute("insert into schema_migration (name, checksum) values ($1, $2)", name, checksum)
        applied.append(name)
    return applied


async def pending() -> list[str]:
    """Names of migrations that are not applied yet."""
    exists = await db.fetchval("select to_regclass('schema_migration') is not null")
    done = {row["name"] for row in await db.fetch("select name from schema_migration")} if exists else set()
    return [name for name, _ in migration_files() if name not in done]
