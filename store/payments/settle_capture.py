"""What follows when money has been taken: sums, the charge, the journal, the fact for the rooms above."""

from __future__ import annotations

from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.payments.book import book_capture, book_fee
from store.payments.port import CaptureSnapshot, SettlementState


async def capture_settled(capture_id: UUID, *, provider_ref: str | None, fee: Money | None) -> None:
    """pending (or wrongly failed) → succeeded, once; runs under the payment's lock."""
    row = await db.fetchrow(
        "update capture set status = 'succeeded', provider_ref = coalesce(provider_ref, $2), settled_at = $3,"
        " fee_minor = $4 where id = $1 and status <> 'succeeded' returning *",
        capture_id,
        provider_ref,
        clock.now(),
        fee.amount_minor if fee else None,
    )
    if row is not None:
        await _captured(row, fee)


async def _captured(row: db.Row, fee: Money | None) -> None:
    await db.execute(
        "update payment set captured_minor = captured_minor + $2 where id = $1", row["payment_id"], row["amount_minor"]
    )
    await db.execute(
        "update charge set status = 'captured', hold_reason = null, updated_at = $2 where id = $1",
        row["charge_id"],
        clock.now(),
    )
    if row["authorization_id"] is not None:
        await db.execute(
            "update payment_authorization set captured_minor = captured_minor + $2, status = case"
            " when multicapture and captured_minor + $2 < amount_minor then status else 'captured' end, updated_at = $3"
            " where id = $1",
            row["authorization_id"],
            row["amount_minor"],
            clock.now(),
        )
    await book_capture(row)
    if fee:
        await book_fee(row, fee)
    await outbox.stage(
        "capture.succeeded",
        order_id=row["order_id"],
        payment_id=row["payment_id"],
        charge_id=row["charge_id"],
        capture_id=row["id"],
    )


async def record_taken_at_once(authorization: db.Row, taken: CaptureSnapshot) -> None:
    """Money that the provider took with the authorization itself (wallets, PayPal: PAY-2)."""
    charge = await db.fetchrow(
        "select * from charge where id = any($1) and status in ('planned', 'secured')"
        " and amount_minor = $2 order by created_at, id limit 1 for update",
        authorization["charge_ids"],
        taken.amount.amount_minor,
    )
    if charge is None:
        await audit.open_exception(
            "capture_not_ours",
            taken.provider_ref,
            order_id=authorization["order_id"],
            amount=taken.amount.to_decimal(),
            currency=taken.amount.currency,
        )
        return
    capture_id = new_id()
    await db.insert(
        "capture",
        id=capture_id,
        payment_id=authorization["payment_id"],
        order_id=authorization["order_id"],
        charge_id=charge["id"],
        authorization_id=authorization["id"],
        provider=authorization["provider"],
        status="pending",
        currency=charge["currency"],
        amount_minor=charge["amount_minor"],
        shipping_minor=charge["shipping_minor"],
        provider_ref=taken.provider_ref,
        created_at=clock.now(),
    )
    await db.execute(
        "update payment set shipping_captured_minor = shipping_captured_minor + $2 where id = $1",
        authorization["payment_id"],
        charge["shipping_minor"],
    )
    await db.execute(
        "update charge set status = 'capturing', authorization_id = $2, updated_at = $3 where id = $1",
        charge["id"],
        authorization["id"],
        clock.now(),
    )
    if taken.state is SettlementState.SUCCEEDED:
        await capture_settled(capture_id, provider_ref=taken.provider_ref, fee=taken.fee)


async def capture_failed(payment: db.Row, capture_id: UUID, code: str) -> None:
    """The capture did not happen: the charge waits to be secured again, and a person is told (goods may have left)."""
    row = await db.fetchrow(
        "update capture set status = 'failed', settled_at = $2 where id = $1 and status = 'pending' returning *",
        capture_id,
        clock.now(),
    )
    if row is None:
        return
    await db.execute(
        "update charge set status = 'planned', authorization_id = null, hold_reason = $2, updated_at = $3"
        " where id = $1 and status = 'capturing'",
        row["charge_id"],
        code,
        clock.now(),
    )
    await db.execute(
        "update payment set shipping_captured_minor = shipping_captured_minor - $2 where id = $1",
        payment["id"],
        row["shipping_minor"],
    )
    await outbox.stage(
        "capture.failed", order_id=payment["order_id"], payment_id=payment["id"], charge_id=row["charge_id"], code=code
    )
