"""The ceiling: how many orders per second pgbench writes with the least that an order needs.

One order, two lines and a payment are inserted and two stocks are lowered if they suffice, in one transaction of
prepared statements, on copies of the store's own tables with all their columns, checks and indexes.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bench.store_process import BenchFailed, connection
from store.kernel.embedded_postgres import EmbeddedPostgres
from store.kernel.embedded_processes import ENVIRONMENT

SCHEMA = """
drop schema if exists ceiling cascade;
create schema ceiling;
create table ceiling.sales_order (like public.sales_order including all);
create table ceiling.order_line (like public.order_line including all);
alter table ceiling.order_line add foreign key (order_id) references ceiling.sales_order (id);
create table ceiling.payment (like public.payment including all);
create table ceiling.stock (
    variant_id integer not null,
    warehouse  text not null,
    on_hand    integer not null check (on_hand >= 0),
    reserved   integer not null default 0,
    primary key (variant_id, warehouse),
    check (reserved between 0 and on_hand)
) with (fillfactor = 50);
"""

_ADDRESS = (
    '{"name": "Camille Moreau", "line1": "12 rue de Rivoli", "postcode": "75001", "city": "Paris", "country": "FR",'
    ' "phone": "+33 1 42 60 00 00"}'
)
SCRIPT = rf"""
\set first random(1, :half)
\set second random(:half + 1, :skus)
begin;
insert into ceiling.sales_order (id, number, market, legal_entity, locale, status, email, shipping_address,
  billing_address, shipping_method, payment_method, currency, tax_mode, tax_rate_ppm, tax_name, tax_region,
  goods_minor, discount_minor, tax_minor, shipping_minor, shipping_tax_minor, total_minor, placed_at)
values (uuidv7(), 'FR-' || uuidv4(), 'FR', 'fr', 'fr', 'confirmed', 'shopper@example.com', '{_ADDRESS}', '{_ADDRESS}',
  'standard', 'wire', 'EUR', 'inclusive', 200000, 'TVA', 'FR', 24980, 0, 4163, 0, 0, 24980, now())
returning id as order_id \gset
insert into ceiling.order_line (id, order_id, position, variant_id, product_id, sku, names, quantity,
  unit_price_minor, discount_minor, tax_minor, tax_rate_ppm, total_minor, serialized, kind)
values (uuidv7(), :order_id, 1, uuidv4(), uuidv4(), 'AUR-DUO-BLK', '{{"fr": "Aurelvo Duo – Noir"}}', 1,
    16990, 0, 2832, 200000, 16990, true, 'device');
insert into ceiling.order_line (id, order_id, position, variant_id, product_id, sku, names, quantity,
  unit_price_minor, discount_minor, tax_minor, tax_rate_ppm, total_minor, serialized, kind)
values (uuidv7(), :order_id, 2, uuidv4(), uuidv4(), 'AUR-ONE-BLK', '{{"fr": "Aurelvo One – Noir"}}', 1,
    7990, 0, 1332, 200000, 7990, true, 'device');
insert into ceiling.payment (id, order_id, order_number, method, provider, capture_policy, currency, total_minor,
  shipping_quoted_minor, transfer_reference, created_at)
values (uuidv7(), :order_id, 'FR-7K3M-9QX2', 'wire', 'wire', 'invoice_at_shipment', 'EUR', 24980, 0,
  'RF' || uuidv4(), now());
update ceiling.stock set reserved = reserved + 1 where variant_id = :first and warehouse = 'PAR'
  and on_hand - reserved >= 1;
update ceiling.stock set reserved = reserved + 1 where variant_id = :second and warehouse = 'PAR'
  and on_hand - reserved >= 1;
commit;
"""


class Ceiling:
    """The tables stand in a schema of their own in the store's database."""

    def __init__(self, postgres: EmbeddedPostgres, folder: Path, skus: int) -> None:
        self.postgres = postgres
        self.skus = skus
        self.script = folder / "ceiling.sql"
        self.script.write_text(SCRIPT)
        folder.chmod(0o755)
        self.url = postgres.dsn()

    async def prepare(self) -> None:
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
