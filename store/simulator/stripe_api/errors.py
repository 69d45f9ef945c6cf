"""Refusals in Stripe's shape."""

from typing import Any

Json = dict[str, Any]
DOCUMENTATION = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """An answer other than 200; `kept` says whether an idempotency key remembers it."""

    def __init__(self, status: int, error: Json, *, kept: bool = True) -> None:
        super().__init__(error.get("message"))
        self.status = status
        self.error = error
        self.kept = kept


def invalid(
    message: str, *, param: str | None = None, code: str | None = None, status: int = 400, **facts: Any
) -> StripeError:
    error: Json = {"message": message, "type": "invalid_request_error", **facts}
    if code:
        error |= {"code": code, "doc_url": DOCUMENTATION + code.replace("_", "-")}
    if param:
        error["param"] = param
    return StripeError(status, error)


def malformed(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """Refused before the operation began: a key may be used again after it."""
    error = invalid(message, param=param, code=code)
    error.kept = False
    return error


def missing(kind: str, document_id: str, param: str | None = None) -> StripeError:
    """404 for an id in the address, 400 for one among the parameters."""
    status = 404 if param in {None, "id", "intent"} else 400
    return invalid(f"No such {kind}: '{document_id}'", param=param or "id", code="resource_missing", status=status)


def wrong_state(message: str, **facts: Any) -> StripeError:
    return invalid(message, code="payment_intent_unexpected_state", **facts)


def unauthorized(message: str) -> StripeError:
    return StripeError(401, {"message": message, "type": "invalid_request_error"}, kept=False)


def internal() -> StripeError:
    return StripeError(
        500,
        {
            "message": "An unknown error occurred. The simulator was told to fail here.",
            "type": "api_error",
        },
    )


def too_many_requests() -> StripeError:
    error: Json = {
        "message": "Too many requests hit the API too quickly.",
        "type": "invalid_request_error",
        "code": "rate_limit",
        "doc_url": DOCUMENTATION + "rate-limit",
    }
    return StripeError(429, error, kept=False)
