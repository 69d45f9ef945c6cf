"""Stripe's objects in the port's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
from store.providers.stripe_amounts import from_stripe

Json = Mapping[str, Any]
PROVIDER = "stripe"
# Metadata keys may be 40 characters long: this and 32 digits of the capture's id. The value is the amount.
CAPTURE_KEY = "capture_"
NO_CURRENCY = "XXX"  # ISO 4217: a set-up holds nothing, in no currency

_STATES = {
    "requires_payment_method": AuthorizationState.DECLINED,
    "requires_confirmation": AuthorizationState.PROCESSING,
    "requires_action": AuthorizationState.REQUIRES_ACTION,
    "processing": AuthorizationState.PROCESSING,
    "requires_capture": AuthorizationState.AUTHORIZED,
    "succeeded": AuthorizationState.CAPTURED,
    "canceled": AuthorizationState.VOIDED,
}
_REFUND_STATES = {
    "pending": SettlementState.PENDING,
    "requires_action": SettlementState.PENDING,
    "succeeded": SettlementState.SUCCEEDED,
    "failed": SettlementState.FAILED,
    "canceled": SettlementState.FAILED,
}


def read_authorization(intent: Json, transactions: Sequence[Json] = ()) -> AuthorizationSnapshot:
    """A PaymentIntent or SetupIntent; `transactions` tell the fees where there were several captures."""
    return _read_setup(intent) if intent["object"] == "setup_intent" else _read_payment(intent, transactions)


def _read_payment(intent: Json, transactions: Sequence[Json]) -> AuthorizationSnapshot:
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, Mapping) else {"id": charge} if charge else {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    state = _STATES[intent["status"]]
    if state is AuthorizationState.VOIDED and intent.get("cancellation_reason") in {"automatic", "expired"}:
        state = AuthorizationState.EXPIRED
    error = intent.get("last_payment_error") or {}
    return AuthorizationSnapshot(
        provider=PROVIDER,
        provider_ref=intent["id"],
        authorization_id=_uuid(intent["metadata"].get("authorization_id")),
        state=state,
        amount=from_stripe(intent["amount"], intent["currency"]),
        captured=from_stripe(intent["amount_received"], intent["currency"]),
        next_action=_next_action(intent),
        decline_code=_decline_code(error) if state is AuthorizationState.DECLINED else None,
        expires_at=_moment(card.get("capture_before")),
        multicapture=(card.get("multicapture") or {}).get("status") == "available",
        provider_charge=charge.get("id"),
        provider_customer=_id(intent.get("customer")),
        provider_method=_id(intent.get("payment_method")),
        instrument=_instrument_of_charge(card) or _instrument_of(intent.get("payment_method"), error),
        captures=_captures(intent, charge, transactions),
    )


def _read_setup(intent: Json) -> AuthorizationSnapshot:
    state = _STATES[intent["status"]]
    error = intent.get("last_setup_error") or {}
    return AuthorizationSnapshot(
        provider=PROVIDER,
        provider_ref=intent["id"],
        authorization_id=_uuid(intent["metadata"].get("authorization_id")),
        state=AuthorizationState.AUTHORIZED if state is AuthorizationState.CAPTURED else state,
        amount=Money.zero(NO_CURRENCY),
        captured=Money.zero(NO_CURRENCY),
        next_action=_next_action(intent),
        decline_code=_decline_code(error) if state is AuthorizationState.DECLINED else None,
        provider_customer=_id(intent.get("customer")),
        provider_method=_id(intent.get("payment_method")),
        instrument=_instrument_of(intent.get("payment_method"), error),
    )


def read_instrument(method: Json) -> Instrument:
    """A PaymentMethod, or a ConfirmationToken's preview of one."""
    card = method.get("card")
    if method["type"] != "card" or not card:
        return Instrument(method=method["type"])
    return _instrument(card)


def read_refund(refund: Json) -> RefundSnapshot:
    metadata = refund.get("metadata") or {}
    return RefundSnapshot(
        provider=PROVIDER,
        provider_ref=refund["id"],
        refund_id=_uuid(metadata.get("refund_id")),
        capture_ref=_id(refund["charge"]) or "",
        authorization_ref=_id(refund.get("payment_intent")),
        amount=from_stripe(refund["amount"], refund["currency"]),
        state=_REFUND_STATES[refund["status"] or "pending"],
        failure_code=refund.get("failure_reason"),
    )


def is_release(refund: Json) -> bool:
    """Stripe shows funds that were held and never taken as a refund; no money moves, so it has no transaction."""
    return refund["status"] == "succeeded" and refund.get("balance_transaction") is None


def read_dispute(dispute: Json) -> DisputeSnapshot | None:
    """None for an inquiry (`warning_…`): the bank asks, but takes nothing yet, and a refund may still settle it."""
    if dispute["status"].startswith("warning"):
        return None
    states = {"won": DisputeState.WON, "lost": DisputeState.LOST, "charge_refunded": DisputeState.WON}
    return DisputeSnapshot(
        provider=PROVIDER,
        provider_ref=dispute["id"],
        capture_ref=_id(dispute["charge"]) or "",
        authorization_ref=_id(dispute.get("payment_intent")),
        amount=from_stripe(dispute["amount"], dispute["currency"]),
        reason=dispute["reason"],
        state=states.get(dispute["status"], DisputeState.OPEN),
    )


def _captures(intent: Json, charge: Json, transactions: Sequence[Json]) -> tuple[CaptureSnapshot, ...]:
    """Our captures by the notes that we left in the metadata; what they don't explain was taken by someone else.

    All captures of one charge bear the charge's id: Stripe gives parts of a multicapture none of their own.
    """
    currency, left = intent["currency"], intent["amount_received"]
    parts: list[tuple[UUID | None, int]] = []
    for key, value in sorted(intent["metadata"].items()):  # our ids sort by their time
        if key.startswith(CAPTURE_KEY) and value.isdecimal() and int(value) <= left:
            parts.append((_uuid(key.removeprefix(CAPTURE_KEY)), int(value)))
            left -= int(value)
    if left:
        parts.append((None, left))
    fees = _fees(charge, transactions, len(parts))
    return tuple(
        CaptureSnapshot(
            provider_ref=charge.get("id", ""),
            amount=from_stripe(amount, currency),
            state=SettlementState.SUCCEEDED,
            fee=_take_fee(fees, amount, currency),
            capture_id=capture_id,
        )
        for capture_id, amount in parts
    )


def _fees(charge: Json, transactions: Sequence[Json], count: int) -> list[Json]:
    if count == 1 and isinstance(charge.get("balance_transaction"), Mapping):
        return [charge["balance_transaction"]]
    return list(transactions)


def _take_fee(transactions: list[Json], amount: int, currency: str) -> Money | None:
    """The fee of the transaction over that amount. None until it is known, or when it settles in another currency."""
    for transaction in transactions:
        if transaction["amount"] == amount and transaction["currency"] == currency:
            transactions.remove(transaction)
            return from_stripe(transaction["fee"], transaction["currency"])
    return None


def _next_action(intent: Json) -> dict[str, str] | None:
    action = intent.get("next_action")
    if not action:
        return None
    if action["type"] == "redirect_to_url":
        return {"type": "redirect", "url": action["redirect_to_url"]["url"]}
    return {"type": "sdk", "client_secret": intent["client_secret"]}


def _decline_code(error: Json) -> str:
    return str(error.get("decline_code") or error.get("code") or "declined")


def _instrument_of_charge(card: Json) -> Instrument | None:
    return _instrument(card) if card else None


def _instrument_of(method: Any, error: Json) -> Instrument | None:
    for candidate in (method, error.get("payment_method")):
        if isinstance(candidate, Mapping):
            return read_instrument(candidate)
    return None


def _instrument(card: Json) -> Instrument:
    wallet = (card.get("wallet") or {}).get("type")
    return Instrument(
        method=wallet if wallet in {"apple_pay", "google_pay"} else "card",
        brand=card.get("brand") or "",
        funding=card.get("funding") or "",
        last4=card.get("last4") or "",
    )


def _id(reference: Any) -> str | None:
    """The id of an object that may have been expanded."""
    found: str | None = reference["id"] if isinstance(reference, Mapping) else reference
    return found


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None  # another program's metadata on the same account


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
