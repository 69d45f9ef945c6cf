"""How long a file of 10,000 registrations takes, from its upload to its last row, and what memory it takes (WAR-9).

`python -m bench.imports` starts a store of its own; the limits are those of the requirement. Every row has an owner of
its own, so the work is the dearest that there is. The confirmations leave afterwards and are not part of the figure.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx

from bench import store_process as stores
from store.kernel.csv_files import write_csv
from store.warranty.certificate_number import new_certificate_number
from store.warranty.import_columns import columns_of

ROWS = 10_000
SECONDS_MOST = 20.0
MEMORY_MB_MOST = 200.0
WAIT_SECONDS = 120.0
SKU = "HAL-D400-BLK"
COLUMNS = [column.code for column in columns_of("registrations") if column.mandatory]

UNITS = """
insert into unit (id, serial, product_id, variant_id, manufacturer_id, origin, status, status_at, market,
                  warranty_starts_on, warranty_months, created_at)
select gen_random_uuid(), $1 || n, p.id, v.id, p.manufacturer_id, 'imported', 'active', now(), 'FR',
       current_date - 20, 12, now()
from generate_series(1, $2) n, variant v join product p on p.id = v.product_id where v.sku = $3
"""
CERTIFICATE = """
insert into certificate (id, number, reference, names, terms, units, order_id, shipment_line_id, order_number, email,
                         locale, market, issued_at)
values (gen_random_uuid(), $1, 'CARE-24M', '{"en": "Care"}', '{"reference": "CARE-24M", "extends_warranty_months": 24}',
        $2, gen_random_uuid(), gen_random_uuid(), 'FR-0000-0000', 'buyer@example.com', 'fr', 'FR', now())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFigures:
    """`seconds` from the first byte of the upload; `memory_mb` is the API's process's peak above where it stood."""

    rows: int
    file_mb: float
    upload_seconds: float
    seconds: float
    rows_per_second: float
    memory_mb: float

    @property
    def within_limits(self) -> bool:
        return self.seconds < SECONDS_MOST and self.memory_mb < MEMORY_MB_MOST


def measure_import(store: stores.Serving, rows: int = ROWS) -> ImportFigures:
    """Raises BenchFailed unless every row was registered."""
    _import(store, 300)  # A new process looks some things up once.
    content, before = asyncio.run(_prepare(store.database_url, rows)), _memory(store.pid, "VmRSS")
    Path(f"/proc/{store.pid}/clear_refs").write_text("5")  # The peak is counted from here.
    uploaded, seconds = _run(store, content, rows)
    return ImportFigures(
        rows=rows,
        file_mb=round(len(content) / 1024 / 1024, 2),
        upload_seconds=round(uploaded, 2),
        seconds=round(seconds, 2),
        rows_per_second=round(rows / seconds, 1),
        memory_mb=round(_memory(store.pid, "VmHWM") - before, 1),
    )


def _import(store: stores.Serving, rows: int) -> None:
    _run(store, asyncio.run(_prepare(store.database_url, rows)), rows)
    stores.await_outbox(store.database_url, WAIT_SECONDS)


def _run(store: stores.Serving, content: bytes, rows: int) -> tuple[float, float]:
    """Seconds until the upload was taken, and until the last row was done."""
    with httpx.Client(base_url=f"{store.base_url}/api/v1", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {stores.AGENT_KEY}"
        proof = client.post("/attachments", content=b"%PDF-1.7 " + uuid4().bytes).raise_for_status().json()["id"]
        started = time.monotonic()
        answer = client.post(f"/warranty-imports?market=FR&machine_invoices={proof}", content=content)
        job = answer.raise_for_status().json()
        uploaded = time.monotonic() - started
        while job["status"] not in {"finished", "failed"}:
            if time.monotonic() - started > WAIT_SECONDS:
                raise stores.BenchFailed(f"the import is not done after {WAIT_SECONDS} s: {job}")
            time.sleep(0.1)
            job = client.get(f"/warranty-imports/{job['id']}").raise_for_status().json()
        seconds = time.monotonic() - started
    if job["rows"]["new"] != rows:
        raise stores.BenchFailed(f"not every row was registered: {job}")
    return uploaded, seconds


async def _prepare(database_url: str, rows: int) -> bytes:
    """Devices and a certificate for them, and the file."""
    prefix = uuid4().hex[:10].upper()
    number = new_certificate_number()
    async with stores.connection(database_url) as database:
        await database.execute(UNITS, prefix, rows, SKU)
        await database.execute(CERTIFICATE, number, rows)
        await database.execute("analyze unit")
    bought = f"{datetime.now(UTC) - timedelta(days=10):%d/%m/%Y}"
    return write_csv(
        [COLUMNS, *(_row(f"{prefix}{place}", number, bought) for place in range(1, rows + 1))], locale="fr"
    )


def _row(serial: str, number: str, bought: str) -> list[str]:
    owner = ["Zoé", "Lefèvre", f"{serial.lower()}@example.com", "Lefèvre & fils"]
    place = ["3 quai de l’Île", "69001", "Lyon", "04 78 00 00 00", "email"]
    return [serial, number, "CARE-24M", bought, *owner, *place]


def _memory(pid: int, name: str) -> float:
    """MB of one process as the kernel counts them: VmRSS now, VmHWM at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024


def main() -> None:
    with stores.scratch_folder() as folder, stores.cluster(folder) as postgres:
        stores.check_durable(postgres.dsn())
        with stores.served(folder, postgres.dsn()) as store:
            figures = measure_import(store)
    print(json.dumps({**asdict(figures), "within_limits": figures.within_limits}))
    if not figures.within_limits:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
