"""The ceiling: how many orders per second pgbench writes with the least that an order needs.

One order, two lines and a payment are inserted and two stocks are lowered if they suffice, in one transaction of
prepared statements, on tables of the same kinds of columns and indexes as the store's, but narrower.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bench.store_process import BenchFailed, connection
from store.kernel.embedded_postgres import EmbeddedPostgres
from store.kernel.embedded_processes import ENVIRONMENT

SCHEMA = """
create schema if not exists ceiling;
create table if not exists ceiling.sales_order (
    id          uuid primary key,
    number      text not null unique,
    market      text not null,
    status      text not null,
    email       text not null,
    address     jsonb not null,
    currency    char(3) not null,
    total_minor bigint not null check (total_minor >= 0),
    placed_at   timestamptz not null
);
create index if not exists sales_order_email on ceiling.sales_order (lower(email), placed_at desc, id desc);
create index if not exists sales_order_recent on ceiling.sales_order (placed_at desc, id desc);
create table if not exists ceiling.order_line (
    id          uuid primary key,
    order_id    uuid not null references ceiling.sales_order (id),
    position    integer not null,
    sku         text not null,
    quantity    integer not null check (quantity > 0),
    total_minor bigint not null check (total_minor >= 0),
    unique (order_id, position)
);
create table if not exists ceiling.payment (
    id          uuid primary key,
    order_id    uuid not null unique,
    method      text not null,
    status      text not null,
    currency    char(3) not null,
    total_minor bigint not null check (total_minor >= 0),
    created_at  timestamptz not null
);
create table if not exists ceiling.stock (
    variant_id integer not null,
    warehouse  text not null,
    on_hand    integer not null check (on_hand >= 0),
    reserved   integer not null default 0,
    primary key (variant_id, warehouse),
    check (reserved between 0 and on_hand)
) with (fillfactor = 50);
"""

SCRIPT = r"""
\set first random(1, :half)
\set second random(:half + 1, :skus)
begin;
insert into ceiling.sales_order values (uuidv7(), 'FR-' || uuidv4(), 'FR', 'confirmed', 'shopper@example.com',
  '{"name": "Camille Moreau", "line1": "12 rue de Rivoli", "postcode": "75001", "city": "Paris", "country": "FR"}',
  'EUR', 24980, now()) returning id as order_id \gset
insert into ceiling.order_line values (uuidv7(), :order_id, 1, 'AUR-DUO-BLK', 1, 16990),
  (uuidv7(), :order_id, 2, 'AUR-ONE-BLK', 1, 7990);
insert into ceiling.payment values (uuidv7(), :order_id, 'wire', 'planned', 'EUR', 24980, now());
update ceiling.stock set reserved = reserved + 1 where variant_id = :first and warehouse = 'PAR'
  and on_hand - reserved >= 1;
update ceiling.stock set reserved = reserved + 1 where variant_id = :second and warehouse = 'PAR'
  and on_hand - reserved >= 1;
commit;
"""


class Ceiling:
    """The tables stand in a database of their own on the store's cluster."""

    def __init__(self, postgres: EmbeddedPostgres, folder: Path, skus: int) -> None:
        self.postgres = postgres
        self.skus = skus
        self.script = folder / "ceiling.sql"
        self.script.write_text(SCRIPT)
        folder.chmod(0o755)
        self.url = postgres.dsn("ceiling")

    async def prepare(self) -> None:
        self.postgres.create_database("ceiling")
        async with connection(self.url) as database:
            await database.execute(SCHEMA)
            await database.execute(
                "insert into ceiling.stock select n, 'PAR', 100000000, 0 from generate_series(1, $1::int) n", self.skus
            )

    def orders_per_second(self, clients: int, seconds: int) -> float:
        """Raises BenchFailed."""
        answer = subprocess.run(
            [
                *(self.postgres.binaries / "pgbench", self.url, "--no-vacuum", "--protocol=prepared"),
                *(f"--client={clients}", f"--jobs={min(2, clients)}", f"--time={seconds}", f"--file={self.script}"),
                *(f"--define=skus={self.skus}", f"--define=half={self.skus // 2}", "--max-tries=1"),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        found = re.search(r"^tps = ([\d.]+)", answer.stdout, re.MULTILINE)
        if answer.returncode or not found:
            msg = f"pgbench failed: {answer.stderr or answer.stdout}"
            raise BenchFailed(msg)
        return float(found[1])
