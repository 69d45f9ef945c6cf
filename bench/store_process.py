"""The store under measurement: an embedded PostgreSQL with durable settings, and `store serve` as its own process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from store.cli.ports import free_port
from store.kernel.embedded_postgres import EmbeddedPostgres

STOREFRONT_KEY = "pk_demo_storefront"
AGENT_KEY = "sk_demo_agent"
WAREHOUSE_KEY = "sk_demo_warehouse"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
# For counting statements; `bench.statements` switches it off again. The rest are the store's own settings.
SETTINGS = {"shared_preload_libraries": "pg_stat_statements"}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class BenchFailed(RuntimeError):
    """The measurement can't be trusted or not be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A running store. `pid` is the API's process: it holds web server, outbox relay, consumers and schedule."""

    port: int
    pid: int
    database_url: str
    log: Path

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="store-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(folder: Path) -> Iterator[EmbeddedPostgres]:
    """The store's own PostgreSQL, with pg_stat_statements loaded."""
    with EmbeddedPostgres(folder / "postgres", settings=SETTINGS) as postgres:
        yield postgres


@contextmanager
def served(
    folder: Path, database_url: str, *, module: str = "store", simulator: bool = False, workers: int = 1
) -> Iterator[Serving]:
    """`store serve`, or another module with the same options, on a database that is there already."""
    options = ["serve", "--port", str(port := free_port())]
    options += [] if simulator else ["--no-simulator"]
    options += ["--workers", str(workers)] if workers > 1 else []
    with running([sys.executable, "-m", module, *options], folder, STORE_DATABASE_URL=database_url) as (process, log):
        await_answer(port, process, log)
        yield Serving(port, process.pid, database_url, log)


@contextmanager
def running(command: list[str], folder: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process with its output in a file, ended in good order afterwards."""
    log = folder / f"{command[2].replace('.', '-')}.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STORE_")}
    environ = {**clean, "STORE_DATA_DIR": str(folder / "data"), "STORE_SIMULATOR_PORT": str(free_port()), **environ}
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env=environ, start_new_session=True)
    try:
        yield process, log
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the health page says ready. Raises BenchFailed."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            if asyncio.run(_is_ready(port)):
                return
        time.sleep(0.005)
    msg = f"the store did not start:\n{log.read_text(errors='replace')[-2000:]}"
    raise BenchFailed(msg)


async def _is_ready(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status = await reader.readline()
    writer.close()
    return b" 200 " in status


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    database = await asyncpg.connect(url)
    try:
        yield database
    finally:
        await database.close()


def query(url: str, sql: str, *args: Any) -> list[asyncpg.Record]:
    """The rows of one statement."""

    async def ask() -> list[asyncpg.Record]:
        async with connection(url) as database:
            rows: list[asyncpg.Record] = await database.fetch(sql, *args)
            return rows

    return asyncio.run(ask())


def check_durable(url: str) -> None:
    """Figures from a server that may lose what it has confirmed would be worthless. Raises BenchFailed."""
    found = {row["name"]: row["setting"] for row in query(url, "select name, setting from pg_settings")}
    for name, wanted in DURABLE.items():
        if found[name] != wanted:
            msg = f"{name} is {found[name]}, not {wanted}"
            raise BenchFailed(msg)


def raise_stock(url: str, units: int = 10_000_000) -> list[str]:
    """Fill every shelf that serves France; gives the SKUs that can be bought there."""
    rows = query(
        url,
        "with shelves as (select s.variant_id, s.warehouse, v.sku from stock s join variant v on v.id = s.variant_id"
        "   join price p on p.variant_id = v.id and p.market = 'FR'"
        "   join warehouse_market w on w.market = 'FR' and w.warehouse = s.warehouse"
        "   where v.active and v.sells in ('stock', 'backorder') and v.release_on is null),"
        " filled as (update stock set on_hand = on_hand + $1 from shelves"
        "   where (stock.variant_id, stock.warehouse) = (shelves.variant_id, shelves.warehouse)"
        "   returning stock.variant_id, stock.warehouse),"
        " noted as (insert into stock_movement"
        "   (at, variant_id, warehouse, kind, on_hand_change, reserved_change, reference)"
        "   select now(), variant_id, warehouse, 'receive', $1, 0, 'bench' from filled)"
        " select distinct sku from shelves order by sku",
        units,
    )
    return [row["sku"] for row in rows]


def memory_mb(pid: int) -> dict[str, float]:
    """Resident memory of one process: RSS as the kernel counts it, PSS with shared pages divided among their users."""
    status = Path(f"/proc/{pid}/status").read_text()
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return {"rss": round(rss / 1024, 1), "pss": round(pss / 1024, 1)}


def await_outbox(url: str, seconds: float = 60.0) -> float:
    """Wait until the consumers have nothing left to do; gives how long that took."""
    started = time.monotonic()
    while query(url, "select from outbox where not dead and due_at < clock_timestamp() limit 1"):
        if time.monotonic() - started > seconds:
            msg = f"the outbox was not empty after {seconds} s"
            raise BenchFailed(msg)
        time.sleep(0.1)
    return time.monotonic() - started
