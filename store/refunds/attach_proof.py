"""A customer uploads the proof that the parcel was sent back (REF-5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from store.customers import Principal
from store.kernel import attachments, clock, db
from store.kernel.attachments import MAX_BYTES, Attachment, FileRefused
from store.kernel.errors import NotFound
from store.orders import history
from store.refunds.errors import ProofRefused
from store.refunds.request_refund import lock_order_of

MAX_FILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    id: UUID
    name: str
    media_type: str
    size_bytes: int
    path: Path


async def attach_proof(request_id: UUID, *, name: str, content: bytes, principal: Principal) -> Proof:
    """Keep a file with the request. The same file sent twice is one. Raises ProofRefused, NotFound."""
    proofs = await db.fetchval("select proofs from refund_request where id = $1", request_id)
    if proofs is None:
        raise NotFound
    try:
        attachments.read_kind(content)
        digest = hashlib.sha256(content).hexdigest()
        if len(proofs) >= MAX_FILES and all(proof["sha256"] != digest for proof in proofs):
            raise _refusal()
        kept = await attachments.keep_file(content, name=name, purpose="refund_proof", by=principal.identity)
    except FileRefused:
        raise _refusal() from None
    return await _note(request_id, kept, attachments.harmless_name(name), principal)


async def open_proof(request_id: UUID, proof_id: UUID) -> Proof:
    """Where the file lies, for whoever may see the request. Raises NotFound."""
    proofs = await db.fetchval("select proofs from refund_request where id = $1", request_id)
    for proof in proofs or ():
        if proof["id"] == str(proof_id):
            return await _proof(proof)
    raise NotFound


def _refusal() -> ProofRefused:
    return ProofRefused(megabytes=MAX_BYTES // 1024 // 1024, files=MAX_FILES)


async def _note(request_id: UUID, kept: Attachment, name: str, principal: Principal) -> Proof:
    async with db.unit_of_work():
        await lock_order_of(request_id)
        row = await db.fetchrow("select * from refund_request where id = $1 for update", request_id)
        assert row is not None
        same = next((proof for proof in row["proofs"] if proof["sha256"] == kept.sha256), None)
        if same is not None:
            return await _proof(same)
        if len(row["proofs"]) >= MAX_FILES:
            raise _refusal()
        proof = {
            "id": str(kept.id),
            "name": name,
            "media_type": kept.media_type,
            "size_bytes": kept.size_bytes,
            "sha256": kept.sha256,
            "at": clock.now().isoformat(),
            "by": principal.name,
        }
        await attachments.link_files([kept.id], owner_kind="refund_request", owner_id=request_id)
        await db.execute("update refund_request set proofs = proofs || $2::jsonb where id = $1", request_id, [proof])
        await history.record(row["order_id"], "refund_proof_added", actor=principal.name, request=row["number"])
        return await _proof(proof)


async def _proof(proof: dict[str, object]) -> Proof:
    kept, path = await attachments.open_file(UUID(str(proof["id"])))
    return Proof(
        id=kept.id,
        name=str(proof["name"]),
        media_type=kept.media_type,
        size_bytes=kept.size_bytes,
        path=path,
    )
