"""One way in for the provider's truth: answers, webhooks and the reconciler all end here.

Every function is idempotent and runs under the payment's lock, so that duplicates, reordering and delays change
nothing (PAY-9): a status only moves along its transition table, and sums move with the row that changes status.
"""

from __future__ import annotations

from uuid import UUID

from store.kernel import db
from store.payments.disputes import apply_dispute
from store.payments.port import AuthorizationSnapshot, RefundSnapshot, Snapshot
from store.payments.settle_authorization import apply_authorization, find_authorization
from store.payments.settle_refund import apply_refund
from store.payments.tables import find_capture, lock_payment


async def apply_snapshot(snapshot: Snapshot) -> UUID | None:
    """Apply what a webhook or the reconciler brought; returns the payment's id, None when it isn't ours."""
    payment_id = await _payment_of(snapshot)
    if payment_id is None:
        return None
    async with db.unit_of_work():
        await lock_payment(payment_id)
        await apply_in_unit_of_work(snapshot, None)
    return payment_id


async def apply_in_unit_of_work(snapshot: Snapshot, operation: db.Row | None) -> None:
    """The same inside a unit of work that holds the payment's lock; `operation` is the call that was answered."""
    if isinstance(snapshot, AuthorizationSnapshot):
        await apply_authorization(snapshot, operation)
    elif isinstance(snapshot, RefundSnapshot):
        await apply_refund(snapshot)
    else:
        await apply_dispute(snapshot)


async def _payment_of(snapshot: Snapshot) -> UUID | None:
    if isinstance(snapshot, AuthorizationSnapshot):
        row = await find_authorization(snapshot)
        return row["payment_id"] if row else None
    row = await find_capture(snapshot.provider, snapshot.capture_ref, snapshot.authorization_ref)
    return row["payment_id"] if row else None
