"""A customer uploads the proof that the parcel was sent back (REF-5).

Files lie in a folder outside of everything that is served, under names of our own; what a file is, is read from its
first bytes and not from its name.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from store.customers import Principal
from store.kernel import clock, db
from store.kernel.errors import NotFound
from store.kernel.ids import new_id
from store.orders import history
from store.refunds.errors import ProofRefused
from store.refunds.request_refund import lock_order_of

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 10
MAX_NAME = 120
_MAGIC = {
    b"%PDF-": ("pdf", "application/pdf"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    id: UUID
    name: str
    media_type: str
    size_bytes: int
    path: Path


async def attach_proof(request_id: UUID, *, name: str, content: bytes, data_dir: Path, principal: Principal) -> Proof:
    """Keep a file under `data_dir`/attachments. The same file sent twice is one. Raises ProofRefused, NotFound."""
    extension, media_type = _kind(content)
    digest = hashlib.sha256(content).hexdigest()
    proof_id = new_id()
    path = folder(data_dir) / f"{proof_id}.{extension}"
    await asyncio.to_thread(_write, path, content)
    try:
        return await _note(request_id, proof_id, path, _harmless(name), media_type, len(content), digest, principal)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def open_proof(request_id: UUID, proof_id: UUID, *, data_dir: Path) -> Proof:
    """Where the file lies, for whoever may see the request. Raises NotFound."""
    proofs = await db.fetchval("select proofs from refund_request where id = $1", request_id)
    for proof in proofs or ():
        if proof["id"] == str(proof_id):
            return _proof(proof, data_dir)
    raise NotFound


def folder(data_dir: Path) -> Path:
    return data_dir / "attachments"


def _kind(content: bytes) -> tuple[str, str]:
    for magic, kind in _MAGIC.items():
        if content.startswith(magic) and len(content) <= MAX_BYTES:
            return kind
    raise ProofRefused(megabytes=MAX_BYTES // 1024 // 1024, files=MAX_FILES)


def _harmless(name: str) -> str:
    """For display only: without folders and control signs."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:MAX_NAME] or "proof"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


async def _note(
    request_id: UUID,
    proof_id: UUID,
    path: Path,
    name: str,
    media_type: str,
    size: int,
    digest: str,
    principal: Principal,
) -> Proof:
    async with db.unit_of_work():
        await lock_order_of(request_id)
        row = await db.fetchrow("select * from refund_request where id = $1 for update", request_id)
        assert row is not None
        same = next((proof for proof in row["proofs"] if proof["sha256"] == digest), None)
        if same is not None:
            await asyncio.to_thread(path.unlink, missing_ok=True)
            return _proof(same, path.parent.parent)
        if len(row["proofs"]) >= MAX_FILES:
            raise ProofRefused(megabytes=MAX_BYTES // 1024 // 1024, files=MAX_FILES)
        proof = {
            "id": str(proof_id),
            "file": path.name,
            "name": name,
            "media_type": media_type,
            "size_bytes": size,
            "sha256": digest,
            "at": clock.now().isoformat(),
            "by": principal.name,
        }
        await db.execute("update refund_request set proofs = proofs || $2::jsonb where id = $1", request_id, [proof])
        await history.record(row["order_id"], "refund_proof_added", actor=principal.name, request=row["number"])
    return _proof(proof, path.parent.parent)


def _proof(proof: dict[str, object], data_dir: Path) -> Proof:
    return Proof(
        id=UUID(str(proof["id"])),
        name=str(proof["name"]),
        media_type=str(proof["media_type"]),
        size_bytes=int(str(proof["size_bytes"])),
        path=folder(data_dir) / str(proof["file"]),
    )
