"""Every call to a provider: planned in the transaction that wants it, performed outside of any, settled in another.

planned → sent → succeeded | declined | failed | unknown. `unknown` leaves only by asking the provider (PAY-8). Each
operation has an outbox row of its own until it is settled, so that a crash at any point is taken up again; the
idempotency key is the operation's, so that sending twice is doing once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.ids import new_id

TOPIC = "payment.operation_planned"
INLINE_GRACE_SECONDS = 30  # how long the request that planned an operation has it for itself
SENT_PATIENCE_SECONDS = 45  # longer than any call may take: a sent operation older than this lost its process


async def plan_operation(
    *,
    payment_id: UUID,
    order_id: UUID,
    provider: str,
    kind: str,
    subject_id: UUID,
    request: dict[str, Any] | None = None,
    inline: bool = False,
) -> UUID:
    """Write the operation and its outbox row; kinds are authorize, setup, complete, capture, void, refund."""
    operation_id = new_id()
    await db.insert(
        "provider_operation",
        id=operation_id,
        payment_id=payment_id,
        order_id=order_id,
        kind=kind,
        subject_id=subject_id,
        provider=provider,
        idempotency_key=f"{kind}-{operation_id}",
        status="planned",
        request=request or {},
        created_at=clock.now(),
    )
    await outbox.stage(TOPIC, delay_seconds=INLINE_GRACE_SECONDS if inline else 0, operation_id=operation_id)
    return operation_id


async def claim(operation_id: UUID) -> db.Row | None:
    """planned → sent, for exactly one caller; None for the others."""
    return await db.fetchrow(
        "update provider_operation set status = 'sent', sent_at = clock_timestamp(), attempts = attempts + 1"
        " where id = $1 and status = 'planned' returning *",
        operation_id,
    )


async def load(operation_id: UUID) -> db.Row:
    row = await db.fetchrow(
        "select *, status = 'sent' and sent_at < clock_timestamp() - make_interval(secs => $2) as lost"
        " from provider_operation where id = $1",
        operation_id,
        float(SENT_PATIENCE_SECONDS),
    )
    assert row is not None, operation_id
    return row


async def settle(operation_id: UUID, status: str, *, provider_ref: str | None = None, error: str | None = None) -> bool:
    """sent or unknown → the outcome; False when somebody else settled it before."""
    touched = await db.execute(
        "update provider_operation set status = $2, provider_ref = coalesce($3, provider_ref), error = $4,"
        " settled_at = $5 where id = $1 and status in ('sent', 'unknown')",
        operation_id,
        status,
        provider_ref,
        error,
        clock.now(),
    )
    return bool(touched)


async def mark_unknown(operation_id: UUID, error: str) -> None:
    await db.execute(
        "update provider_operation set status = 'unknown', error = $2 where id = $1 and status = 'sent'",
        operation_id,
        error[:500],
    )


async def plan_again(operation: db.Row) -> None:
    """unknown → planned: the provider has been asked and knows nothing of it; the same key goes out once more.

    Only if nobody has sent it since we asked.
    """
    await db.execute(
        "update provider_operation set status = 'planned' where id = $1 and status = 'unknown' and attempts = $2",
        operation["id"],
        operation["attempts"],
    )


def patience_seconds(operation: db.Row) -> float:
    """When to look again: soon at first, then less and less often, as a provider may be down for hours."""
    age: float = (clock.now() - operation["created_at"]).total_seconds()
    return min(60.0, max(2.0, age / 10))
