"""Refusals in PayPal's shape: a name, a message, and details whose `issue` says what is wrong."""

import secrets
from typing import Any

from store.simulator.paypal_api.issues import ISSUES

Json = dict[str, Any]


class PayPalError(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(body.get("message") or body.get("error_description"))
        self.status = status
        self.body = body


def _error(status: int, name: str, message: str, details: list[Json], links: list[Json] | None = None) -> PayPalError:
    body: Json = {
        "name": name,
        "message": message,
        "debug_id": secrets.token_hex(7)[:13],
        "details": details,
        "links": links
        or [
            {
                "href": "https://developer.paypal.com/docs/api/orders/v2/#error-"
                + (details[0]["issue"] if details else name),
                "rel": "information_link",
                "method": "GET",
            }
        ],
    }
    return PayPalError(status, body)


def unprocessable(
    issue: str, description: str | None = None, *, links: list[Json] | None = None, **facts: str
) -> PayPalError:
    return _error(
        422,
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
        [{"issue": issue, "description": description or ISSUES[issue], **facts}],
        links,
    )


def invalid_request(issue: str, description: str, field: str) -> PayPalError:
    return _error(
        400,
        "INVALID_REQUEST",
        "Request is not well-formed, syntactically incorrect, or violates schema.",
        [{"field": field, "location": "body", "issue": issue, "description": description}],
    )


def not_found(
    description: str = "Specified resource ID does not exist. Please check the resource ID and try again.",
) -> PayPalError:
    return _error(
        404,
        "RESOURCE_NOT_FOUND",
        "The specified resource does not exist.",
        [{"issue": "INVALID_RESOURCE_ID", "description": description}],
    )


def in_progress() -> PayPalError:
    return _error(
        409,
        "RESOURCE_CONFLICT",
        "The server has detected a conflict while processing this request.",
        [
            {
                "issue": "PREVIOUS_REQUEST_IN_PROGRESS",
                "description": "A previous request on this resource is currently in progress. Please wait for"
                " sometime and try again. It is best to space out the initial and the subsequent request(s) to avoid"
                " receiving this error.",
            }
        ],
    )


def internal() -> PayPalError:
    return _error(
        500,
        "INTERNAL_SERVER_ERROR",
        "An internal server error has occurred.",
        [{"issue": "INTERNAL_SERVER_ERROR", "description": "The simulator was told to fail here."}],
    )


def too_many_requests() -> PayPalError:
    return _error(
        429,
        "RATE_LIMIT_REACHED",
        "Too many requests. Blocked due to rate limiting.",
        [{"issue": "RATE_LIMIT_REACHED", "description": "Too many requests."}],
    )


def unauthorized(description: str, error: str = "invalid_token") -> PayPalError:
    return PayPalError(401, {"error": error, "error_description": description})
