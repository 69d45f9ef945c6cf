"""Every failure leaves as application/problem+json (RFC 9457), in the reader's language, with a stable code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import HTTPScope

from store.kernel import wording
from store.kernel.errors import Forbidden, Invalid, NotFound, StoreError, Unauthorized
from store.web.edge.failures import (
    BadRequest,
    BodyTooLarge,
    InternalError,
    MalformedJson,
    MethodNotAllowed,
    TryAgain,
    Unavailable,
    UnsupportedMediaType,
)
from store.web.edge.fields import from_message, invalid, with_messages
from store.web.edge.locale import request_locale
from store.web.edge.methods import allowed_methods

PROBLEM_JSON = "application/problem+json"
MAX_BODY_BYTES = 1024 * 1024
CLIENT_LEFT = "client disconnected prematurely"  # Litestar calls it a 500; nobody is there to read the answer

logger = structlog.get_logger("store.web")


def problem_body(error: StoreError, locale: str) -> dict[str, Any]:
    """The RFC 9457 body; the fields of an invalid request get their sentences here."""
    body = wording.problem(error, locale)
    if isinstance(error, Invalid) or error.facts.get("errors"):
        body["errors"] = with_messages(list(error.facts.get("errors", [])), locale)
    return body


def problem_answer(error: StoreError, scope: HTTPScope) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an error."""
    state = scope.setdefault("state", {})
    locale = state.get("locale") or request_locale(scope, state.get("principal"))
    headers = {"content-language": locale}
    if (seconds := error.facts.get("retry_after_seconds")) is not None:
        headers["retry-after"] = str(seconds)
    elif isinstance(error, TryAgain):
        headers["retry-after"] = "1"
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    body = problem_body(error, locale)
    if request_id := state.get("request_id"):
        body["request_id"] = request_id
    return error.status, headers, msgspec.json.encode(body, enc_hook=str)


def to_store_error(exception: Exception) -> StoreError:
    """What the caller is told about an exception. What it is not told is in the log, under `error_id`."""
    for kinds, answer in _ANSWERS:
        if isinstance(exception, kinds):
            return answer(exception)
    error_id = uuid4().hex[:16]
    logger.error("unexpected failure", error_id=error_id, exc_info=exception)
    return InternalError(error_id=error_id)


def handle_exception(request: Request[Any, Any, Any], exception: Exception) -> Response[bytes]:
    error = to_store_error(exception)
    if isinstance(error, BodyTooLarge):
        error = BodyTooLarge(limit_bytes=request.route_handler.resolve_request_max_body_size())
    status, headers, body = problem_answer(error, request.scope)
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = allowed_methods(request.scope)
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM_JSON)


def _from_validation(exception: Exception) -> StoreError:
    """Litestar's own checks of path, query and headers (the body has been checked by StoreRequest)."""
    extra = exception.extra if isinstance(exception, HTTPException) else None
    errors = []
    for item in extra if isinstance(extra, list) else []:
        error = from_message(str(item.get("message", "")))
        key = str(item.get("key", ""))
        error["field"] = "" if key == "data" else key or error["field"]
        if key == "data" or "required" in str(item.get("message", "")):
            error = {"field": error["field"], "code": "required"}
        errors.append(error)
    if not errors and isinstance(exception, HTTPException):
        errors = [{"field": _parameter_in(exception.detail), "code": "required"}]
    return invalid(*errors)


def _parameter_in(detail: str) -> str:
    """The name in "Missing required query parameter 'market' for path /…"."""
    parts = detail.split("'")
    return parts[1] if len(parts) > 2 else ""


def _from_http(exception: Exception) -> StoreError:
    assert isinstance(exception, HTTPException)
    by_status: dict[int, Callable[[], StoreError]] = {
        401: Unauthorized,
        403: Forbidden,
        404: NotFound,
        405: MethodNotAllowed,
        413: lambda: BodyTooLarge(limit_bytes=MAX_BODY_BYTES),
        415: lambda: UnsupportedMediaType(expected="application/json"),
    }
    if exception.status_code in by_status:
        return by_status[exception.status_code]()
    if exception.status_code < 500 or exception.detail == CLIENT_LEFT:
        return MalformedJson() if isinstance(exception.__cause__, SerializationException) else BadRequest()
    error_id = uuid4().hex[:16]
    logger.error("unexpected failure", error_id=error_id, exc_info=exception)
    return InternalError(error_id=error_id)


def _from_argument(exception: Exception) -> StoreError:
    """asyncpg's own checks of a parameter: a number that no column holds is the caller's, all else is our mistake."""
    if "out of" in str(exception):
        return invalid({"field": "", "code": "wrong_value"})
    error_id = uuid4().hex[:16]
    logger.error("unexpected failure", error_id=error_id, exc_info=exception)
    return InternalError(error_id=error_id)


def _same(exception: Exception) -> StoreError:
    assert isinstance(exception, StoreError)
    return exception


_ANSWERS: tuple[tuple[tuple[type[Exception], ...], Callable[[Exception], StoreError]], ...] = (
    ((StoreError,), _same),
    ((ValidationException,), _from_validation),
    ((HTTPException,), _from_http),
    ((asyncpg.DeadlockDetectedError, asyncpg.SerializationError), lambda _: TryAgain()),
    (
        (
            asyncpg.CharacterNotInRepertoireError,
            asyncpg.UntranslatableCharacterError,
            asyncpg.NumericValueOutOfRangeError,
            UnicodeEncodeError,
        ),
        lambda _: invalid({"field": "", "code": "bad_characters"}),
    ),
    ((asyncpg.DataError,), _from_argument),
    (
        (
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
            asyncpg.TooManyConnectionsError,
            asyncpg.AdminShutdownError,
            ConnectionError,
        ),
        lambda _: Unavailable(retry_after_seconds=5),
    ),
)
