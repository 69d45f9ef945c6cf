"""Sign webhooks the way Stripe and PayPal do, so that the store checks them with its real code."""

import hashlib
import hmac
import uuid
import zlib

from store.simulator.paypal_api.certificates import PayPalKeys


def stripe_headers(body: bytes, secret: str, timestamp: int) -> dict[str, str]:
    signature = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "stripe-signature": f"t={timestamp},v1={signature}",
    }


def paypal_headers(body: bytes, webhook_id: str, sent_at: str, keys: PayPalKeys) -> dict[str, str]:
    transmission_id = str(uuid.uuid4())
    signed = paypal_signed_text(transmission_id, sent_at, webhook_id, body)
    return {
        "content-type": "application/json",
        "user-agent": "PayPal/AUHD-214.0-58077882",
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-cert-url": keys.certificate_url,
        "paypal-transmission-id": transmission_id,
        "paypal-transmission-time": sent_at,
        "paypal-transmission-sig": keys.sign(signed),
    }


def paypal_signed_text(transmission_id: str, sent_at: str, webhook_id: str, body: bytes) -> bytes:
    return f"{transmission_id}|{sent_at}|{webhook_id}|{zlib.crc32(body)}".encode()
