"""Refunds of captures: at most what was captured, at most 180 days later."""

from store.simulator.currencies import paypal_money
from store.simulator.movements import record_movement
from store.simulator.paypal_api.documents import (
    Answer,
    Call,
    Json,
    base_url,
    change,
    emit,
    find,
    link,
    public,
    read_money,
)
from store.simulator.paypal_api.errors import unprocessable
from store.simulator.timers import on_timer, set_timer
from store.simulator.world import World, new_paypal_id

KIND = "paypal.refunds"
CAPTURES = "paypal.captures"
LIMIT_SECONDS = 180 * 86_400
MINIMAL = ("id", "status", "links")


def create(call: Call) -> Answer:
    capture = find(call.world, CAPTURES, call.id)
    amount: int | None = None
    if call.body.get("amount") is not None:
        amount, currency = read_money(call.body["amount"], "/amount")
        if currency != capture["amount"]["currency_code"]:
            raise unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH")
    refund = refund_capture(call.world, capture, amount, facts=call.body)
    shown = shown_refund(call.world, refund)
    body = shown if call.wants_representation else {name: shown[name] for name in MINIMAL}
    return Answer(201, body, (KIND, refund["id"]))


def refund_capture(world: World, capture: Json, amount: int | None, *, facts: Json) -> Json:
    """Give money back to the payer; without an amount, all that is left."""
    left = capture["_amount_minor"] - capture["_refunded_minor"]
    amount = left if amount is None else amount
    _check(world, capture, amount, left)
    invoice_id = facts.get("invoice_id")
    if invoice_id and any(row["invoice_id"] == invoice_id and row["status"] != "FAILED" for row in world.all(KIND)):
        raise unprocessable("DUPLICATE_INVOICE_ID", "Invoice ID was previously used to refund a capture.")
    pending = bool(world.setting("paypal_refund_pending"))
    capture = world.edit(CAPTURES, capture["id"])
    capture["_refunded_minor"] += amount
    refund = _new_refund(world, capture, amount, pending=pending, facts=facts)
    whole = capture["_refunded_minor"] == capture["_amount_minor"]
    change(world, CAPTURES, capture, status="REFUNDED" if whole else "PARTIALLY_REFUNDED")
    if pending:
        set_timer(world, "paypal.settle_refund", refund["id"], world.now + world.setting("settle_after_seconds"))
        emit(world, "PAYMENT.REFUND.PENDING", "refund", shown_refund(world, refund), "A refund is pending")
    else:
        _complete(world, refund)
    return refund


def _new_refund(world: World, capture: Json, amount: int, *, pending: bool, facts: Json) -> Json:
    currency = capture["amount"]["currency_code"]
    return world.put(
        KIND,
        {
            "id": new_paypal_id(),
            "status": "PENDING" if pending else "COMPLETED",
            "status_details": {"reason": "ECHECK"} if pending else None,
            "amount": paypal_money(amount, currency),
            "invoice_id": facts.get("invoice_id"),
            "custom_id": facts.get("custom_id"),
            "note_to_payer": facts.get("note_to_payer"),
            "seller_payable_breakdown": {
                "gross_amount": paypal_money(amount, currency),
                "paypal_fee": paypal_money(0, currency),
                "net_amount": paypal_money(amount, currency),
                "total_refunded_amount": paypal_money(capture["_refunded_minor"], currency),
            },
            "create_time": world.iso(),
            "update_time": world.iso(),
            "_capture": capture["id"],
            "_amount_minor": amount,
        },
    )


def _check(world: World, capture: Json, amount: int, left: int) -> None:
    if capture["status"] == "PENDING":
        raise unprocessable("PENDING_CAPTURE")
    if capture["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}:
        raise unprocessable("REFUND_NOT_ALLOWED")
    if capture["_created"] + LIMIT_SECONDS < world.now:
        raise unprocessable("REFUND_TIME_LIMIT_EXCEEDED")
    if capture["_disputed"] == "lost":
        raise unprocessable("REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")
    if capture["_disputed"] == "open":
        raise unprocessable("TRANSACTION_DISPUTED")
    if left == 0:
        raise unprocessable("CAPTURE_FULLY_REFUNDED")
    if amount > left:
        raise unprocessable("REFUND_AMOUNT_EXCEEDED")


def _complete(world: World, refund: Json) -> None:
    change(world, KIND, refund, status="COMPLETED", status_details=None)
    _record(world, refund, "refund")
    emit(world, "PAYMENT.CAPTURE.REFUNDED", "refund", shown_refund(world, refund), "A capture payment was refunded")


def _record(world: World, refund: Json, kind: str) -> None:
    record_movement(
        world,
        "paypal",
        kind,
        ref=refund["id"],
        parent_ref=refund["_capture"],
        amount_minor=refund["_amount_minor"],
        currency=refund["amount"]["currency_code"],
        facts={
            "custom_id": refund["custom_id"],
            "invoice_id": refund["invoice_id"],
            "transaction": refund["id"] if kind == "refund" else new_paypal_id(),
        },
    )


@on_timer("paypal.settle_refund")
def settle(world: World, refund_id: str) -> None:
    refund = find(world, KIND, refund_id)
    if refund["status"] == "PENDING":
        _complete(world, refund)


def fail(world: World, refund_id: str) -> Json:
    """The refund didn't reach the payer: it counts no more."""
    refund = find(world, KIND, refund_id)
    if refund["status"] not in {"PENDING", "COMPLETED"}:
        raise unprocessable("REFUND_NOT_ALLOWED", f"The refund is {refund['status']}.")
    if refund["status"] == "COMPLETED":
        _record(world, refund, "refund_failed")
    change(world, KIND, refund, status="FAILED", status_details=None)
    capture = find(world, CAPTURES, refund["_capture"])
    left_refunded = capture["_refunded_minor"] - refund["_amount_minor"]
    status = "PARTIALLY_REFUNDED" if left_refunded else "COMPLETED"
    change(world, CAPTURES, capture, _refunded_minor=left_refunded, status=status)
    emit(world, "PAYMENT.REFUND.FAILED", "refund", shown_refund(world, refund), "A refund failed")
    return refund


def shown_refund(world: World, refund: Json) -> Json:
    base = base_url(world)
    links = [
        link(base, f"/v2/payments/refunds/{refund['id']}", "self"),
        link(base, f"/v2/payments/captures/{refund['_capture']}", "up"),
    ]
    return {**public(refund), "links": links}


def retrieve(call: Call) -> Answer:
    return Answer(200, shown_refund(call.world, find(call.world, KIND, call.id)))
