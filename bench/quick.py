"""The main numbers in about a minute; the last line is one JSON object."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import store_process as stores
from bench.ceiling import Ceiling
from bench.checkout import REQUESTS
from bench.load import checkout_load, page_load
from bench.statements import Statement, count_statements, total

CLIENTS = 8
LIST_CLIENTS = 32
ROUNDS = 4  # Ceiling and checkout take turns, so that a noisy machine is noisy for both.
LIST_PATH = "/api/v1/products?market=FR"


def measure(console: Console, *, seconds: float = 4, rounds: int = ROUNDS) -> dict[str, Any]:
    """All of it on one cluster; raises BenchFailed when a figure would be worth nothing."""
    began = time.monotonic()
    with stores.scratch_folder() as folder, stores.cluster(folder) as postgres:
        statements = count_statements(postgres, folder)
        stores.check_durable(postgres.dsn())
        with stores.served(folder, postgres.dsn()) as store:
            figures = _measure(store, Ceiling(postgres, folder, 100), seconds, rounds)
    figures = {
        **figures,
        "checkout_requests": REQUESTS,
        "checkout_sql_statements": total(statements),
        "bench_seconds": round(time.monotonic() - began, 1),
    }
    _show(console, figures, statements)
    return figures


def _measure(store: stores.Serving, ceiling: Ceiling, seconds: float, rounds: int) -> dict[str, Any]:
    skus = stores.raise_stock(store.database_url)
    ceiling.skus = len(skus)
    asyncio.run(ceiling.prepare())
    ceilings: list[float] = []
    checkouts: list[dict[str, float]] = []
    waited: list[float] = []
    ceiling.orders_per_second(CLIENTS, 1)  # Warm-up.
    for _ in range(rounds):
        ceilings.append(ceiling.orders_per_second(CLIENTS, max(1, round(seconds * 0.7))))
        checkouts.append(checkout_load(store.port, skus, clients=CLIENTS, seconds=seconds))
        waited.append(stores.await_outbox(store.database_url))
    listing = page_load(store.port, LIST_PATH, clients=LIST_CLIENTS, seconds=seconds)
    memory = stores.memory_mb(store.pid)
    checkout, best = _mean(checkouts, "per_second"), sum(ceilings) / rounds
    return {
        "checkout_per_second_c8": round(checkout, 1),
        "ceiling_per_second_c8": round(best, 1),
        "checkout_ratio_c8": round(checkout / best, 4),
        "checkout_p50_ms_c8": round(_mean(checkouts, "p50_ms"), 1),
        "checkout_p95_ms_c8": round(_mean(checkouts, "p95_ms"), 1),
        "checkout_skus": len(skus),
        "outbox_drained_after_seconds": round(max(waited), 2),
        "product_list_per_second_c32": listing["per_second"],
        "product_list_p99_ms_c32": listing["p99_ms"],
        "api_rss_mb": memory["rss"],
        "api_pss_mb": memory["pss"],
    }


def _mean(results: list[dict[str, float]], name: str) -> float:
    return sum(result[name] for result in results) / len(results)


def _show(console: Console, figures: dict[str, Any], statements: list[Statement]) -> None:
    table = Table("statements of one checkout, BEGIN and COMMIT included", "calls", title_justify="left")
    for statement in statements:
        table.add_row(statement.text[:110], str(statement.calls))
    console.print(table)
    table = Table("figure", "measured")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    console.print(table)
    console.print(
        "checkout: three HTTP requests to `store serve`, bank transfer, fsync and synchronous_commit on."
        " ceiling: pgbench, same cluster, same run. api_rss_mb: the one process of web server, outbox consumers and"
        " schedule; PostgreSQL is not in it."
    )


def main() -> None:
    figures = measure(Console(width=150))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
