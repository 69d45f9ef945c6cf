"""Perform a planned operation: one call to the provider, outside any transaction, and its outcome in a new one."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db, outbox
from store.payments import operations
from store.payments.apply_snapshot import apply_in_unit_of_work
from store.payments.call_provider import Answer, call_provider, find_outcome
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    Declined,
    OutcomeUnknown,
    ProviderRefused,
    RefundSnapshot,
    SettlementState,
)
from store.payments.settle_authorization import not_authorized
from store.payments.settle_capture import capture_failed
from store.payments.settle_refund import refund_failed
from store.payments.tables import lock_payment


async def run_operation(operation_id: str) -> None:
    """The outbox's consumer: see the operation through to its outcome, whatever happened before (PAY-8)."""
    operation = await operations.load(UUID(operation_id))
    if operation["status"] == "planned":
        await perform(operation["id"])
    elif operation["status"] == "sent" and operation["lost"]:
        await operations.mark_unknown(operation["id"], "the process that sent it was lost")
    if operation["status"] == "unknown" or operation["lost"]:
        await resolve(operation["id"])
    status = (await operations.load(operation["id"]))["status"]
    if status in {"planned", "sent", "unknown"}:
        raise outbox.Later(operations.patience_seconds(operation))


async def perform(operation_id: UUID) -> str:
    """Send a planned operation once; returns its status afterwards. Doing nothing when another has claimed it."""
    operation = await operations.claim(operation_id)
    if operation is None:
        return str((await operations.load(operation_id))["status"])
    try:
        answer = await call_provider(operation)
    except Declined as declined:
        await _settle_refusal(operation, "declined", declined.code, declined.snapshot)
    except ProviderRefused as refused:
        await _settle_refusal(operation, "failed", refused.code, None)
    except OutcomeUnknown as unknown:
        await operations.mark_unknown(operation_id, str(unknown))
    else:
        await _settle_answer(operation, answer)
    return str((await operations.load(operation_id))["status"])


async def resolve(operation_id: UUID) -> str:
    """Ask the provider what became of an operation of unknown outcome; never guess (PAY-8)."""
    operation = await operations.load(operation_id)
    if operation["status"] != "unknown":
        return str(operation["status"])
    try:
        answer = await find_outcome(operation)
    except (OutcomeUnknown, ProviderRefused, Declined):
        return "unknown"
    if answer is not None:
        await _settle_answer(operation, answer)
        return str((await operations.load(operation_id))["status"])
    await operations.plan_again(operation)
    return await perform(operation_id)


async def _settle_answer(operation: db.Row, answer: Answer) -> None:
    """The provider answered: keep the outcome and everything that follows from the snapshot, in one transaction."""
    status, error = _outcome(operation["kind"], answer)
    async with db.unit_of_work():
        await lock_payment(operation["payment_id"])
        await operations.settle(operation["id"], status, provider_ref=answer.provider_ref, error=error)
        await apply_in_unit_of_work(answer, operation)


def _outcome(kind: str, answer: Answer) -> tuple[str, str | None]:
    if isinstance(answer, RefundSnapshot):
        failed = answer.state is SettlementState.FAILED
        return ("failed", answer.failure_code) if failed else ("succeeded", None)
    if answer.state is AuthorizationState.DECLINED:
        return "declined", answer.decline_code
    if kind == "complete" and answer.state in {AuthorizationState.REQUIRES_ACTION, AuthorizationState.APPROVED}:
        return "failed", "not_approved"
    return "succeeded", None


async def _settle_refusal(operation: db.Row, status: str, code: str, snapshot: AuthorizationSnapshot | None) -> None:
    async with db.unit_of_work():
        payment = await lock_payment(operation["payment_id"])
        await operations.settle(operation["id"], status, error=code)
        if snapshot is not None:
            await apply_in_unit_of_work(snapshot, operation)
        match operation["kind"]:
            case "authorize" | "setup":
                await not_authorized(payment, operation["subject_id"], status, code)
            case "complete" if status == "declined":
                await not_authorized(payment, operation["subject_id"], status, code)
            case "capture":
                await capture_failed(operation["subject_id"], code)
            case "refund":
                await refund_failed(payment, operation["subject_id"], code)
