"""What the edge itself refuses, before or around any use case."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class InternalError(StoreError):
    code = "internal_error"
    status = 500
    title = N_("Something went wrong on our side.")
    detail = N_("It was recorded as {error_id}. Nothing you sent was at fault; please try again later.")


class Unavailable(StoreError):
    code = "unavailable"
    status = 503
    title = N_("The store is not available for a moment.")
    detail = N_("Please try again in {retry_after_seconds} seconds.")


class TryAgain(StoreError):
    """PostgreSQL gave one of two colliding transactions up; nothing of this one was done."""

    code = "try_again"
    status = 409
    title = N_("Somebody else was changing the same thing.")
    detail = N_("Nothing was done. Please send the request again.")


class MalformedJson(StoreError):
    code = "malformed_json"
    status = 400
    title = N_("The body is not JSON.")
    detail = N_("Send one JSON document in UTF-8.")


class BadRequest(StoreError):
    code = "bad_request"
    status = 400
    title = N_("The request can't be read.")
    detail = N_("It does not follow HTTP.")


class MethodNotAllowed(StoreError):
    code = "method_not_allowed"
    status = 405
    title = N_("This method is not possible here.")
    detail = N_("Look at the Allow header for the methods that are.")


class BodyTooLarge(StoreError):
    code = "body_too_large"
    status = 413
    title = N_("The body is too large.")
    detail = N_("At most {limit_bytes} bytes are read here.")


class UnsupportedMediaType(StoreError):
    code = "unsupported_media_type"
    status = 415
    title = N_("This kind of body is not understood here.")
    detail = N_("Send “Content-Type: {expected}”.")


class CardNumberRefused(StoreError):
    """A card number reached the store: it is refused and forgotten (PAY-14)."""

    code = "card_number_refused"
    status = 422
    title = N_("Card numbers must never be sent to the store.")
    detail = N_("Give card details to the payment provider's own form and send us the token that it returns.")


class IdempotencyKeyRequired(StoreError):
    code = "idempotency_key_required"
    status = 400
    title = N_("This request needs an Idempotency-Key.")
    detail = N_(
        "Send a header “Idempotency-Key” with a new random value for each new request, and the same value when"
        " you repeat one."
    )


class BadIdempotencyKey(StoreError):
    code = "bad_idempotency_key"
    status = 400
    title = N_("The Idempotency-Key can't be used.")
    detail = N_("It must have between 1 and {maximum} printable ASCII characters.")


class HttpsRequired(StoreError):
    """Plain HTTP is for this machine only (ACC-7)."""

    code = "https_required"
    status = 403
    title = N_("Please use https.")
    detail = N_("What you sent was not encrypted on its way, so it was not looked at.")
