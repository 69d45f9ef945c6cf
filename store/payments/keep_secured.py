"""Housekeeping of money that is held or asked for: jobs that run again and again, each bounded and safe to run twice.

A job goes through a limited number of rows, oldest first, off an index; what a provider can't answer now is left for
the next run. Time comes from the store's clock.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from store.kernel import clock, db, outbox
from store.payments.operations import SENT_PATIENCE_SECONDS
from store.payments.perform_operation import perform, resolve, run_operation
from store.payments.port import AuthorizationState, OutcomeUnknown, ProviderRefused
from store.payments.secure_charge import NotSecured, secure_charge
from store.payments.tables import lock_payment
from store.payments.take_webhook import refresh_authorization
from store.payments.void_authorization import plan_void

logger = logging.getLogger(__name__)

RESCUE_WITHIN = timedelta(hours=24)
OUTBOX_PATIENCE = timedelta(minutes=15)  # a planned operation older than this has lost its outbox row


async def expire_actions(minutes: int, *, order_ids: Sequence[UUID] | None = None, limit: int = 100) -> int:
    """Let go what the payer did not finish in time (PAY-7), of these orders or all; returns how many were looked at.

    The truth comes first, and a void that the provider refuses is followed by the truth again: a payer who approved
    at the last second wins.
    """
    rows = await db.fetch(
        "select * from payment_authorization a where a.status in ('pending', 'requires_action', 'declined')"
        " and a.on_session and a.created_at < $1 and (a.provider_ref is not null or a.status = 'pending')"
        " and not exists (select from capture c where c.authorization_id = a.id and c.status <> 'failed')"
        " and ($3::uuid[] is null or a.order_id = any($3)) order by a.created_at limit $2",
        clock.now() - timedelta(minutes=minutes),
        limit,
        order_ids,
    )
    return await _each(rows, _expire_action)


async def _expire_action(authorization: db.Row) -> None:
    snapshot = await refresh_authorization(authorization)
    if snapshot is None or snapshot.state not in {AuthorizationState.REQUIRES_ACTION, AuthorizationState.DECLINED}:
        return
    async with db.unit_of_work():
        await lock_payment(authorization["payment_id"])
        now = await db.fetchrow("select * from payment_authorization where id = $1", authorization["id"])
        assert now is not None
        if now["status"] not in {"pending", "requires_action", "declined"}:
            return
        operation_id = await plan_void(now, inline=True)
    if operation_id is None:
        return
    status = await perform(operation_id)
    if status == "unknown":
        status = await resolve(operation_id)
    if status == "failed":
        await refresh_authorization(authorization)


async def rescue_expiring(*, within: timedelta = RESCUE_WITHIN, limit: int = 100) -> int:
    """Authorise again, off-session, what expires soon and was not taken (PAY-6); returns how many charges were tried.

    The old authorization is let go only when the new one stands; a decline leaves it and stages `charge.at_risk`.
    """
    now = clock.now()
    rows = await db.fetch(
        "select c.id, c.payment_id, c.order_id, a.expires_at from payment_authorization a"
        " join charge c on c.authorization_id = a.id and c.status = 'secured' and c.hold_reason is null"
        " where a.status = 'authorized' and a.expires_at > $1 and a.expires_at <= $2 order by a.expires_at limit $3",
        now,
        now + within,
        limit,
    )

    async def rescue(charge: db.Row) -> None:
        outcome = await secure_charge(charge["id"], until=now + within)
        if isinstance(outcome, NotSecured) and outcome.final:
            await _tell_at_risk(charge, outcome.code, charge["expires_at"])

    return await _each(rows, rescue)


async def _tell_at_risk(charge: db.Row, code: str, expires_at: datetime) -> None:
    """Once per charge: the reason stays on it until something secures it anew."""
    async with db.unit_of_work():
        await lock_payment(charge["payment_id"])
        touched = await db.execute(
            "update charge set hold_reason = $2, updated_at = $3"
            " where id = $1 and status = 'secured' and hold_reason is null",
            charge["id"],
            code,
            clock.now(),
        )
        if touched:
            await outbox.stage(
                "charge.at_risk",
                order_id=charge["order_id"],
                payment_id=charge["payment_id"],
                charge_id=charge["id"],
                code=code,
                expires_at=expires_at.isoformat(),
            )


async def expire_authorizations(*, limit: int = 100) -> int:
    """Ask about authorizations whose time is over; what the provider let go leaves its charges unsecured."""
    rows = await db.fetch(
        "select id, provider, provider_ref from payment_authorization where status = 'authorized' and expires_at < $1"
        " order by expires_at limit $2",
        clock.now(),
        limit,
    )

    async def refresh(authorization: db.Row) -> None:
        await refresh_authorization(authorization)

    return await _each(rows, refresh)


async def resolve_unknown(*, limit: int = 100) -> int:
    """See operations through that nobody is at any more (PAY-8): unknown, sent by a lost process, or forgotten."""
    rows = await db.fetch(
        "select id from provider_operation where status in ('planned', 'sent', 'unknown') and ("
        " status = 'unknown' or (status = 'planned' and created_at < $2)"
        " or (status = 'sent' and sent_at < clock_timestamp() - make_interval(secs => $1)))"
        " order by created_at limit $3",
        float(SENT_PATIENCE_SECONDS),
        clock.now() - OUTBOX_PATIENCE,
        limit,
    )

    async def see_through(operation: db.Row) -> None:
        try:
            await run_operation(str(operation["id"]))
        except outbox.Later:
            logger.info("operation %s is still open", operation["id"])

    return await _each(rows, see_through)


async def _each(rows: list[db.Row], job: Callable[[db.Row], Awaitable[None]]) -> int:
    """One after the other; a row that fails stops no other."""
    failed: list[UUID] = []
    for row in rows:
        try:
            await job(row)
        except (OutcomeUnknown, ProviderRefused) as error:
            logger.warning("%s is left for the next run: %s", row["id"], error)
        except Exception:
            failed.append(row["id"])
            logger.exception("%s could not be kept in order", row["id"])
    if failed and len(failed) == len(rows):
        msg = f"none of {len(rows)} rows could be kept in order"
        raise RuntimeError(msg)
    return len(rows)
