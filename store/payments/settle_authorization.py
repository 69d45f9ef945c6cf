"""What follows when a provider tells the state of an authorization: its charges, its captures, the facts for others."""

from __future__ import annotations

from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.payments.finish_links import finish_links
from store.payments.port import AuthorizationSnapshot, AuthorizationState, Instrument
from store.payments.settle_capture import apply_captures
from store.payments.statuses import AUTHORIZATION, AuthorizationStatus
from store.payments.void_authorization import void_if_unused, void_unused_of_charges

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
_GOOD = {AuthorizationStatus.AUTHORIZED, AuthorizationStatus.CAPTURED}


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
    if row["provider_ref"] not in {None, snapshot.provider_ref}:
        await audit.open_exception("authorized_twice", snapshot.provider_ref, order_id=row["order_id"])
        return
    before = AuthorizationStatus(row["status"])
    after = _STATUS_OF[snapshot.state]
    moves = before is not after and AUTHORIZATION.allows(before, after)
    status = after if moves else before
    acting = status is AuthorizationStatus.REQUIRES_ACTION
    await db.execute(
        "update payment_authorization set status = $2, provider_ref = coalesce(provider_ref, $3),"
        " provider_charge = coalesce($4, provider_charge), next_action = $5,"
        " decline_code = case when $6 then coalesce($7, decline_code) end,"
        " expires_at = coalesce($8, expires_at), multicapture = multicapture or $9, updated_at = $10 where id = $1",
        row["id"],
        status,
        snapshot.provider_ref,
        snapshot.provider_charge,
        dict(snapshot.next_action) if snapshot.next_action and acting else None,
        status not in _GOOD,
        snapshot.decline_code,
        snapshot.expires_at,
        snapshot.multicapture,
        clock.now(),
    )
    if moves:
        await _keep_instrument(row["payment_id"], snapshot, after)
        await _authorization_moved(row, after, snapshot)
    await apply_captures(row, snapshot, operation)


async def _keep_instrument(payment_id: UUID, snapshot: AuthorizationSnapshot, after: AuthorizationStatus) -> None:
    """A method is kept for later only when it worked and was saved for a customer; a card that failed replaces none."""
    instrument = snapshot.instrument
    worked = after in _GOOD
    await db.execute(
        "update payment set provider_customer = coalesce($2, provider_customer),"
        " provider_method = coalesce($3, provider_method), brand = coalesce($4, brand), last4 = coalesce($5, last4)"
        " where id = $1",
        payment_id,
        snapshot.provider_customer,
        snapshot.provider_method if worked and snapshot.provider_customer else None,
        instrument.brand or None if instrument and worked else None,
        instrument.last4 or None if instrument and worked else None,
    )
    if instrument and worked:
        await _check_wallet(payment_id, instrument)


async def _check_wallet(payment_id: UUID, instrument: Instrument) -> None:
    """The method was read before it was used, and decided the timing (PAY-2); the charge itself must agree."""
    payment = await db.fetchrow("select order_id, method from payment where id = $1", payment_id)
    assert payment is not None
    if instrument.method != payment["method"]:
        await audit.open_exception(
            "method_differs",
            str(payment_id),
            order_id=payment["order_id"],
            agreed=payment["method"],
            charged=instrument.method,
        )


async def _authorization_moved(row: db.Row, after: AuthorizationStatus, snapshot: AuthorizationSnapshot) -> None:
    facts = {"payment_id": row["payment_id"], "order_id": row["order_id"], "authorization_id": row["id"]}
    match after:
        case AuthorizationStatus.AUTHORIZED:
            await _secure_charges(row)
            await outbox.stage("payment.authorized", **facts)
        case AuthorizationStatus.REQUIRES_ACTION:
            await void_if_unused(row["id"])
            await outbox.stage("payment.action_required", **facts)
        case AuthorizationStatus.DECLINED | AuthorizationStatus.VOIDED | AuthorizationStatus.EXPIRED:
            await _unsecure_charges(row, str(after))
            await outbox.stage("payment.not_authorized", **facts, code=snapshot.decline_code or str(after))
        case _:
            pass


async def _secure_charges(authorization: db.Row) -> None:
    """The charges that it was made for are secured by it now; what secured them before is let go.

    So is the authorization itself when its charges were given up, or taken otherwise, meanwhile.
    """
    await db.execute(
        "update charge set status = 'secured', authorization_id = $2, hold_reason = null, updated_at = $3"
        " where id = any($1) and status in ('planned', 'secured')",
        authorization["charge_ids"],
        authorization["id"],
        clock.now(),
    )
    await finish_links(authorization["charge_ids"], used=authorization["on_session"])
    await void_unused_of_charges(authorization["charge_ids"])


async def _unsecure_charges(authorization: db.Row, reason: str) -> None:
    rows = await db.fetch(
        "update charge set status = 'planned', authorization_id = null, hold_reason = $2, updated_at = $3"
        " where authorization_id = $1 and status = 'secured' returning id",
        authorization["id"],
        reason,
        clock.now(),
    )
    for row in rows:
        await outbox.stage(
            "charge.unsecured",
            order_id=authorization["order_id"],
            payment_id=authorization["payment_id"],
            charge_id=row["id"],
            code=reason,
        )


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
