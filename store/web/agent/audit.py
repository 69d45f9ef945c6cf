"""Who did what, and what needs a person's look (ACC-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.customers import AuditEntry, Principal, audit_trail
from store.kernel import audit
from store.kernel.errors import NotFound
from store.kernel.i18n import translate
from store.web.agent.exception_labels import EXCEPTION_LABELS
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Out, Page, RequestBody

Wanted = Annotated[str | None, QueryParameter(max_length=200)]


class AuditEntryOut(Out):
    """`actor` is role, id and name, e.g. "agent:9f31c2d4 Claire Martin"."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    object_id: str
    facts: dict[str, Any]


class ExceptionOut(Out):
    """Something that a machine can't decide: a difference with a provider, an unmatched bank line …"""

    id: UUID
    kind: str
    kind_label: str
    subject: str
    order_id: UUID | None
    facts: dict[str, Any]
    opened_at: datetime


class Resolve(RequestBody):
    """What was done about it, for those who look later."""

    resolution: Annotated[str, Meta(min_length=3, max_length=2000)]
    EXAMPLE: ClassVar = {"resolution": "The provider confirmed the amount; nothing to do."}


@get("/audit", opt=requires("admin"), summary="Read the audit")
async def read_audit(
    object: Wanted = None,  # noqa: A002 - the word of the API
    object_id: Wanted = None,
    actor: Wanted = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[AuditEntryOut]:
    """Every act of staff, the newest first; of one object or one person if asked so."""
    (before,) = decode_cursor(cursor, int) or (None,)
    entries = await audit_trail(object_=object, object_id=object_id, actor=actor, before=before, limit=limit + 1)
    shown = entries[:limit]
    return Page(
        items=[_entry_out(entry) for entry in shown],
        next_cursor=encode_cursor(shown[-1].id) if len(entries) > limit else None,
    )


@get("/exceptions", opt=requires(*DESK), summary="Show the exceptions queue")
async def show_exceptions(locale: NamedDependency[str], limit: Limit = 100) -> list[ExceptionOut]:
    """What is open, the oldest first."""
    return [
        ExceptionOut(
            id=row["id"],
            kind=row["kind"],
            kind_label=translate(locale, EXCEPTION_LABELS.get(row["kind"], row["kind"])),
            subject=row["subject"],
            order_id=row["order_id"],
            facts=row["facts"],
            opened_at=row["opened_at"],
        )
        for row in await audit.open_exceptions(limit)
    ]


@post(
    "/exceptions/{exception_id:uuid}/resolution",
    opt=requires(*DESK, idempotent=True),
    responses=problems(NotFound),
    status_code=204,
    summary="Resolve an exception",
)
async def resolve(exception_id: FromPath[UUID], data: JSONBody[Resolve], principal: NamedDependency[Principal]) -> None:
    """Take it off the queue with a word on what was done."""
    await audit.resolve_exception(exception_id, actor=principal.name, resolution=data.resolution)


def _entry_out(entry: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        object=entry.object,
        object_id=entry.object_id,
        facts=dict(entry.facts),
    )


router = Router(path="/api/v1/agent", route_handlers=[read_audit, show_exceptions, resolve], tags=["Agent: audit"])
