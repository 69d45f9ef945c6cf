"""What follows when a provider tells the state of an authorization: its charges, its captures, the facts for others."""

from __future__ import annotations

from uuid import UUID

from store.kernel import clock, db, outbox
from store.payments.operations import plan_operation
from store.payments.port import AuthorizationSnapshot, AuthorizationState, SettlementState
from store.payments.settle_capture import capture_settled, record_taken_at_once
from store.payments.statuses import AUTHORIZATION, AuthorizationStatus

_STATUS_OF = {
    AuthorizationState.REQUIRES_ACTION: AuthorizationStatus.REQUIRES_ACTION,
    AuthorizationState.APPROVED: AuthorizationStatus.REQUIRES_ACTION,  # money isn't taken before we complete it
    AuthorizationState.PROCESSING: AuthorizationStatus.PENDING,
    AuthorizationState.AUTHORIZED: AuthorizationStatus.AUTHORIZED,
    AuthorizationState.CAPTURED: AuthorizationStatus.CAPTURED,
    AuthorizationState.DECLINED: AuthorizationStatus.DECLINED,
    AuthorizationState.VOIDED: AuthorizationStatus.VOIDED,
    AuthorizationState.EXPIRED: AuthorizationStatus.EXPIRED,
}


async def find_authorization(snapshot: AuthorizationSnapshot) -> db.Row | None:
    return await db.fetchrow(
        "select * from payment_authorization where id = $1 or (provider = $2 and provider_ref = $3)",
        snapshot.authorization_id,
        snapshot.provider,
        snapshot.provider_ref,
    )


async def apply_authorization(snapshot: AuthorizationSnapshot, operation: db.Row | None) -> None:
    row = await find_authorization(snapshot)
    if row is None:
        return
    before = AuthorizationStatus(row["status"])
    after = _STATUS_OF[snapshot.state]
    moves = before is not after and AUTHORIZATION.allows(before, after)
    await db.execute(
        "update payment_authorization set status = $2, provider_ref = coalesce(provider_ref, $3),"
        " provider_charge = coalesce($4, provider_charge), next_action = $5, decline_code = $6,"
        " expires_at = coalesce($7, expires_at), multicapture = multicapture or $8, updated_at = $9 where id = $1",
        row["id"],
        after if moves else before,
        snapshot.provider_ref,
        snapshot.provider_charge,
        dict(snapshot.next_action) if snapshot.next_action and after is AuthorizationStatus.REQUIRES_ACTION else None,
        snapshot.decline_code,
        snapshot.expires_at,
        snapshot.multicapture,
        clock.now(),
    )
    await _keep_instrument(row["payment_id"], snapshot)
    if moves:
        await _authorization_moved(row, after, snapshot)
    await _apply_captures(row, snapshot, operation)


async def _keep_instrument(payment_id: UUID, snapshot: AuthorizationSnapshot) -> None:
    instrument = snapshot.instrument
    if not (instrument or snapshot.provider_customer or snapshot.provider_method):
        return
    await db.execute(
        "update payment set provider_customer = coalesce($2, provider_customer),"
        " provider_method = coalesce($3, provider_method), brand = coalesce(nullif($4, ''), brand),"
        " last4 = coalesce(nullif($5, ''), last4) where id = $1",
        payment_id,
        snapshot.provider_customer,
        snapshot.provider_method,
        instrument.brand if instrument else None,
        instrument.last4 if instrument else None,
    )


async def _authorization_moved(row: db.Row, after: AuthorizationStatus, snapshot: AuthorizationSnapshot) -> None:
    facts = {"payment_id": row["payment_id"], "order_id": row["order_id"], "authorization_id": row["id"]}
    match after:
        case AuthorizationStatus.AUTHORIZED:
            await _secure_charges(row)
            await outbox.stage("payment.authorized", **facts)
        case AuthorizationStatus.REQUIRES_ACTION:
            await outbox.stage("payment.action_required", **facts)
        case AuthorizationStatus.DECLINED | AuthorizationStatus.VOIDED | AuthorizationStatus.EXPIRED:
            await _unsecure_charges(row, str(after))
            await outbox.stage("payment.not_authorized", **facts, code=snapshot.decline_code or str(after))
        case _:
            pass


async def _secure_charges(authorization: db.Row) -> None:
    """The charges that it was made for are secured by it now; what secured them before is let go."""
    replaced = await db.fetch(
        "select distinct a.id, a.payment_id, a.order_id, a.provider from charge c"
        " join payment_authorization a on a.id = c.authorization_id"
        " where c.id = any($1) and c.status in ('planned', 'secured') and a.id <> $2 and a.status = 'authorized'"
        " and a.captured_minor = 0",
        authorization["charge_ids"],
        authorization["id"],
    )
    await db.execute(
        "update charge set status = 'secured', authorization_id = $2, hold_reason = null, updated_at = $3"
        " where id = any($1) and status in ('planned', 'secured')",
        authorization["charge_ids"],
        authorization["id"],
        clock.now(),
    )
    for old in replaced:
        await void_if_unused(old["id"])


async def void_if_unused(authorization_id: UUID) -> None:
    """Plan the void of an authorization that no charge needs any more (REF-11)."""
    row = await db.fetchrow(
        "select a.* from payment_authorization a where a.id = $1 and a.provider_ref is not null"
        " and a.status in ('authorized', 'requires_action')"
        " and not exists (select from charge c where c.authorization_id = a.id"
        "   and c.status in ('planned', 'secured', 'capturing'))"
        " and not exists (select from provider_operation o where o.subject_id = a.id and o.kind = 'void'"
        "   and o.status not in ('failed', 'declined'))",
        authorization_id,
    )
    if row is not None:
        await plan_operation(
            payment_id=row["payment_id"],
            order_id=row["order_id"],
            provider=row["provider"],
            kind="void",
            subject_id=row["id"],
        )


async def _unsecure_charges(authorization: db.Row, reason: str) -> None:
    await db.execute(
        "update charge set status = 'planned', authorization_id = null, hold_reason = $2, updated_at = $3"
        " where authorization_id = $1 and status = 'secured'",
        authorization["id"],
        reason,
        clock.now(),
    )


async def _apply_captures(authorization: db.Row, snapshot: AuthorizationSnapshot, operation: db.Row | None) -> None:
    """Bring our captures to what the provider says has been taken under this authorization."""
    if operation is not None and operation["kind"] == "capture" and snapshot.captured:
        taken = snapshot.captures[-1] if snapshot.captures else None
        await capture_settled(
            operation["subject_id"],
            provider_ref=taken.provider_ref if taken else snapshot.provider_charge,
            fee=taken.fee if taken else None,
        )
        return
    for taken in snapshot.captures:
        if taken.state is SettlementState.FAILED:
            continue
        known = await db.fetchrow(
            "select * from capture where authorization_id = $1"
            " and (provider_ref = $2 or id = $3 or (provider_ref is null and amount_minor = $4))"
            " order by (provider_ref = $2) desc nulls last, id = $3 desc nulls last, created_at limit 1",
            authorization["id"],
            taken.provider_ref,
            taken.capture_id,
            taken.amount.amount_minor,
        )
        if known is None:
            await record_taken_at_once(authorization, taken)
        elif taken.state is SettlementState.SUCCEEDED:
            await capture_settled(known["id"], provider_ref=taken.provider_ref, fee=taken.fee)


async def not_authorized(payment: db.Row, authorization_id: UUID, status: str, code: str) -> None:
    """The call was declined or refused: the authorization is over, its charges stay unsecured."""
    touched = await db.fetchval(
        "update payment_authorization set status = $2, decline_code = $3, updated_at = $4"
        " where id = $1 and status in ('pending', 'requires_action') returning true",
        authorization_id,
        status,
        code,
        clock.now(),
    )
    if touched:
        await outbox.stage(
            "payment.not_authorized",
            payment_id=payment["id"],
            order_id=payment["order_id"],
            authorization_id=authorization_id,
            code=code,
        )
