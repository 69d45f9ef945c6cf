"""Reading the audit: the newest entry first, of everything, of one object or of one person (ACC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.kernel import db


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    id: int
    at: datetime
    actor: str
    action: str
    object: str
    object_id: str
    facts: Mapping[str, Any]


async def audit_trail(
    *,
    object_: str | None = None,
    object_id: str | None = None,
    actor: str | None = None,
    before: int | None = None,
    limit: int = 25,
) -> list[AuditEntry]:
    """At most `limit` entries with an id under `before`."""
    rows = await db.fetch(
        "select * from audit_entry where ($1::text is null or object = $1) and ($2::text is null or object_id = $2)"
        " and ($3::text is null or actor = $3) and ($4::bigint is null or id < $4) order by id desc limit $5",
        object_,
        object_id,
        actor,
        before,
        limit,
    )
    return [AuditEntry(**dict(row)) for row in rows]
