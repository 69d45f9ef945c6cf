"""What the import commands share: start an import, work on it here, and say what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from store.cli.terminal import err, fail, out
from store.kernel.settings import Settings

if TYPE_CHECKING:
    from store.warranty.import_columns import ImportKind
    from store.warranty.imports import ImportJob

LOOK_SECONDS = 0.3
SHOWN_ROWS = 10


def import_file(
    kind: ImportKind,
    path: Path,
    *,
    market: str,
    dry_run: bool,
    failures: Path | None,
    invoices: Sequence[Path] = (),
) -> None:
    """Ends with code 1 when rows were refused, or the file as a whole."""
    from store.cli.database import run_on_database
    from store.kernel.errors import StoreError
    from store.kernel.wording import problem

    async def work(settings: Settings) -> tuple[ImportJob, list[str]]:
        await _compose(settings)
        try:
            job = await _start(kind, path, market=market, dry_run=dry_run, invoices=invoices)
        except StoreError as error:
            told = problem(error, "en")
            fail(f"{path.name}: {told['title']} {told['detail']}")
        job = await _finish(job)
        return job, await _refused(job, failures)

    job, refused = run_on_database(work)
    for line in refused:
        err().print(f"[red]✗[/] {line}", markup=True, soft_wrap=True)
    counts = f"{job.rows_new} new, {job.rows_same} known before, {job.rows_failed} refused"
    if job.status == "failed":
        fail(f"{path.name}: given up after {job.rows_done} of {job.rows_total} rows ({counts}). Import it once more.")
    out().print(f"{'[red]✗[/]' if refused else '[green]✓[/]'} {path.name}: {counts}{' (dry run)' if dry_run else ''}")
    if refused:
        raise SystemExit(1)


async def _compose(settings: Settings) -> None:
    from store.app import compose
    from store.worker import movable_clock

    compose(settings)
    if settings.movable_clock:
        await movable_clock.follow()


async def _start(kind: ImportKind, path: Path, *, market: str, dry_run: bool, invoices: Sequence[Path]) -> ImportJob:
    from store.customers import Principal
    from store.kernel.attachments import keep_file
    from store.markets import all_markets
    from store.warranty.imports import StartImport, start_import

    principal = Principal(kind="admin")
    content = await asyncio.to_thread(path.read_bytes)
    proofs = [
        await keep_file(
            await asyncio.to_thread(invoice.read_bytes), name=invoice.name, purpose="invoice", by=principal.identity
        )
        for invoice in invoices
    ]
    return await start_import(
        StartImport(
            kind=kind,
            content=content,
            file_name=path.name,
            market=market or all_markets()[0].code,
            locale="en",
            principal=principal,
            dry_run=dry_run,
            machine_invoices=[proof.id for proof in proofs],
        )
    )


async def _finish(job: ImportJob) -> ImportJob:
    """Work on it here; a worker that runs beside us takes its share."""
    from rich.progress import Progress

    from store.kernel.outbox import Later
    from store.warranty.import_rows import work_on_import
    from store.warranty.imports import get_import

    async def work() -> None:
        while not (await get_import(job.id)).over:
            try:
                await work_on_import(str(job.id))
            except Later as later:
                await asyncio.sleep(later.seconds)

    with Progress(console=err(), transient=True) as progress:
        bar = progress.add_task("Importing …", total=job.rows_total)
        working = asyncio.create_task(work())
        while not working.done():
            await asyncio.wait({working}, timeout=LOOK_SECONDS)
            job = await get_import(job.id)
            progress.update(bar, completed=job.rows_done)
        await working
    return await get_import(job.id)


async def _refused(job: ImportJob, target: Path | None) -> list[str]:
    """The first refused rows as lines; with `target` all of them are written there, ready to be corrected."""
    from rich.markup import escape

    from store.warranty.import_failures import failures_csv, failures_of, tell

    if not job.rows_failed:
        return []
    if target is not None:
        content = await failures_csv(job.id, job.kind, job.template_version, most=job.rows_failed, locale="en")
        await asyncio.to_thread(target.write_bytes, content)
    shown = await failures_of(job.id, limit=SHOWN_ROWS)
    lines = [
        f"row {row.number}{f', {error.column}' if error.column else ''}: {escape(tell(error, 'en'))}"
        for row in shown
        for error in row.errors
    ]
    if job.rows_failed > len(shown):
        lines.append(f"… and {job.rows_failed - len(shown)} rows more")
    hint = f"all refused rows are in {escape(str(target))}" if target else "--failures FILE keeps the refused rows"
    return [*lines, hint]
