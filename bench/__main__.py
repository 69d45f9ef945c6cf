"""Everything that is measured: `python -m bench` prints a table and writes bench/results/<time>.json."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import store_process as stores
from bench.ceiling import Ceiling
from bench.checkout import Shopper
from bench.http_connection import HttpConnection
from bench.imports import MEMORY_MB_MOST, SECONDS_MOST, measure_import
from bench.load import checkout_load, page_load
from bench.many_orders import ORDERS, growing_scans, make_many_orders
from bench.statements import count_statements, total
from bench.steps import call, dispatch, each, refund
from store.cli.ports import free_port
from store.kernel.embedded_postgres import EmbeddedPostgres

RESULTS = Path(__file__).parent / "results"
CARD = {"token": "pm_card_visa", "save_card_consent": True}
SHIPPED_ORDERS = 120


@dataclass(slots=True)
class Report:
    """The rows as they come; each may have a ratio to the ceiling of the same number of clients."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, ceiling: float | None = None, **more: Any) -> None:
        row = {"name": name, "value": round(value, 2), "unit": unit, **more}
        if ceiling:
            row["ratio_to_ceiling"] = round(value / ceiling, 4)
        self.rows.append(row)
        print(f"{name}: {value:,.2f} {unit}", file=sys.stderr, flush=True)

    def show(self, console: Console) -> None:
        table = Table("what", "measured", "", "of the ceiling", "more")
        for row in self.rows:
            more = {k: v for k, v in row.items() if k not in {"name", "value", "unit", "ratio_to_ceiling"}}
            ratio = f"{row['ratio_to_ceiling']:.1%}" if "ratio_to_ceiling" in row else ""
            shown = ", ".join(f"{k} {v}" for k, v in more.items())
            table.add_row(row["name"], f"{row['value']:,}", row["unit"], ratio, shown)
        console.print(table)


def main() -> None:
    report = Report()
    with stores.scratch_folder() as folder:
        measure_starts(report, folder)
    with stores.scratch_folder() as folder, stores.cluster(folder) as postgres:
        report.add("statements of a checkout", total(count_statements(postgres, folder)), "statements")
        stores.check_durable(postgres.dsn())
        with stores.served(folder, postgres.dsn(), simulator=True) as store:
            skus = stores.raise_stock(store.database_url)
            measure_checkouts(report, store, postgres, folder, skus)
            measure_after_checkout(report, store, skus)
            measure_search(report, store)
            for name, value in stores.memory_mb(store.pid).items():
                report.add(f"memory of the API's process, {name}", value, "MB")
            measure_imports(report, store)
    report.show(Console(width=150))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(report.rows, indent=1))
    print(f"written to {path}")


def measure_starts(report: Report, folder: Path) -> None:
    """`store serve` with nothing there, and again with its data there: until the health page says ready."""
    for name in ("cold", "warm"):
        port, started = free_port(), time.monotonic()
        command = [sys.executable, "-m", "store", "serve", "--port", str(port)]
        with stores.running(command, folder) as (process, log):
            stores.await_answer(port, process, log)
            report.add(f"start, {name}", time.monotonic() - started, "s")


def measure_checkouts(
    report: Report, store: stores.Serving, postgres: EmbeddedPostgres, folder: Path, skus: Sequence[str]
) -> None:
    ceiling = Ceiling(postgres, folder, len(skus))
    asyncio.run(ceiling.prepare())
    for clients in (1, 8, 32):
        best = ceiling.orders_per_second(clients, 6)
        report.add(f"ceiling, {clients} clients", best, "orders/s")
        for name, chosen in (("", skus), (", two hot SKUs", skus[:2])):
            result = checkout_load(store.port, chosen, clients=clients, seconds=8)
            facts = {"p50_ms": result["p50_ms"], "p95_ms": result["p95_ms"]}
            report.add(f"checkout, {clients} clients{name}", result["per_second"], "orders/s", best, **facts)
            measure_outbox(report, store, f"after {clients} clients{name}")
    best = ceiling.orders_per_second(8, 6)
    card = checkout_load(store.port, skus, clients=8, seconds=8, method="card", payment=CARD)
    report.add("checkout by card, 8 clients", card["per_second"], "orders/s", best, p50_ms=card["p50_ms"])
    measure_outbox(report, store, "after cards")


def measure_outbox(report: Report, store: stores.Serving, when: str) -> None:
    """How quickly the rows that waited during the load are consumed (e-mails written and sent, mostly)."""
    waiting = stores.query(store.database_url, "select count(*) from outbox where not dead")[0][0]
    seconds = stores.await_outbox(store.database_url, 300)
    if waiting > 100:  # Fewer are gone before one can look.
        report.add(f"outbox, {when}", waiting / seconds, "messages/s", waited=waiting)


def measure_imports(report: Report, store: stores.Serving) -> None:
    figures = measure_import(store)
    facts = {"rows_per_second": figures.rows_per_second, "at_most": SECONDS_MOST}
    report.add(f"import of {figures.rows:,} registrations", figures.seconds, "s", **facts)
    report.add("memory that it took", figures.memory_mb, "MB", at_most=MEMORY_MB_MOST)
    stores.await_outbox(store.database_url, 300)


def measure_after_checkout(report: Report, store: stores.Serving, skus: Sequence[str]) -> None:
    plain = [
        row["sku"]
        for row in stores.query(store.database_url, "select sku from variant where not serialized order by sku")
        if row["sku"] in skus
    ]
    orders = asyncio.run(_buy(store.port, plain, SHIPPED_ORDERS))
    number, token = orders[0]
    page = page_load(store.port, f"/api/v1/orders/{number}", clients=8, seconds=5, **{"X-Order-Token": token})
    report.add("order page, 8 clients", page["per_second"], "requests/s", p99_ms=page["p99_ms"])
    stores.await_outbox(store.database_url, 120)
    numbers = [number for number, _ in orders]
    started = time.monotonic()
    report.add("release and dispatch, 4 clients", asyncio.run(each(store.port, numbers, 4, dispatch)), "shipments/s")
    _await_count(store, "select count(*) from capture where status = 'succeeded'", len(numbers))
    report.add("dispatch until captured", len(numbers) / (time.monotonic() - started), "captures/s")
    stores.await_outbox(store.database_url, 120)
    started = time.monotonic()
    report.add("refund with preview, 4 clients", asyncio.run(each(store.port, numbers, 4, refund)), "refunds/s")
    _await_count(store, "select count(*) from payment_refund where status = 'succeeded'", len(numbers))
    report.add("refund until settled", len(numbers) / (time.monotonic() - started), "refunds/s")
    stores.await_outbox(store.database_url, 120)


async def _buy(port: int, skus: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Orders by card: their numbers and tokens."""
    shopper = Shopper(
        connection=await HttpConnection.open(port),
        skus=skus,
        dice=random.Random(7),
        payment_method="card",
        payment=CARD,
    )
    return [(order.number, order.order_token) for order in [await shopper.check_out() for _ in range(count)]]


def _await_count(store: stores.Serving, sql: str, wanted: int, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while (found := stores.query(store.database_url, sql)[0][0]) < wanted:
        if time.monotonic() > deadline:
            msg = f"{found} of {wanted}: {sql}"
            raise stores.BenchFailed(msg)
        time.sleep(0.1)


def measure_search(report: Report, store: stores.Serving) -> None:
    asyncio.run(make_many_orders(store.database_url))
    row = stores.query(store.database_url, "select number, email from sales_order order by placed_at limit 1")[0]
    for name, query in (("number", row["number"]), ("e-mail", row["email"]), ("tracking", "TRACK777"), ("all", "")):
        milliseconds = asyncio.run(_search(store.port, query))
        report.add(f"search by {name}, {ORDERS:,} orders", milliseconds, "ms")
    scans = asyncio.run(growing_scans(store.database_url, row["email"]))
    report.add("tables that the search reads whole", len(scans), "tables", tables=" ".join(scans))


async def _search(port: int, query: str) -> float:
    """The median of some searches, in milliseconds."""
    connection = await HttpConnection.open(port)
    times = []
    for _ in range(15):
        started = time.monotonic()
        found = await call(connection, "GET", f"/agent/orders?query={query.replace('@', '%40')}", stores.AGENT_KEY)
        times.append((time.monotonic() - started) * 1000)
        if not found["items"]:
            msg = f"nothing was found for {query!r}"
            raise stores.BenchFailed(msg)
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    main()
