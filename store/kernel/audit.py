"""Who did what: one line per act of staff, and the queue of things that a person must look at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import NotFound
from store.kernel.ids import new_id


async def record(actor: str, action: str, object_: str, object_id: str | UUID, **facts: Any) -> None:
    """Write an audit entry (ACC-4, REF-9)."""
    await db.execute(
        "insert into audit_entry (at, actor, action, object, object_id, facts) values ($1, $2, $3, $4, $5, $6)",
        clock.now(),
        actor,
        action,
        object_,
        str(object_id),
        facts,
    )


async def open_exception(kind: str, subject: str, *, order_id: UUID | None = None, **facts: Any) -> None:
    """Put a thing into the exceptions queue; one open item per kind and subject."""
    await db.execute(
        "insert into exception_item (id, kind, subject, order_id, facts, opened_at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (kind, subject) where resolved_at is null do nothing",
        new_id(),
        kind,
        subject,
        order_id,
        facts,
        clock.now(),
    )


async def open_exceptions(limit: int = 100) -> list[db.Row]:
    return await db.fetch("select * from exception_item where resolved_at is null order by opened_at limit $1", limit)


async def resolve_exception(exception_id: UUID, *, actor: str, resolution: str) -> None:
    touched = await db.execute(
        "update exception_item set resolved_at = $2, resolved_by = $3, resolution = $4"
        " where id = $1 and resolved_at is null",
        exception_id,
        clock.now(),
        actor,
        resolution,
    )
    if not touched:
        raise NotFound
    await record(actor, "resolve_exception", "exception", exception_id, resolution=resolution)
