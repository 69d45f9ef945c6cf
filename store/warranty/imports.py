"""Imports of registrations and units: started with a file, worked on in the background, looked at meanwhile (WAR-9)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from store.customers import Principal
from store.kernel import attachments, audit, clock, db, outbox
from store.kernel.csv_files import CsvTooManyRows
from store.kernel.errors import NotFound
from store.kernel.ids import new_id
from store.markets import get_market
from store.warranty.import_columns import ImportKind, columns_of, latest_version
from store.warranty.read_import import count_rows

ImportStatus = Literal["uploaded", "running", "finished", "failed"]
TOPIC = "warranty_import.asked"
FINISHED = "warranty_import.finished"
FILE_LINK = "warranty_import"
CUSTOMER_ROWS_MAX = 500  # a private account is no fleet, and each row tells whether a serial number exists (WAR-1)
FAILURES_DAYS = 90  # rows of strangers' data are not kept for ever


outbox.declare(FINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartImport:
    """`market` is where the devices were bought. Invoices are ids of files that were sent before.

    A dry run finds the same mistakes and changes nothing.
    """

    kind: ImportKind
    content: bytes
    file_name: str
    market: str
    locale: str
    principal: Principal
    dry_run: bool = False
    template_version: int | None = None
    machine_invoices: Sequence[UUID] = ()
    service_invoices: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """A job as it stands; `rows_total` and the other counts are rows of the file."""

    id: UUID
    kind: ImportKind
    status: ImportStatus
    dry_run: bool
    file_name: str
    file_id: UUID
    locale: str
    market: str
    account_id: UUID | None
    partner_id: UUID | None
    asked_by: str
    by_staff: bool
    identity: str
    template_version: int
    rows_total: int
    rows_done: int
    rows_new: int
    rows_same: int
    rows_failed: int
    attachment_ids: Sequence[UUID]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failures_forgotten_at: datetime | None

    @property
    def over(self) -> bool:
        return self.status in {"finished", "failed"}

    @property
    def percent(self) -> int:
        return 100 * self.rows_done // self.rows_total

    def rows_per_second(self, now: datetime) -> float | None:
        """None before the first rows are done."""
        if self.started_at is None or not self.rows_done:
            return None
        seconds = ((self.finished_at or now) - self.started_at).total_seconds()
        return self.rows_done / max(seconds, 0.001)

    def seconds_left(self, now: datetime) -> int | None:
        """An estimate from the pace so far; None while there is none."""
        if self.over:
            return 0
        pace = self.rows_per_second(now)
        return round((self.rows_total - self.rows_done) / pace) if pace else None


async def start_import(command: StartImport) -> ImportJob:
    """Check the file as a whole, keep it, and stage the work on it.

    The same file that is being worked on for the same caller is the same job. Raises UnknownMarket, UnknownTemplate,
    CsvRefused, ImportColumnsMissing, ImportColumnTwice, ImportHasNoRows, FileRefused, NotFound (invoices).
    """
    market, kind = get_market(command.market), command.kind
    version = latest_version(kind) if command.template_version is None else command.template_version
    columns_of(kind, version)
    attachments.read_kind(command.content, kinds=("csv",))
    rows_total = await asyncio.to_thread(count_rows, command.content, kind, version)
    if command.principal.kind == "customer" and rows_total > CUSTOMER_ROWS_MAX:
        raise CsvTooManyRows(most=CUSTOMER_ROWS_MAX)
    identity = command.principal.identity
    file = await attachments.keep_file(
        command.content, name=command.file_name, purpose=FILE_LINK, by=identity, kinds=("csv",)
    )
    job_id = new_id()
    async with db.unit_of_work():
        row = await db.fetchrow(
            "insert into warranty_import (id, kind, status, dry_run, file_name, file_id, locale, market, account_id,"
            " partner_id, asked_by, by_staff, identity, template_version, rows_total, attachment_ids, created_at)"
            " values ($1, $2, 'uploaded', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
            " on conflict (identity, kind, file_id, dry_run) where status in ('uploaded', 'running') do nothing"
            " returning *",
            job_id,
            kind,
            command.dry_run,
            attachments.harmless_name(command.file_name),
            file.id,
            command.locale,
            market.code,
            command.principal.account_id,
            command.principal.partner_id,
            command.principal.name,
            command.principal.staff,
            identity,
            version,
            rows_total,
            [*command.machine_invoices, *command.service_invoices],
            clock.now(),
        )
        if row is not None:
            await _link(command, job_id, file.id)
            await outbox.stage(TOPIC, import_id=job_id)
            await _audit(command, row)
            return job_of(row)
    return await _open_job(command, file.id)


async def get_import(import_id: UUID, *, identity: str | None = None) -> ImportJob:
    """With `identity`, only that caller's. Raises NotFound."""
    row = await db.fetchrow("select * from warranty_import where id = $1", import_id)
    if row is None or identity not in {None, row["identity"]}:
        raise NotFound
    return job_of(row)


async def imports_of(
    identity: str, *, kind: ImportKind | None = None, after: tuple[datetime, UUID] | None = None, limit: int
) -> list[ImportJob]:
    """A caller's, the newest first, from a keyset position (created_at, id) on."""
    rows = await db.fetch(
        "select * from warranty_import where identity = $1 and ($2::text is null or kind = $2)"
        " and ($3::timestamptz is null or (created_at, id) < ($3, $4)) order by created_at desc, id desc limit $5",
        identity,
        kind,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [job_of(row) for row in rows]


async def purge_failures() -> int:
    """Forget the files and the refused rows of imports that ended long ago; returns of how many."""
    rows = await db.fetch(
        "select id from warranty_import where failures_forgotten_at is null and finished_at < $1"
        " order by finished_at limit 100",
        clock.now() - timedelta(days=FAILURES_DAYS),
    )
    for row in rows:
        async with db.unit_of_work():
            await db.execute("delete from warranty_import_failure where import_id = $1", row["id"])
            await attachments.unlink_files(owner_kind=FILE_LINK, owner_id=row["id"])
            await db.execute(
                "update warranty_import set failures_forgotten_at = $2 where id = $1", row["id"], clock.now()
            )
    return len(rows)


def job_of(row: db.Row) -> ImportJob:
    return ImportJob(**{name: row[name] for name in ImportJob.__slots__})


async def _link(command: StartImport, job_id: UUID, file_id: UUID) -> None:
    identity = None if command.principal.staff else command.principal.identity
    links: dict[str, Any] = {
        FILE_LINK: [file_id],
        "machine_invoice": command.machine_invoices,
        "service_invoice": command.service_invoices,
    }
    for owner_kind, ids in links.items():
        await attachments.link_files(ids, owner_kind=owner_kind, owner_id=job_id, by=identity)


async def _audit(command: StartImport, job: db.Row) -> None:
    """What staff do is audited (ACC-4); what others do for themselves is theirs."""
    if command.principal.staff:
        action, facts = f"import_{command.kind}", {"file": job["file_name"], "dry_run": job["dry_run"]}
        await audit.record(command.principal.name, action, "warranty_import", job["id"], **facts)


async def _open_job(command: StartImport, file_id: UUID) -> ImportJob:
    row = await db.fetchrow(
        "select * from warranty_import where identity = $1 and kind = $2 and file_id = $3 and dry_run = $4"
        " order by created_at desc limit 1",
        command.principal.identity,
        command.kind,
        file_id,
        command.dry_run,
    )
    assert row is not None
    return job_of(row)
