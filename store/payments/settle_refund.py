"""What follows when a refund has succeeded, failed, or was made behind our back (REF-10)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.payments.book import book_refund, book_refund_reversal
from store.payments.port import RefundSnapshot, SettlementState
from store.payments.tables import find_capture, lock_payment


async def apply_refund(snapshot: RefundSnapshot) -> None:
    row = await db.fetchrow(
        "select * from payment_refund where id = $1 or (provider = $2 and provider_ref = $3)",
        snapshot.refund_id,
        snapshot.provider,
        snapshot.provider_ref,
    )
    if row is None:
        row = await _record_foreign_refund(snapshot)
        if row is None:
            return
    if row["provider_ref"] is None:
        await db.execute("update payment_refund set provider_ref = $2 where id = $1", row["id"], snapshot.provider_ref)
    if snapshot.state is SettlementState.SUCCEEDED:
        await refund_succeeded(row["id"])
    elif snapshot.state is SettlementState.FAILED:
        payment = await lock_payment(row["payment_id"])
        await refund_failed(payment, row["id"], snapshot.failure_code or "failed")


async def _record_foreign_refund(snapshot: RefundSnapshot) -> db.Row | None:
    """A refund that was made in the provider's dashboard (REF-10)."""
    capture = await find_capture(snapshot.provider, snapshot.capture_ref, snapshot.authorization_ref)
    if capture is None or snapshot.state is SettlementState.FAILED:
        return None
    return await _insert_foreign(snapshot, capture)


async def refund_succeeded(refund_id: UUID) -> None:
    row = await db.fetchrow(
        "update payment_refund set status = 'succeeded', settled_at = $2"
        " where id = $1 and status in ('pending', 'manual') returning *",
        refund_id,
        clock.now(),
    )
    if row is None:
        return
    await book_refund(row)
    await outbox.stage(
        "refund.settled",
        order_id=row["order_id"],
        payment_id=row["payment_id"],
        payment_refund_id=row["id"],
        subject_id=row["subject_id"],
        outcome="succeeded",
    )


async def refund_failed(payment: db.Row, refund_id: UUID, code: str) -> None:
    """A refund that failed, at once or days later: the money is with us again (REF-10)."""
    before = await db.fetchrow("select * from payment_refund where id = $1", refund_id)
    if before is None or before["status"] == "failed":
        return
    await db.execute(
        "update payment_refund set status = 'failed', failure_code = $2, settled_at = $3 where id = $1",
        refund_id,
        code,
        clock.now(),
    )
    amount = before["amount_minor"]
    await db.execute("update payment set refunded_minor = refunded_minor - $2 where id = $1", payment["id"], amount)
    await db.execute(
        "update capture set refunded_minor = refunded_minor - $2 where id = $1", before["capture_id"], amount
    )
    if before["status"] == "succeeded":
        await book_refund_reversal(before)
    await audit.open_exception(
        "refund_failed",
        str(refund_id),
        order_id=before["order_id"],
        code=code,
        amount=Money(amount, before["currency"]).to_decimal(),
        currency=before["currency"],
    )
    await outbox.stage(
        "refund.settled",
        order_id=before["order_id"],
        payment_id=payment["id"],
        payment_refund_id=refund_id,
        subject_id=before["subject_id"],
        outcome="failed",
    )


async def _insert_foreign(snapshot: RefundSnapshot, capture: db.Row) -> db.Row | None:
    """Take the provider's refund into our sums; what goes beyond the capture is for a person to look at."""
    amount = snapshot.amount.amount_minor
    if capture["refunded_minor"] + amount > capture["amount_minor"]:
        await audit.open_exception(
            "refund_beyond_capture",
            snapshot.provider_ref,
            order_id=capture["order_id"],
            amount=snapshot.amount.to_decimal(),
            currency=snapshot.amount.currency,
        )
        return None
    row = await db.fetchrow(
        "insert into payment_refund (id, payment_id, order_id, capture_id, provider, status, currency, amount_minor,"
        " reason, origin, provider_ref, created_at) values ($1, $2, $3, $4, $5, 'pending', $6, $7,"
        " 'made at the provider', 'provider', $8, $9) returning *",
        new_id(),
        capture["payment_id"],
        capture["order_id"],
        capture["id"],
        capture["provider"],
        snapshot.amount.currency,
        amount,
        snapshot.provider_ref,
        clock.now(),
    )
    await db.execute(
        "update payment set refunded_minor = refunded_minor + $2 where id = $1", capture["payment_id"], amount
    )
    await db.execute("update capture set refunded_minor = refunded_minor + $2 where id = $1", capture["id"], amount)
    return row
