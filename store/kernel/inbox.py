"""The inbox: what providers tell us is stored once per event id, acknowledged, and applied later (PAY-9)."""

from __future__ import annotations

from typing import Any

from store.kernel import clock, db, outbox


async def receive(source: str, event_id: str, kind: str, payload: dict[str, Any]) -> bool:
    """Store the event and stage `<source>.webhook`; False when this event id was here before."""
    async with db.unit_of_work():
        stored = await db.fetchval(
            "insert into inbox (source, event_id, kind, payload, received_at) values ($1, $2, $3, $4, $5)"
            " on conflict (source, event_id) do nothing returning true",
            source,
            event_id,
            kind,
            payload,
            clock.now(),
        )
        if stored:
            await outbox.stage(f"{source}.webhook", event_id=event_id)
    return bool(stored)


async def load(source: str, event_id: str) -> dict[str, Any] | None:
    """{"kind", "payload"} of a stored event."""
    row = await db.fetchrow("select kind, payload from inbox where source = $1 and event_id = $2", source, event_id)
    return dict(row) if row else None


async def mark_applied(source: str, event_id: str) -> None:
    await db.execute(
        "update inbox set applied_at = $3 where source = $1 and event_id = $2", source, event_id, clock.now()
    )
