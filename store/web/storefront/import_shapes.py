"""What callers see of an import."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from store.kernel import clock
from store.kernel.i18n import N_, translate
from store.warranty.import_columns import columns_of
from store.warranty.import_failures import FailedRow, tell
from store.warranty.imports import ImportJob
from store.web.edge.schemas import Out


class ImportEvent(Out):
    """A server-sent event. Between events a comment says now and then that the connection lives."""

    event: Literal["progress", "finished", "failed"]
    data: Annotated[str, Meta(description="The import as it stands, as JSON.")]
    id: Annotated[str, Meta(description="How many rows are done.")] | UnsetType = UNSET
    retry: Annotated[int, Meta(description="Milliseconds to wait before connecting anew.")] | UnsetType = UNSET


STATUS_LABELS = {
    "uploaded": N_("waiting"),
    "running": N_("in progress"),
    "finished": N_("finished"),
    "failed": N_("given up"),
}


class ImportRowsOut(Out):
    """Rows of the file. `same` were imported before and changed nothing; `failed` are listed with their reasons."""

    total: int
    done: int
    new: int
    same: int
    failed: int


class ImportOut(Out):
    """An import as it stands; a dry run counts what it would have done."""

    id: UUID
    kind: Annotated[str, Meta(examples=["registrations"])]
    status: Annotated[str, Meta(description="uploaded, running, finished or failed.")]
    status_label: str
    dry_run: bool
    file_name: str
    market: str
    template_version: int
    rows: ImportRowsOut
    percent: int
    rows_per_second: float | None
    seconds_left: Annotated[int | None, Meta(description="An estimate from the pace so far.")]
    attachment_ids: list[UUID]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class CellProblemOut(Out):
    """What is wrong in a column of a row; without a column it is about the whole row."""

    column: str | None
    column_label: str | None
    code: str
    message: str


class FailedRowOut(Out):
    """A row that was refused, as it stood in the file."""

    row: Annotated[int, Meta(description="As the spreadsheet numbers it; the header is row 1.")]
    cells: dict[str, str]
    errors: list[CellProblemOut]


def import_out(job: ImportJob, locale: str) -> ImportOut:
    now = clock.now()
    pace = job.rows_per_second(now)
    return ImportOut(
        id=job.id,
        kind=job.kind,
        status=job.status,
        status_label=translate(locale, STATUS_LABELS[job.status]),
        dry_run=job.dry_run,
        file_name=job.file_name,
        market=job.market,
        template_version=job.template_version,
        rows=ImportRowsOut(
            total=job.rows_total, done=job.rows_done, new=job.rows_new, same=job.rows_same, failed=job.rows_failed
        ),
        percent=job.percent,
        rows_per_second=round(pace, 1) if pace is not None else None,
        seconds_left=job.seconds_left(now),
        attachment_ids=list(job.attachment_ids),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def failed_row_out(failed: FailedRow, job: ImportJob, locale: str) -> FailedRowOut:
    titles = {column.code: column.title for column in columns_of(job.kind, job.template_version)}
    return FailedRowOut(
        row=failed.number,
        cells=dict(failed.cells),
        errors=[
            CellProblemOut(
                column=error.column or None,
                column_label=translate(locale, titles[error.column]) if error.column in titles else None,
                code=error.code,
                message=tell(error, locale),
            )
            for error in failed.errors
        ],
    )
