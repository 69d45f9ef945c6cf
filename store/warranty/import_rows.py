"""Work on an import: some hundred rows per transaction, so that a crash loses nothing and doubles nothing (WAR-9).

A message of the outbox works for a while and comes again until the file is done. Where it goes on stands in the job
itself, in the same transaction as what was done. A dry run does the same and takes it back, chunk by chunk; what later
rows must know of earlier ones is carried along.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NoReturn
from uuid import UUID

from store.kernel import attachments, clock, db, outbox
from store.warranty.import_columns import columns_of
from store.warranty.import_failures import keep_failures
from store.warranty.import_outcome import ChunkOutcome, first_look
from store.warranty.import_registrations import (
    announce_registrations,
    certificates_used,
    import_registrations,
    set_aside,
)
from store.warranty.import_units import import_units
from store.warranty.imports import FINISHED, TOPIC, ImportJob, job_of
from store.warranty.read_cells import ImportRow
from store.warranty.read_import import find_repeated, read_rows

CHUNK_ROWS = 250
# A message in between lets other work have its turn.
TURN_SECONDS = 5.0


class _TakenBack(Exception):
    """Ends the transaction of a dry run with what it would have done."""

    def __init__(self, outcome: ChunkOutcome) -> None:
        super().__init__()
        self.outcome = outcome


async def work_on_import(import_id: str) -> None:
    """Consumer of `warranty_import.asked`. Raises Later until the file is done."""
    job = await _begin(UUID(import_id))
    if job is None:
        return
    content = await attachments.read_file(job.file_id)
    repeated = await asyncio.to_thread(find_repeated, content, job.kind, job.template_version)
    rows = itertools.islice(read_rows(content, job.kind, job.template_version), job.rows_done, None)
    ends_at = time.monotonic() + TURN_SECONDS
    while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
        after = await (_try_rows if job.dry_run else _import_rows)(job, chunk, repeated)
        if after is None or (not after.over and time.monotonic() > ends_at):
            raise outbox.Later(0)
        job = after


async def fail_stuck() -> int:
    """Imports whose work was given up after many tries are told as failed; returns how many."""
    stuck = await db.fetch(
        "select * from warranty_import i where status in ('uploaded', 'running') and not exists ("
        " select from outbox o where o.topic = $1 and o.payload ->> 'import_id' = i.id::text and not o.dead)",
        TOPIC,
    )
    failed = 0
    for row in stuck:
        async with db.unit_of_work():
            changed = await db.execute(
                "update warranty_import set status = 'failed', finished_at = $2"
                " where id = $1 and status in ('uploaded', 'running')",
                row["id"],
                clock.now(),
            )
            if changed:
                await _end(job_of(row))
            failed += changed
    return failed


async def _begin(import_id: UUID) -> ImportJob | None:
    """None when there is nothing left to do."""
    row = await db.fetchrow(
        "update warranty_import set status = 'running', started_at = coalesce(started_at, $2)"
        " where id = $1 and status in ('uploaded', 'running') returning *",
        import_id,
        clock.now(),
    )
    return job_of(row) if row else None


async def _import_rows(job: ImportJob, rows: Sequence[ImportRow], repeated: Mapping[int, int]) -> ImportJob | None:
    """None when somebody else has been at these rows."""
    async with db.unit_of_work():
        if await _lock(job) is None:
            return None
        return await _note(job, rows, await _outcome(job, rows, repeated))


async def _try_rows(job: ImportJob, rows: Sequence[ImportRow], repeated: Mapping[int, int]) -> ImportJob | None:
    carried = await db.fetchval("select carried from warranty_import where id = $1", job.id)
    try:
        await _take_back(job, rows, repeated, carried)
    except _TakenBack as tried:
        outcome = tried.outcome
    async with db.unit_of_work():
        if await _lock(job) is None:
            return None
        return await _note(job, rows, outcome, carried=dict(Counter(carried) + outcome.uses))


async def _take_back(
    job: ImportJob, rows: Sequence[ImportRow], repeated: Mapping[int, int], carried: Mapping[str, int]
) -> NoReturn:
    async with db.unit_of_work():
        await set_aside(rows, carried)
        outcome = await _outcome(job, rows, repeated)
        if job.kind == "registrations":
            outcome.uses = await certificates_used(rows, outcome)
        raise _TakenBack(outcome)


async def _lock(job: ImportJob) -> UUID | None:
    """The job's id if it still stands where we believe it does."""
    found: UUID | None = await db.fetchval(
        "select id from warranty_import where id = $1 and status = 'running' and rows_done = $2 for update",
        job.id,
        job.rows_done,
    )
    return found


async def _outcome(job: ImportJob, rows: Sequence[ImportRow], repeated: Mapping[int, int]) -> ChunkOutcome:
    mandatory = [column.code for column in columns_of(job.kind, job.template_version) if column.mandatory]
    outcome = first_look(rows, mandatory, repeated)
    if job.kind == "units":
        await import_units(rows, outcome)
    else:
        await import_registrations(job, rows, outcome)
    assert outcome.rows == {row.number for row in rows}
    return outcome


async def _note(
    job: ImportJob, rows: Sequence[ImportRow], outcome: ChunkOutcome, *, carried: Mapping[str, int] | None = None
) -> ImportJob:
    """The counts, the refused rows and, with the last ones, the end: in the transaction of what was done."""
    await keep_failures(job.id, [(row, outcome.failed[row.number]) for row in rows if row.number in outcome.failed])
    over = job.rows_done + len(rows) == job.rows_total
    row = await db.fetchrow(
        "update warranty_import set rows_done = rows_done + $2, rows_new = rows_new + $3, rows_same = rows_same + $4,"
        " rows_failed = rows_failed + $5, carried = $6, status = $7, finished_at = $8 where id = $1 returning *",
        job.id,
        len(rows),
        len(outcome.new),
        len(outcome.same),
        len(outcome.failed),
        carried or {},
        "finished" if over else "running",
        clock.now() if over else None,
    )
    assert row is not None
    if over:
        await _end(job)
    return job_of(row)


async def _end(job: ImportJob) -> None:
    await announce_registrations(job)
    await outbox.stage(FINISHED, import_id=job.id)
