"""What follows when money has been taken, or a capture failed: sums, the charge, the journal, the facts for others."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.payments.book import book_capture, book_fee
from store.payments.finish_links import finish_links
from store.payments.port import AuthorizationSnapshot, CaptureSnapshot, SettlementState
from store.payments.refund_captures import refund_captures
from store.payments.void_authorization import void_if_unused


async def apply_captures(authorization: db.Row, snapshot: AuthorizationSnapshot, operation: db.Row | None) -> None:
    """Bring our captures to what the provider says has been taken under this authorization."""
    if not snapshot.captures:
        return
    asked_for = operation["subject_id"] if operation is not None and operation["kind"] == "capture" else None
    rows = await db.fetch(
        "select * from capture where authorization_id = $1 order by created_at, id", authorization["id"]
    )
    matched: set[UUID] = set()
    for taken in snapshot.captures:
        known = match_capture([row for row in rows if row["id"] not in matched], taken, asked_for)
        if known is not None:
            matched.add(known["id"])
        if known is None and taken.state is not SettlementState.FAILED:
            await _record_taken(authorization, taken)
        elif known is not None and taken.state is SettlementState.SUCCEEDED:
            await capture_settled(known["id"], provider_ref=taken.provider_ref, fee=taken.fee)
        elif known is not None and taken.state is SettlementState.FAILED:
            await capture_failed(known["id"], "capture_declined")


def match_capture(rows: Sequence[db.Row], taken: CaptureSnapshot, asked_for: UUID | None = None) -> db.Row | None:
    """Which of ours the provider's capture is: by our id; by its reference, which parts of one may share; by amount."""
    same = [row for row in rows if row["amount_minor"] == taken.amount.amount_minor]
    ours = [row for row in rows if row["id"] == taken.capture_id]
    named = [row for row in same if row["provider_ref"] == taken.provider_ref]
    nameless = [row for row in same if row["provider_ref"] is None]
    asked = [row for row in nameless if row["id"] == asked_for]
    waiting = [row for row in nameless if row["status"] == "pending"]
    return next(iter([*ours, *named, *asked, *waiting]), None)


async def capture_settled(capture_id: UUID, *, provider_ref: str | None, fee: Money | None) -> None:
    """pending (or wrongly failed) → succeeded, once; runs under the payment's lock. A fee may become known later."""
    before = await db.fetchrow("select * from capture where id = $1", capture_id)
    assert before is not None
    if before["status"] == "succeeded":
        await _late_fee(before, fee)
        return
    if before["status"] == "failed" and not await _revive(before):
        return
    row = await db.fetchrow(
        "update capture set status = 'succeeded', provider_ref = coalesce(provider_ref, $2), settled_at = $3,"
        " fee_minor = $4 where id = $1 returning *",
        capture_id,
        provider_ref,
        clock.now(),
        fee.amount_minor if fee else None,
    )
    assert row is not None
    await _captured(row, fee)


async def _late_fee(capture: db.Row, fee: Money | None) -> None:
    if fee and capture["fee_minor"] is None:
        await db.execute("update capture set fee_minor = $2 where id = $1", capture["id"], fee.amount_minor)
        await book_fee(capture, fee)


async def _revive(capture: db.Row) -> bool:
    """We took it for failed, but it happened: its shipping counts again, unless another capture took its place."""
    again = await db.fetchval(
        "select exists (select from capture where charge_id = $1 and id <> $2 and status <> 'failed')",
        capture["charge_id"],
        capture["id"],
    )
    if again:
        await audit.open_exception(
            "captured_twice", str(capture["id"]), order_id=capture["order_id"], amount_minor=capture["amount_minor"]
        )
        return False
    await _count_shipping(capture, 1)
    return True


async def _count_shipping(capture: db.Row, sign: int) -> None:
    await db.execute(
        "update payment set shipping_captured_minor = shipping_captured_minor + $2 where id = $1",
        capture["payment_id"],
        sign * capture["shipping_minor"],
    )


async def _captured(row: db.Row, fee: Money | None) -> None:
    await db.execute(
        "update payment set captured_minor = captured_minor + $2 where id = $1", row["payment_id"], row["amount_minor"]
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
    charge = await db.fetchrow("select status, authorization_id from charge where id = $1", row["charge_id"])
    assert charge is not None
    if charge["status"] == "released":
        await _give_back(row)
        return
    await db.execute(
        "update charge set status = 'captured', hold_reason = null, updated_at = $2 where id = $1",
        row["charge_id"],
        clock.now(),
    )
    await finish_links([row["charge_id"]], used=False)
    if charge["authorization_id"] not in {None, row["authorization_id"]}:
        await void_if_unused(charge["authorization_id"])
    await outbox.stage(
        "capture.succeeded",
        order_id=row["order_id"],
        payment_id=row["payment_id"],
        charge_id=row["charge_id"],
        capture_id=row["id"],
    )


async def _give_back(row: db.Row) -> None:
    """The payer paid at the moment when the charge was given up: the money goes back at once (REF-11)."""
    await refund_captures(
        row["payment_id"],
        Money(row["amount_minor"], row["currency"]),
        subject_id=None,
        reason="released",
        charge_ids=[row["charge_id"]],
    )
    await audit.open_exception(
        "captured_after_release", str(row["id"]), order_id=row["order_id"], amount_minor=row["amount_minor"]
    )


async def _record_taken(authorization: db.Row, taken: CaptureSnapshot) -> None:
    """Money taken with the authorization itself (wallets, PayPal: PAY-2), or by someone in the provider's dashboard."""
    charge = await db.fetchrow(
        "select * from charge c where id = any($1) and status in ('planned', 'secured', 'released')"
        " and amount_minor = $2"
        " and not exists (select from capture k where k.charge_id = c.id and k.status <> 'failed')"
        " order by status = 'released', created_at, id limit 1 for update",
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
    capture = await db.fetchrow(
        "insert into capture (id, payment_id, order_id, charge_id, authorization_id, provider, status, currency,"
        " amount_minor, shipping_minor, provider_ref, created_at)"
        " values ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10, $11) returning *",
        new_id(),
        authorization["payment_id"],
        authorization["order_id"],
        charge["id"],
        authorization["id"],
        authorization["provider"],
        charge["currency"],
        charge["amount_minor"],
        charge["shipping_minor"] if charge["status"] != "released" else 0,
        taken.provider_ref,
        clock.now(),
    )
    assert capture is not None
    await _count_shipping(capture, 1)
    await db.execute(
        "update charge set status = 'capturing', authorization_id = $2, updated_at = $3"
        " where id = $1 and status <> 'released'",
        charge["id"],
        authorization["id"],
        clock.now(),
    )
    if charge["authorization_id"] not in {None, authorization["id"]}:
        await void_if_unused(charge["authorization_id"])
    if taken.state is SettlementState.SUCCEEDED:
        await capture_settled(capture["id"], provider_ref=taken.provider_ref, fee=taken.fee)


async def capture_failed(capture_id: UUID, code: str) -> None:
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
    await _count_shipping(row, -1)
    if row["authorization_id"] is not None:
        await void_if_unused(row["authorization_id"])
    await outbox.stage(
        "capture.failed", order_id=row["order_id"], payment_id=row["payment_id"], charge_id=row["charge_id"], code=code
    )
