"""PayPal's objects in the port's words. An authorization is an order, `provider_ref` is the order's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel.money import Money
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    CaptureSnapshot,
    DisputeSnapshot,
    DisputeState,
    Instrument,
    RefundSnapshot,
    SettlementState,
)
from store.providers.paypal_amounts import from_paypal

Json = Mapping[str, Any]
PROVIDER = "paypal"
TAKEN = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}
_CAPTURE_STATES = {
    **dict.fromkeys(TAKEN, SettlementState.SUCCEEDED),
    "PENDING": SettlementState.PENDING,
    "DECLINED": SettlementState.FAILED,
    "FAILED": SettlementState.FAILED,
}
_REFUND_STATES = {
    "COMPLETED": SettlementState.SUCCEEDED,
    "PENDING": SettlementState.PENDING,
    "FAILED": SettlementState.FAILED,
    "CANCELLED": SettlementState.FAILED,
}
_ORDER_STATES = {
    "CREATED": AuthorizationState.REQUIRES_ACTION,
    "SAVED": AuthorizationState.REQUIRES_ACTION,
    "PAYER_ACTION_REQUIRED": AuthorizationState.REQUIRES_ACTION,
    "APPROVED": AuthorizationState.APPROVED,
    "VOIDED": AuthorizationState.VOIDED,
}
# Who bears the loss: with RESOLVED_WITH_PAYOUT PayPal pays the buyer out of its own pocket.
_LOST = {"RESOLVED_BUYER_FAVOUR", "ACCEPTED"}


def read_order(order: Json) -> AuthorizationSnapshot:
    unit = order["purchase_units"][0]
    amount = from_paypal(unit["amount"])
    captures = tuple(read_capture(capture) for capture in (unit.get("payments") or {}).get("captures") or ())
    captured = Money.zero(amount.currency)
    for capture in captures:
        if capture.state is SettlementState.SUCCEEDED:
            captured += capture.amount
    state = _ORDER_STATES.get(order["status"]) or _state_of(captures)
    return AuthorizationSnapshot(
        provider=PROVIDER,
        provider_ref=order["id"],
        authorization_id=_uuid(unit.get("custom_id")),
        state=state,
        amount=amount,
        captured=captured,
        next_action=_next_action(order) if state is AuthorizationState.REQUIRES_ACTION else None,
        decline_code="capture_declined" if state is AuthorizationState.DECLINED else None,
        provider_charge=captures[-1].provider_ref if captures else None,
        instrument=Instrument(method="paypal"),
        captures=captures,
    )


def _state_of(captures: tuple[CaptureSnapshot, ...]) -> AuthorizationState:
    """A completed order is paid only when its captures are: one that is pending is not money yet."""
    states = {capture.state for capture in captures}
    if SettlementState.PENDING in states or not states:
        return AuthorizationState.PROCESSING
    return AuthorizationState.CAPTURED if SettlementState.SUCCEEDED in states else AuthorizationState.DECLINED


def read_capture(capture: Json) -> CaptureSnapshot:
    fee = (capture.get("seller_receivable_breakdown") or {}).get("paypal_fee")
    return CaptureSnapshot(
        provider_ref=capture["id"],
        amount=from_paypal(capture["amount"]),
        state=_CAPTURE_STATES[capture["status"]],
        fee=from_paypal(fee) if fee and fee["currency_code"] == capture["amount"]["currency_code"] else None,
    )


def read_refund(refund: Json, order_id: str | None = None) -> RefundSnapshot:
    state = _REFUND_STATES[refund["status"]]
    failed = state is SettlementState.FAILED
    return RefundSnapshot(
        provider=PROVIDER,
        provider_ref=refund["id"],
        refund_id=_uuid(refund.get("custom_id")),
        capture_ref=linked_id(refund, "captures") or "",
        authorization_ref=order_id,
        amount=from_paypal(refund["amount"]),
        state=state,
        failure_code=(refund.get("status_details") or {}).get("reason") or refund["status"] if failed else None,
    )


def read_dispute(dispute: Json) -> DisputeSnapshot | None:
    """None when it names no transaction that the store could know."""
    transactions = dispute.get("disputed_transactions") or [{}]
    capture_ref = transactions[0].get("seller_transaction_id")
    if not capture_ref:
        return None
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    state = DisputeState.OPEN
    if dispute["status"] == "RESOLVED" and outcome:
        state = DisputeState.LOST if outcome in _LOST else DisputeState.WON
    return DisputeSnapshot(
        provider=PROVIDER,
        provider_ref=dispute["dispute_id"],
        capture_ref=capture_ref,
        authorization_ref=None,
        amount=from_paypal(dispute["dispute_amount"]),
        reason=str(dispute.get("reason") or "OTHER").lower(),
        state=state,
    )


def order_of(capture: Json) -> str | None:
    """The order that a capture belongs to."""
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    return related.get("order_id") or linked_id(capture, "orders")


def linked_id(resource: Json, kind: str) -> str | None:
    """The id behind the link to the parent: …/v2/payments/captures/<id>."""
    for link in resource.get("links") or ():
        *_, parent, last = str(link.get("href", "")).rstrip("/").split("/")
        if link.get("rel") == "up" and parent == kind:
            return last
    return None


def _next_action(order: Json) -> dict[str, str] | None:
    for link in order.get("links") or ():
        if link.get("rel") in {"payer-action", "approve"}:
            return {"type": "redirect", "url": link["href"]}
    return None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None  # made by another program on the same account
