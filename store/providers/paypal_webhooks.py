"""PayPal's webhooks: who sent them, and the truth about what they name.

The signature is checked here, without asking PayPal: RSA-SHA256 over `id|time|webhook id|CRC-32 of the raw body`, with
a certificate from PayPal's own host that must chain to a root of this machine, be valid now and be made out to PayPal.
A chain that can't be built from what PayPal serves is not trusted; PayPal is asked instead.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from store.payments.port import OutcomeUnknown, ProviderRefused, Snapshot, WebhookEvent, WebhookRefused
from store.providers.paypal_certificates import CertificateNotTrusted, PayPalCertificates
from store.providers.paypal_http import PayPalCalls
from store.providers.paypal_snapshots import order_of, read_dispute

if TYPE_CHECKING:
    from store.providers.paypal import PayPalProvider

# PayPal sends a notification again for three days, and nowhere promises to sign it anew each time.
OLDEST = timedelta(days=4)
EARLIEST = timedelta(seconds=300)
ALGORITHMS = frozenset({"SHA256withRSA"})
_HEADERS = ("auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time")
_NOT_THERE = {"RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "invalid_reference"}
_TRANSMISSION_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


class PayPalWebhooks:
    def __init__(
        self, calls: PayPalCalls, webhook_id: str, *, now: Callable[[], datetime], simulator_url: str | None
    ) -> None:
        self._calls = calls
        self._webhook_id = webhook_id
        self._now = now
        self._certificates = PayPalCertificates(now=now, simulator_url=simulator_url)

    async def verify(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Raises WebhookRefused; PayPal sends again what was refused."""
        given = {name.lower(): value for name, value in headers.items()}
        facts = {name: given.get(f"paypal-{name}", "") for name in _HEADERS}
        self._check_form(facts)
        event = _event(body)
        try:
            certificate = await self._certificates.trusted(facts["cert-url"])
        except CertificateNotTrusted:
            await self._ask_paypal(facts, body)
            return event
        signed = f"{facts['transmission-id']}|{facts['transmission-time']}|{self._webhook_id}|{zlib.crc32(body)}"
        _check_signature(certificate, facts["transmission-sig"], signed.encode())
        return event

    async def close(self) -> None:
        await self._certificates.close()

    def _check_form(self, facts: Mapping[str, str]) -> None:
        """What can be refused without any call is refused without any call."""
        if facts["auth-algo"] not in ALGORITHMS:
            raise WebhookRefused("the signature's algorithm is not accepted")
        if not _TRANSMISSION_ID.fullmatch(facts["transmission-id"]):
            raise WebhookRefused("the transmission has no id")
        try:
            age = self._now() - datetime.fromisoformat(facts["transmission-time"])
        except (ValueError, TypeError):  # TypeError: a time without its zone
            raise WebhookRefused("the transmission has no time") from None
        if age > OLDEST or age < -EARLIEST:
            raise WebhookRefused("the transmission is too old or from the future")

    async def _ask_paypal(self, facts: Mapping[str, str], body: bytes) -> None:
        question = {
            "auth_algo": facts["auth-algo"],
            "cert_url": facts["cert-url"],
            "transmission_id": facts["transmission-id"],
            "transmission_sig": facts["transmission-sig"],
            "transmission_time": facts["transmission-time"],
            "webhook_id": self._webhook_id,
            "webhook_event": json.loads(body),
        }
        try:
            answer = await self._calls.post("v1/notifications/verify-webhook-signature", question)
        except (ProviderRefused, OutcomeUnknown):
            raise WebhookRefused("PayPal could not be asked about the signature") from None
        if answer.get("verification_status") != "SUCCESS":
            raise WebhookRefused("PayPal does not confirm the signature")


def _event(body: bytes) -> WebhookEvent:
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise WebhookRefused("the body is not an event")
    event_id, kind = event.get("id"), event.get("event_type")
    if not isinstance(event_id, str) or not isinstance(kind, str) or not event_id:
        raise WebhookRefused("the body is not an event")
    return WebhookEvent(event_id=event_id, kind=kind, payload=event)


def _check_signature(certificate: x509.Certificate, signature: str, signed: bytes) -> None:
    key = certificate.public_key()
    try:
        if not isinstance(key, rsa.RSAPublicKey):
            raise WebhookRefused("the certificate's key is of another kind")
        key.verify(base64.b64decode(signature, validate=True), signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        raise WebhookRefused("the signature is wrong") from None


async def read_event(provider: PayPalProvider, kind: str, payload: Mapping[str, Any]) -> list[Snapshot]:
    """What the event's object is now; the event's own copy of it may be old and is not used."""
    resource = payload.get("resource") or {}
    try:
        if kind.startswith("CHECKOUT.ORDER."):
            return [await provider.fetch_authorization(str(resource.get("id")))]
        if kind.startswith("CUSTOMER.DISPUTE."):
            dispute = read_dispute(await provider.fetch_dispute(str(resource.get("dispute_id"))))
            return [dispute] if dispute else []
        if kind.startswith("PAYMENT.REFUND.") or payload.get("resource_type") == "refund":
            return [await provider.fetch_refund(str(resource.get("id")))]
        if kind.startswith("PAYMENT.CAPTURE."):
            order_id = order_of(await provider.fetch_capture(str(resource.get("id"))))
            return [await provider.fetch_authorization(order_id)] if order_id else []
    except ProviderRefused as refusal:
        if refusal.code not in _NOT_THERE:
            raise
    return []
