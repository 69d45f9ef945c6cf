"""Stripe's webhooks: who sent them, and the truth about what they name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import stripe

from store.payments.port import ProviderRefused, Snapshot, WebhookEvent, WebhookRefused
from store.providers.stripe_snapshots import is_release, read_dispute, read_refund

if TYPE_CHECKING:
    from store.providers.stripe import StripeProvider

TOLERANCE_SECONDS = 300
_NOT_THERE = {"resource_missing", "invalid_reference"}


def verify_event(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> WebhookEvent:
    """Check the signature over the raw body, and its time by our clock, both ways. Raises WebhookRefused."""
    signature = {name.lower(): value for name, value in headers.items()}.get("stripe-signature", "")
    try:
        # The SDK would compare with the machine's clock, and only against the past.
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
        signed_at, _ = stripe.WebhookSignature._get_timestamp_and_signatures(signature, "v1")
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        msg = "the signature is missing or wrong"
        raise WebhookRefused(msg) from None
    if abs(now.timestamp() - signed_at) > TOLERANCE_SECONDS:
        msg = "the signature is too old or from the future"
        raise WebhookRefused(msg)
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        msg = "the body is not an event"
        raise WebhookRefused(msg)
    return WebhookEvent(event_id=event["id"], kind=event["type"], payload=event)


async def read_event(provider: StripeProvider, kind: str, payload: Mapping[str, Any]) -> list[Snapshot]:
    """What the event's object is now; the event's own copy of it may be old and is not used."""
    subject = (payload.get("data") or {}).get("object") or {}
    try:
        return await _read_subject(provider, kind, subject)
    except ProviderRefused as refusal:
        if refusal.code not in _NOT_THERE:
            raise
    return []


async def _read_subject(provider: StripeProvider, kind: str, subject: Mapping[str, Any]) -> list[Snapshot]:
    reference = str(subject.get("id") or "")
    match str(subject.get("object")):
        case "payment_intent" | "setup_intent":
            return [await provider.fetch_authorization(reference)]
        case "charge":
            return await _read_charge(provider, kind, reference, subject.get("payment_intent"))
        case "refund":
            v1 = provider.calls.v1
            refund = await provider.calls.ask(lambda: v1.refunds.retrieve_async(reference))
            return [] if is_release(refund) else [read_refund(refund)]
        case "dispute":
            v1 = provider.calls.v1
            dispute = read_dispute(await provider.calls.ask(lambda: v1.disputes.retrieve_async(reference)))
            return [dispute] if dispute else []
    return []


async def _read_charge(provider: StripeProvider, kind: str, charge: str, intent: Any) -> list[Snapshot]:
    """A charge made without a PaymentIntent is none of ours."""
    if not isinstance(intent, str):
        return []
    snapshots: list[Snapshot] = [await provider.fetch_authorization(intent)]
    if kind == "charge.refunded":
        snapshots += await provider.list_refunds(charge)
    return snapshots
