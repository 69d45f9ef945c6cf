"""Where a command finds its database: the one that is set, the embedded one that runs, or one started just for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from store.cli.terminal import fail, settings_or_exit
from store.kernel.settings import Settings

Result = TypeVar("Result")


def postgres_folder(settings: Settings) -> Path:
    return settings.data_dir.expanduser() / "postgres"


def running_database(settings: Settings) -> Settings:
    """The settings with the database that is set, or the one that `store serve` runs; without either we end."""
    if settings.database_url:
        return settings
    from store.kernel.embedded_postgres import EmbeddedPostgres

    postgres = EmbeddedPostgres(postgres_folder(settings))
    if postgres.owner_pid is None:
        fail(f"No database runs in {settings.data_dir}. Start `store serve` first, or set STORE_DATABASE_URL.")
    return replace(settings, database_url=postgres.dsn())


@contextmanager
def database_at_hand(settings: Settings) -> Iterator[Settings]:
    """Give the settings with STORE_DATABASE_URL filled in; what was started for it is stopped afterwards."""
    if settings.database_url:
        yield settings
        return
    from store.kernel.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

    postgres = EmbeddedPostgres(postgres_folder(settings))
    if postgres.owner_pid is not None:  # `store serve` runs it; there is room for us too
        yield replace(settings, database_url=postgres.dsn())
        return
    try:
        postgres.start()
    except EmbeddedPostgresError as error:
        fail(str(error))
    try:
        yield replace(settings, database_url=postgres.dsn())
    finally:
        postgres.stop()


async def connect_or_exit(settings: Settings, *, pool_size: int | None = None) -> None:
    """Open the pool, or say which server can't be reached and why."""
    import asyncpg

    from store.kernel import db

    try:
        await db.connect(settings.database_url, pool_size=pool_size or settings.database_pool)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        fail(f"The database at {without_password(settings.database_url)} can't be reached: {error}")


def run_on_database(work: Callable[[Settings], Awaitable[Result]], *, migrated: bool = True) -> Result:
    """Run a command's coroutine function with the pool open; used by all commands that end by themselves."""
    settings = settings_or_exit()

    async def connected(settings: Settings) -> Result:
        from store.kernel import db

        await connect_or_exit(settings, pool_size=4)
        try:
            if migrated:
                await refuse_pending_migrations()
            return await work(settings)
        finally:
            await db.disconnect()

    with database_at_hand(settings) as settings:
        return asyncio.run(connected(settings))


async def refuse_pending_migrations() -> None:
    from store.kernel.migrate import pending

    if names := await pending():
        fail(f"The database lacks {len(names)} migrations ({names[0]} first). Run `store migrate`.")


def without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":…@", 1)
