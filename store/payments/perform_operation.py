"""Perform a planned operation: one call to the provider, outside any transaction, and its outcome in a new one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.kernel import db, outbox
from store.kernel.money import Money
from store.payments import operations
from store.payments.apply_snapshot import apply_in_unit_of_work
from store.payments.authorize_charges import payer_from_json
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    AuthorizeRequest,
    CaptureRequest,
    Declined,
    OutcomeUnknown,
    ProviderRefused,
    RefundRequest,
    RefundSnapshot,
    SettlementState,
    SetupRequest,
    get_provider,
)
from store.payments.settle_authorization import not_authorized
from store.payments.settle_capture import capture_failed
from store.payments.settle_refund import refund_failed
from store.payments.tables import lock_payment

Answer = AuthorizationSnapshot | RefundSnapshot


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
        raise outbox.Later(2)


async def perform(operation_id: UUID) -> str:
    """Send a planned operation once; returns its status afterwards. Doing nothing when another has claimed it."""
    operation = await operations.claim(operation_id)
    if operation is None:
        return str((await operations.load(operation_id))["status"])
    try:
        answer = await _call(operation)
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
        answer = await _find(operation)
    except (OutcomeUnknown, ProviderRefused, Declined):
        return "unknown"
    if answer is not None:
        await _settle_answer(operation, answer)
        return str((await operations.load(operation_id))["status"])
    await operations.plan_again(operation_id)
    return await perform(operation_id)


async def _call(operation: db.Row) -> Answer:
    match operation["kind"]:
        case "authorize":
            return await _authorize(operation)
        case "setup":
            return await _set_up(operation)
        case "capture":
            return await _capture(operation)
        case "void":
            authorization = await _authorization(operation["subject_id"])
            provider = get_provider(operation["provider"])
            return await provider.void(authorization["provider_ref"], operation["idempotency_key"])
        case "refund":
            return await _refund(operation)
        case kind:
            raise ProviderRefused("unknown_operation", kind)


async def _authorize(operation: db.Row) -> AuthorizationSnapshot:
    request = operation["request"]
    payment = await db.fetchrow("select * from payment where id = $1", operation["payment_id"])
    assert payment is not None
    return await get_provider(operation["provider"]).authorize(
        AuthorizeRequest(
            idempotency_key=operation["idempotency_key"],
            payment_id=payment["id"],
            authorization_id=operation["subject_id"],
            order_id=payment["order_id"],
            order_number=payment["order_number"],
            amount=Money(request["amount_minor"], request["currency"]),
            capture=request["capture"],
            payer=payer_from_json(request["payer"]),
            return_url=request["return_url"],
            cancel_url=request["cancel_url"],
            token=request["token"],
            provider_customer=payment["provider_customer"],
            provider_method=payment["provider_method"] if request["off_session"] else None,
            off_session=request["off_session"],
            save=request["save"],
            multicapture=request["multicapture"],
        )
    )


async def _set_up(operation: db.Row) -> AuthorizationSnapshot:
    request = operation["request"]
    payment = await db.fetchrow("select * from payment where id = $1", operation["payment_id"])
    assert payment is not None
    return await get_provider(operation["provider"]).set_up(
        SetupRequest(
            idempotency_key=operation["idempotency_key"],
            payment_id=payment["id"],
            authorization_id=operation["subject_id"],
            order_id=payment["order_id"],
            order_number=payment["order_number"],
            payer=payer_from_json(request["payer"]),
            token=request["token"],
            return_url=request["return_url"],
            provider_customer=payment["provider_customer"],
        )
    )


async def _capture(operation: db.Row) -> AuthorizationSnapshot:
    capture = await db.fetchrow(
        "select c.*, p.order_number, a.provider_ref as authorization_ref from capture c"
        " join payment p on p.id = c.payment_id join payment_authorization a on a.id = c.authorization_id"
        " where c.id = $1",
        operation["subject_id"],
    )
    assert capture is not None
    return await get_provider(operation["provider"]).capture(
        CaptureRequest(
            idempotency_key=operation["idempotency_key"],
            capture_id=capture["id"],
            order_number=capture["order_number"],
            authorization_ref=capture["authorization_ref"],
            amount=Money(capture["amount_minor"], capture["currency"]),
            final=operation["request"]["final"],
        )
    )


async def _refund(operation: db.Row) -> RefundSnapshot:
    refund = await _refund_row(operation["subject_id"])
    return await get_provider(operation["provider"]).refund(
        RefundRequest(
            idempotency_key=operation["idempotency_key"],
            refund_id=refund["id"],
            order_number=refund["order_number"],
            authorization_ref=refund["authorization_ref"],
            capture_ref=refund["capture_ref"],
            amount=Money(refund["amount_minor"], refund["currency"]),
            reason=refund["reason"],
        )
    )


async def _find(operation: db.Row) -> Answer | None:
    """The provider's truth about the operation's subject; None when it knows nothing of it."""
    provider = get_provider(operation["provider"])
    if operation["kind"] == "refund":
        refund = await _refund_row(operation["subject_id"])
        return await provider.find_refund(
            refund["id"], capture_ref=refund["capture_ref"], authorization_ref=refund["authorization_ref"]
        )
    if operation["kind"] in {"authorize", "setup"}:
        authorization = await _authorization(operation["subject_id"])
        if authorization["provider_ref"]:
            return await provider.fetch_authorization(authorization["provider_ref"])
        return await provider.find_authorization(
            authorization["id"],
            since=authorization["created_at"] - timedelta(minutes=10),
            provider_customer=authorization["provider_customer"],
        )
    if operation["kind"] == "void":
        authorization = await _authorization(operation["subject_id"])
        snapshot = await provider.fetch_authorization(authorization["provider_ref"])
        return snapshot if snapshot.state in {AuthorizationState.VOIDED, AuthorizationState.EXPIRED} else None
    capture = await db.fetchrow("select * from capture where id = $1", operation["subject_id"])
    assert capture is not None
    authorization = await _authorization(capture["authorization_id"])
    snapshot = await provider.fetch_authorization(authorization["provider_ref"])
    happened = snapshot.captured.amount_minor >= authorization["captured_minor"] + capture["amount_minor"]
    return snapshot if happened else None


async def _authorization(authorization_id: UUID) -> db.Row:
    row = await db.fetchrow(
        "select a.*, p.provider_customer from payment_authorization a join payment p on p.id = a.payment_id"
        " where a.id = $1",
        authorization_id,
    )
    assert row is not None
    return row


async def _refund_row(refund_id: UUID) -> db.Row:
    row = await db.fetchrow(
        "select r.*, p.order_number, c.provider_ref as capture_ref, a.provider_ref as authorization_ref"
        " from payment_refund r join payment p on p.id = r.payment_id join capture c on c.id = r.capture_id"
        " left join payment_authorization a on a.id = c.authorization_id where r.id = $1",
        refund_id,
    )
    assert row is not None
    return row


async def _settle_answer(operation: db.Row, answer: Answer) -> None:
    """The provider answered: keep the outcome and everything that follows from the snapshot, in one transaction."""
    status = "succeeded"
    if isinstance(answer, AuthorizationSnapshot) and answer.state is AuthorizationState.DECLINED:
        status = "declined"
    if isinstance(answer, RefundSnapshot) and answer.state is SettlementState.FAILED:
        status = "failed"
    async with db.unit_of_work():
        await lock_payment(operation["payment_id"])
        await operations.settle(operation["id"], status, provider_ref=answer.provider_ref)
        await apply_in_unit_of_work(answer, operation)


async def _settle_refusal(operation: db.Row, status: str, code: str, snapshot: AuthorizationSnapshot | None) -> None:
    async with db.unit_of_work():
        payment = await lock_payment(operation["payment_id"])
        await operations.settle(operation["id"], status, error=code)
        if snapshot is not None:
            await apply_in_unit_of_work(snapshot, operation)
        match operation["kind"]:
            case "authorize" | "setup":
                await not_authorized(payment, operation["subject_id"], status, code)
            case "capture":
                await capture_failed(payment, operation["subject_id"], code)
            case "refund":
                await refund_failed(payment, operation["subject_id"], code)
