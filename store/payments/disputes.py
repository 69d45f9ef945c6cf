"""Disputes and chargebacks: recorded from the provider's truth; the disputed money can't be refunded (PAY-12)."""

from __future__ import annotations

from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.payments.book import book_dispute, book_dispute_end
from store.payments.port import DisputeSnapshot, DisputeState
from store.payments.tables import find_capture


async def apply_dispute(snapshot: DisputeSnapshot) -> None:
    """Record, or close, a dispute; runs under the payment's lock and is idempotent."""
    row = await db.fetchrow(
        "select * from dispute where provider = $1 and provider_ref = $2", snapshot.provider, snapshot.provider_ref
    )
    if row is None:
        row = await _open(snapshot)
        if row is None:
            return
    if snapshot.state is not DisputeState.OPEN and row["status"] == "open":
        await _close(row, won=snapshot.state is DisputeState.WON)


async def _open(snapshot: DisputeSnapshot) -> db.Row | None:
    capture = await find_capture(snapshot.provider, snapshot.capture_ref, snapshot.authorization_ref)
    if capture is None:
        return None
    amount = snapshot.amount.amount_minor
    row = await db.fetchrow(
        "insert into dispute (id, provider, provider_ref, payment_id, order_id, capture_id, status, reason, currency,"
        " amount_minor, opened_at) values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, $10) returning *",
        new_id(),
        snapshot.provider,
        snapshot.provider_ref,
        capture["payment_id"],
        capture["order_id"],
        capture["id"],
        snapshot.reason,
        snapshot.amount.currency,
        amount,
        clock.now(),
    )
    assert row is not None
    await db.execute("update capture set disputed_minor = disputed_minor + $2 where id = $1", capture["id"], amount)
    await db.execute(
        "update payment set disputed_minor = disputed_minor + $2 where id = $1", capture["payment_id"], amount
    )
    await book_dispute(row)
    await audit.open_exception(
        "dispute", snapshot.provider_ref, order_id=capture["order_id"], reason=snapshot.reason, amount_minor=amount
    )
    await outbox.stage("dispute.opened", order_id=capture["order_id"], dispute_id=row["id"])
    return row


async def _close(row: db.Row, *, won: bool) -> None:
    """Won: the money is back and can be refunded again. Lost: it is gone, and stays blocked for good."""
    await db.execute(
        "update dispute set status = $2, closed_at = $3 where id = $1",
        row["id"],
        "won" if won else "lost",
        clock.now(),
    )
    if won:
        for table, key in (("capture", row["capture_id"]), ("payment", row["payment_id"])):
            await db.execute(
                f"update {table} set disputed_minor = disputed_minor - $2 where id = $1", key, row["amount_minor"]
            )
    await book_dispute_end(row, won=won)
    await outbox.stage("dispute.closed", order_id=row["order_id"], dispute_id=row["id"])


async def open_disputes(limit: int = 100) -> list[db.Row]:
    return await db.fetch("select * from dispute where closed_at is null order by opened_at limit $1", limit)
