"""PayPal's own check of a notification's signature, for those who would rather ask than verify."""

import json

from store.simulator.paypal_api.certificates import PayPalKeys
from store.simulator.paypal_api.documents import Answer, Call
from store.simulator.paypal_api.errors import invalid_request
from store.simulator.signatures import paypal_signed_text

_FIELDS = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id")


def verify(call: Call, keys: PayPalKeys) -> Answer:
    """SUCCESS only for an event that this world sent, unchanged, signed for this webhook."""
    for name in _FIELDS:
        if not isinstance(call.body.get(name), str):
            raise invalid_request("MISSING_REQUIRED_PARAMETER", "A required field is missing.", f"/{name}")
    event = call.body.get("webhook_event")
    if not isinstance(event, dict):
        raise invalid_request("MISSING_REQUIRED_PARAMETER", "A required field is missing.", "/webhook_event")
    sent = call.world.get("paypal.events", str(event.get("id")))
    genuine = (
        sent is not None
        and json.loads(sent["payload"]) == event
        and call.body["auth_algo"] == "SHA256withRSA"
        and call.body["cert_url"] == keys.certificate_url
        and any(endpoint["webhook_id"] == call.body["webhook_id"] for endpoint in call.world.all("endpoints"))
        and keys.is_signed(
            paypal_signed_text(
                call.body["transmission_id"],
                call.body["transmission_time"],
                call.body["webhook_id"],
                sent["payload"].encode(),
            ),
            call.body["transmission_sig"],
        )
    )
    return Answer(200, {"verification_status": "SUCCESS" if genuine else "FAILURE"})
