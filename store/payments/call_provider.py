"""One call to the provider for an operation, or one question about what became of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.payments.authorize_charges import payer_from_json
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    AuthorizeRequest,
    CaptureRequest,
    ProviderRefused,
    RefundRequest,
    RefundSnapshot,
    SetupRequest,
    get_provider,
)

Answer = AuthorizationSnapshot | RefundSnapshot


async def call_provider(operation: db.Row) -> Answer:
    """One call, with our amount and our key. Raises Declined, ProviderRefused, OutcomeUnknown."""
    match operation["kind"]:
        case "authorize":
            return await _authorize(operation)
        case "setup":
            return await _set_up(operation)
        case "complete":
            return await _complete(operation)
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


async def find_outcome(operation: db.Row) -> Answer | None:
    """The provider's truth about the operation's subject; None when it knows nothing of it."""
    provider = get_provider(operation["provider"])
    match operation["kind"]:
        case "refund":
            refund = await _refund_row(operation["subject_id"])
            return await provider.find_refund(
                refund["id"], capture_ref=refund["capture_ref"], authorization_ref=refund["authorization_ref"]
            )
        case "capture":
            return await _find_capture(operation)
    authorization = await _authorization(operation["subject_id"])
    if not authorization["provider_ref"]:
        return await provider.find_authorization(
            authorization["id"],
            since=authorization["created_at"] - timedelta(minutes=10),
            provider_customer=authorization["provider_customer"],
        )
    snapshot = await provider.fetch_authorization(authorization["provider_ref"])
    if operation["kind"] == "void" and snapshot.state not in {AuthorizationState.VOIDED, AuthorizationState.EXPIRED}:
        return None
    if operation["kind"] == "complete" and snapshot.state is AuthorizationState.APPROVED:
        return None
    return snapshot


async def _find_capture(operation: db.Row) -> AuthorizationSnapshot | None:
    capture = await db.fetchrow("select * from capture where id = $1", operation["subject_id"])
    assert capture is not None
    authorization = await _authorization(capture["authorization_id"])
    snapshot = await get_provider(operation["provider"]).fetch_authorization(authorization["provider_ref"])
    if any(taken.capture_id for taken in snapshot.captures):
        happened = any(taken.capture_id == capture["id"] for taken in snapshot.captures)
    else:
        happened = snapshot.captured.amount_minor >= authorization["captured_minor"] + capture["amount_minor"]
    return snapshot if happened else None


async def _authorize(operation: db.Row) -> AuthorizationSnapshot:
    request = operation["request"]
    await _check_wanted(operation, "planned", "secured")
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


async def _complete(operation: db.Row) -> AuthorizationSnapshot:
    """Take what the payer approved, unless the order was given up meanwhile."""
    await _check_wanted(operation, "planned", "secured", "capturing")
    authorization = await _authorization(operation["subject_id"])
    provider = get_provider(operation["provider"])
    snapshot = await provider.fetch_authorization(authorization["provider_ref"])
    return await provider.complete(snapshot, operation["idempotency_key"])


async def _check_wanted(operation: db.Row, *statuses: str) -> None:
    """No money is asked for that no charge waits for any more: the order was given up meanwhile."""
    wanted = await db.fetchval(
        "select exists (select from payment_authorization a join charge c on c.id = any(a.charge_ids)"
        " where a.id = $1 and c.status = any($2))",
        operation["subject_id"],
        statuses,
    )
    if not wanted:
        raise ProviderRefused("not_wanted", "every charge was released")


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
    if refund["blocked"]:
        raise ProviderRefused("money_disputed", "the bank has taken it, or may take it")
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
        "select r.*, p.order_number, c.provider_ref as capture_ref, a.provider_ref as authorization_ref,"
        " c.refunded_minor + c.disputed_minor > c.amount_minor as blocked"
        " from payment_refund r join payment p on p.id = r.payment_id join capture c on c.id = r.capture_id"
        " left join payment_authorization a on a.id = c.authorization_id where r.id = $1",
        refund_id,
    )
    assert row is not None
    return row
