"""Files that people send: kept outside of everything that is served, under names of our own.

What a file is, is read from its first bytes and not from its name. A file belongs to nobody until it is linked to what
it was sent for; one that nobody linked is forgotten after two days. The row comes before the file and goes after it, so
a crash leaves no file that nobody knows of.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import asyncpg

from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id

Kind = Literal["pdf", "jpeg", "png", "csv"]

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 120
UNLINKED_DAYS = 2
PURGED_AT_ONCE = 500
DOCUMENTS: tuple[Kind, ...] = ("pdf", "jpeg", "png")
MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "csv": "text/csv",
}
_EXTENSIONS: dict[Kind, str] = {"pdf": "pdf", "jpeg": "jpg", "png": "png", "csv": "csv"}
_NAMED: dict[Kind, tuple[str, ...]] = {"pdf": (".pdf",), "jpeg": (".jpg", ".jpeg"), "png": (".png",), "csv": (".csv",)}
_MAGIC: dict[bytes, Kind] = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png"}
_folder: list[Path] = []


class FileRefused(StoreError):
    """Facts: kinds (what is taken, as file names end), megabytes."""

    code = "file_refused"
    status = 422
    title = N_("This kind of file can't be taken.")
    detail = N_("Send a file of one of these kinds: {kinds}. Its content decides, not its name.")


class EmptyFile(FileRefused):
    code = "file_empty"
    title = N_("The file is empty.")
    detail = N_("Please choose the file again and send it once more.")


class FileTooLarge(FileRefused):
    code = "file_too_large"
    status = 413
    title = N_("The file is too large.")
    detail = N_("A file may have {megabytes} MB at most.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A kept file; `sha256` in hexadecimal digits."""

    id: UUID
    name: str
    kind: Kind
    size_bytes: int
    sha256: str
    kept_by: str
    kept_at: datetime

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


def configure(data_dir: Path) -> None:
    """Say once where files are kept: in `data_dir`/attachments."""
    _folder[:] = [data_dir.expanduser() / "attachments"]


async def keep_file(
    content: bytes,
    *,
    name: str,
    purpose: str,
    by: str,
    kinds: Sequence[Kind] = DOCUMENTS,
    max_bytes: int = MAX_BYTES,
) -> Attachment:
    """Keep a file; the same content sent again by the same caller is the same file. Not inside a unit of work.

    `by` keeps callers apart (a principal's identity). Raises FileRefused (EmptyFile, FileTooLarge).
    """
    if db.in_unit_of_work():
        msg = "a file was kept in a unit of work, which may be rolled back"
        raise RuntimeError(msg)
    kind = read_kind(content, kinds=kinds, max_bytes=max_bytes)
    row = await db.fetchrow(
        "insert into attachment (id, name, kind, size_bytes, sha256, purpose, kept_by, kept_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict (kept_by, sha256) do update set kept_at = excluded.kept_at returning *",
        new_id(),
        _named_as(harmless_name(name), kind),
        kind,
        len(content),
        hashlib.sha256(content).digest(),
        purpose,
        by,
        clock.now(),
    )
    assert row is not None
    attachment = _attachment(row)
    await asyncio.to_thread(_write_once, _path(attachment), content)
    return attachment


def read_kind(content: bytes, *, kinds: Sequence[Kind] = DOCUMENTS, max_bytes: int = MAX_BYTES) -> Kind:
    """What the content is. Raises FileRefused (EmptyFile, FileTooLarge)."""
    facts = {"kinds": [MEDIA_TYPES[kind] for kind in kinds], "megabytes": max_bytes // 1024 // 1024}
    if not content:
        raise EmptyFile(**facts)
    if len(content) > max_bytes:
        raise FileTooLarge(**facts)
    found = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if found is None and "csv" in kinds:
        found = "csv"  # A text has no sign of its own; whether it is one, its reader finds out.
    if found is None or found not in kinds:
        raise FileRefused(**facts)
    return found


def harmless_name(name: str) -> str:
    """For display only: without folders and control signs."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:MAX_NAME] or "file"


def _named_as(name: str, kind: Kind) -> str:
    """What is a PDF to us and a script to a desktop is saved as a PDF: `invoice.hta` becomes `invoice.hta.pdf`."""
    if name.lower().endswith(_NAMED[kind]):
        return name
    extension = f".{_EXTENSIONS[kind]}"
    return f"{name[: MAX_NAME - len(extension)]}{extension}"


async def load_files(ids: Iterable[UUID]) -> dict[UUID, Attachment]:
    """Those that exist, by id, in one statement."""
    rows = await db.fetch("select * from attachment where id = any($1::uuid[])", list(ids))
    return {row["id"]: _attachment(row) for row in rows}


async def open_file(attachment_id: UUID) -> tuple[Attachment, Path]:
    """The file and where it lies. Whether the reader may see it is the caller's question. Raises NotFound."""
    row = await db.fetchrow("select * from attachment where id = $1", attachment_id)
    if row is None:
        raise NotFound
    attachment = _attachment(row)
    return attachment, _path(attachment)


async def read_file(attachment_id: UUID) -> bytes:
    """The content. Raises NotFound."""
    _, path = await open_file(attachment_id)
    return await asyncio.to_thread(path.read_bytes)


async def link_files(ids: Iterable[UUID], *, owner_kind: str, owner_id: UUID, by: str | None = None) -> None:
    """Say what files were sent for, in the caller's unit of work; linking again changes nothing.

    With `by`, only files of that caller can be linked. Raises NotFound with the unknown `attachment_ids`.
    """
    wanted = set(ids)
    if not wanted:
        return
    rows = await db.fetch(
        "update attachment set linked = true where id = any($1::uuid[]) and ($2::text is null or kept_by = $2)"
        " returning id",
        sorted(wanted),
        by,
    )
    if unknown := wanted - {row["id"] for row in rows}:
        raise NotFound(attachment_ids=sorted(map(str, unknown)))
    await db.execute(
        "insert into attachment_link (attachment_id, owner_kind, owner_id) select unnest($1::uuid[]), $2, $3"
        " on conflict do nothing",
        sorted(wanted),
        owner_kind,
        owner_id,
    )


async def unlink_files(*, owner_kind: str, owner_id: UUID) -> None:
    """The owner needs its files no more, in the caller's unit of work; those that nobody else needs are forgotten."""
    rows = await db.fetch(
        "delete from attachment_link where owner_kind = $1 and owner_id = $2 returning attachment_id",
        owner_kind,
        owner_id,
    )
    await db.execute(
        "update attachment set linked = false where id = any($1::uuid[])"
        " and not exists (select from attachment_link l where l.attachment_id = id)",
        [row["attachment_id"] for row in rows],
    )


async def purge() -> int:
    """Forget files that nobody linked within two days; returns how many. Runs again after a crash where it ended."""
    purged = 0
    while True:
        async with db.unit_of_work():
            rows = await db.fetch(
                "delete from attachment where id = any(array(select id from attachment where not linked"
                " and kept_at < $1 order by kept_at limit $2 for update skip locked)) returning *",
                clock.now() - timedelta(days=UNLINKED_DAYS),
                PURGED_AT_ONCE,
            )
            await asyncio.to_thread(_unlink, [_path(_attachment(row)) for row in rows])
        purged += len(rows)
        if len(rows) < PURGED_AT_ONCE:
            return purged


def _attachment(row: db.Row | asyncpg.Record) -> Attachment:
    return Attachment(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"].hex(),
        kept_by=row["kept_by"],
        kept_at=row["kept_at"],
    )


def _path(attachment: Attachment) -> Path:
    if not _folder:
        msg = "attachments.configure was not called"
        raise RuntimeError(msg)
    return _folder[0] / f"{attachment.id}.{_EXTENSIONS[attachment.kind]}"


def _write_once(path: Path, content: bytes) -> None:
    """The whole file or none, on the disk when we return."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
