"""Which SQL one checkout costs, as PostgreSQL itself counts it: BEGIN and COMMIT included.

The store runs on a database of its own without the background work (`bench.web_alone`), so that every statement there
belongs to the requests.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.checkout import Shopper
from bench.http_connection import HttpConnection
from bench.store_process import connection, raise_stock, served
from store.kernel.embedded_postgres import EmbeddedPostgres

DATABASE = "counting"


@dataclass(frozen=True, slots=True)
class Statement:
    calls: int
    text: str


def count_statements(postgres: EmbeddedPostgres, folder: Path, checkouts: int = 5) -> list[Statement]:
    """The statements of the dearest of some checkouts, most frequent first."""
    postgres.create_database(DATABASE)
    with served(folder, postgres.dsn(DATABASE), module="bench.web_alone") as store:
        skus = raise_stock(store.database_url)
        return asyncio.run(_count(postgres, store.port, skus, checkouts))


async def _count(postgres: EmbeddedPostgres, port: int, skus: Sequence[str], checkouts: int) -> list[Statement]:
    shopper = Shopper(connection=await HttpConnection.open(port), skus=skus, dice=random.Random(1))
    dearest: list[Statement] = []
    async with connection(postgres.dsn("postgres")) as control:
        await control.execute("create extension if not exists pg_stat_statements")
        for _ in range(3):
            await shopper.check_out()  # A new process looks some things up once.
        for _ in range(checkouts):
            await control.execute("select pg_stat_statements_reset()")
            await shopper.check_out()
            rows = await control.fetch(
                "select s.calls, s.query from pg_stat_statements s join pg_database d on d.oid = s.dbid"
                " where d.datname = $1 order by s.calls desc, s.query",
                DATABASE,
            )
            found = [Statement(row["calls"], " ".join(row["query"].split())) for row in rows]
            dearest = max(dearest, found, key=total)
        await control.execute("alter system set pg_stat_statements.track = 'none'")
        await control.execute("select pg_reload_conf()")
    shopper.connection.close()
    return dearest


def total(statements: Sequence[Statement]) -> int:
    return sum(statement.calls for statement in statements)
