"""Apply what providers tell us and what the payer approved: by the truth fetched anew, never by the message (PAY-9).

A payer's approval arrives twice, by webhook and by the payer's return to the storefront, often at the same moment;
`complete_authorization` takes the money once (PAY-7).
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from store.kernel import clock, db, inbox, outbox
from store.payments.apply_snapshot import apply_snapshot
from store.payments.operations import plan_operation
from store.payments.perform_operation import perform, resolve
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    OutcomeUnknown,
    ProviderRefused,
    get_provider,
)
from store.payments.settle_authorization import find_authorization
from store.payments.tables import lock_payment

logger = logging.getLogger(__name__)

# A message may overtake the answer that makes its subject known to us; after this it is somebody else's.
STRANGER_PATIENCE = timedelta(hours=1)
STRANGER_RETRY_SECONDS = 300
RETURN_WINDOW = timedelta(days=1)


async def take_webhook(source: str, event_id: str) -> None:
    """The outbox's consumer of `<source>.webhook`; running it again changes nothing.

    Raises OutcomeUnknown or ProviderRefused when the truth can't be fetched now, so that the outbox tries again.
    """
    event = await inbox.load(source, event_id)
    if event is None:
        return
    strange = False
    for snapshot in await get_provider(source).read_webhook(event["kind"], event["payload"]):
        strange |= await apply_snapshot(snapshot) is None
        if isinstance(snapshot, AuthorizationSnapshot):
            await _complete_if_approved(snapshot)
    if strange and await _is_young(source, event_id):
        raise outbox.Later(STRANGER_RETRY_SECONDS)
    await inbox.mark_applied(source, event_id)


async def _is_young(source: str, event_id: str) -> bool:
    received_at = await db.fetchval(
        "select received_at from inbox where source = $1 and event_id = $2", source, event_id
    )
    return bool(clock.now() - received_at < STRANGER_PATIENCE)


async def confirm_payment(order_id: UUID) -> None:
    """The payer is back from 3-D Secure or PayPal's page: fetch the truth, and take what was approved.

    A provider out of reach changes nothing: the webhook, or housekeeping, brings the outcome.
    """
    rows = await db.fetch(
        "select a.id, a.provider, a.provider_ref from payment_authorization a"
        " where a.payment_id = (select id from payment where order_id = $1) and a.on_session"
        " and a.status in ('pending', 'requires_action', 'declined') and a.created_at > $2"
        " order by a.created_at desc limit 5",
        order_id,
        clock.now() - RETURN_WINDOW,
    )
    for row in rows:
        try:
            await refresh_authorization(row)
        except (OutcomeUnknown, ProviderRefused) as error:
            logger.warning("authorization %s could not be confirmed now: %s", row["id"], error)


async def refresh_authorization(authorization: db.Row) -> AuthorizationSnapshot | None:
    """Fetch and apply the truth about an authorization (id, provider, provider_ref), and take what was approved.

    None when its own call has not been answered yet; that is resolved first. Raises OutcomeUnknown, ProviderRefused.
    """
    if authorization["provider_ref"] is None:
        await _resolve_call(authorization["id"])
        return None
    snapshot = await get_provider(authorization["provider"]).fetch_authorization(authorization["provider_ref"])
    await apply_snapshot(snapshot)
    await _complete_if_approved(snapshot)
    return snapshot


async def _resolve_call(authorization_id: UUID) -> None:
    operation_id = await db.fetchval(
        "select id from provider_operation where subject_id = $1 and kind in ('authorize', 'setup')"
        " and status = 'unknown'",
        authorization_id,
    )
    if operation_id is not None:
        await resolve(operation_id)


async def _complete_if_approved(snapshot: AuthorizationSnapshot) -> None:
    if snapshot.state is not AuthorizationState.APPROVED:
        return
    authorization = await find_authorization(snapshot)
    if authorization is not None:
        await complete_authorization(authorization["id"])


async def complete_authorization(authorization_id: UUID) -> str:
    """Take what the payer has approved, once, whoever asks; returns the operation's status, or "not_needed".

    One operation per authorization lives at a time, and its key goes to the provider, so that doing it twice at once
    is doing it once. One that was declined may be followed by another: the payer chose another source of money.
    """
    operation_id = await _plan_completion(authorization_id)
    if operation_id is None:
        return "not_needed"
    status = await perform(operation_id)
    return await resolve(operation_id) if status == "unknown" else status


async def _plan_completion(authorization_id: UUID) -> UUID | None:
    async with db.unit_of_work():
        payment_id = await db.fetchval("select payment_id from payment_authorization where id = $1", authorization_id)
        await lock_payment(payment_id)
        authorization = await db.fetchrow("select * from payment_authorization where id = $1", authorization_id)
        assert authorization is not None
        running: UUID | None = await db.fetchval(
            "select id from provider_operation where subject_id = $1 and kind = 'complete'"
            " and status not in ('failed', 'declined')",
            authorization_id,
        )
        if running is not None:
            return running
        if authorization["status"] not in {"pending", "requires_action", "declined"}:
            return None
        if not await _wanted(authorization):
            return None
        return await plan_operation(
            payment_id=payment_id,
            order_id=authorization["order_id"],
            provider=authorization["provider"],
            kind="complete",
            subject_id=authorization_id,
            inline=True,
        )


async def _wanted(authorization: db.Row) -> bool:
    """Whether a charge still waits for this money: an order that was canceled meanwhile isn't paid."""
    return bool(
        await db.fetchval(
            "select exists (select from charge where id = any($1) and status in ('planned', 'secured'))",
            authorization["charge_ids"],
        )
    )
