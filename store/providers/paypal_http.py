"""HTTP to PayPal through the `Api` object of paypalrestsdk, with its faults mended.

The SDK is no longer maintained; what we use of it is its OAuth token and its reading of statuses. Mended here: it had
no time limit, asked again without end after a 401, handed the caller's headers to the token call, sent `null` with GET,
answered a 400 as if it were a result, wrote tokens and bodies to the log in sandbox mode, and opened a connection for
every call. It is synchronous, so it runs in a few threads of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast
from urllib.parse import urlencode

import paypalrestsdk
import requests
from paypalrestsdk import exceptions

from store.payments.port import Declined, OutcomeUnknown, ProviderRefused

Json = dict[str, Any]
ENDPOINTS = {"live": "https://api-m.paypal.com", "sandbox": "https://api-m.sandbox.paypal.com"}
THREADS = 8
PAUSES_SECONDS = (0.2, 0.8)
REQUEST_ID_LENGTH = 108
TOKEN_MARGIN_SECONDS = 60
# What the payer, or the payer's bank, has to answer for. https://developer.paypal.com/api/rest/reference/orders/v2/errors/
DECLINES = frozenset(
    {
        "CARD_EXPIRED",
        "COMPLIANCE_VIOLATION",
        "INSTRUMENT_DECLINED",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
        "PAYER_ACCOUNT_RESTRICTED",
        "PAYER_ACTION_REQUIRED",
        "PAYER_CANNOT_PAY",
        "PAYEE_BLOCKED_TRANSACTION",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        "TRANSACTION_BLOCKED_BY_PAYEE",
        "TRANSACTION_LIMIT_EXCEEDED",
        "TRANSACTION_REFUSED",
    }
)


class PayPalApi(paypalrestsdk.Api):  # type: ignore[misc]
    """One session; used from several threads."""

    token_hash: Json | None

    def __init__(self, client_id: str, client_secret: str, endpoint: str, timeout_seconds: float) -> None:
        super().__init__(
            {
                "mode": "live",  # decides only whether the SDK writes bodies and tokens to the log
                "client_id": client_id,
                "client_secret": client_secret,
                "endpoint": endpoint,
                "token_endpoint": endpoint,
            }
        )
        self._timeout_seconds = timeout_seconds
        self._token_lock = threading.Lock()
        self._session = requests.Session()
        self._session.auth = lambda request: request  # otherwise a ~/.netrc may replace our Authorization header
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount(endpoint, requests.adapters.HTTPAdapter(pool_maxsize=THREADS))

    def get_token_hash(self, *_arguments: Any, **_facts: Any) -> Json:
        """The token, fetched once for all threads; the caller's headers stay out of it."""
        with self._token_lock:
            fetched_at = self.token_request_at
            token = cast("Json", super().get_token_hash())
            if self.token_request_at is not fetched_at:
                token["expires_in"] = max(int(token.get("expires_in", 0)) - TOKEN_MARGIN_SECONDS, 1)
            return token

    def request(
        self, url: str, method: str, body: Any = None, headers: Json | None = None, refresh_token: Any = None
    ) -> Json:
        """A call with a token, which is renewed once if PayPal no longer takes it."""
        data = None if method == "GET" else json.dumps(body if body is not None else {})
        for renewed in (False, True):
            bearer = self.headers(refresh_token=refresh_token)
            try:
                return self.http_call(url, method, data=data, headers={**bearer, **(headers or {})})
            except exceptions.UnauthorizedAccess:
                if renewed:
                    raise
                self._forget_token(bearer["Authorization"])
        raise AssertionError  # the second round always returns or raises

    def http_call(self, url: str, method: str, **parameters: Any) -> Json:
        response = self._session.request(
            method, url, timeout=self._timeout_seconds, allow_redirects=False, proxies=self.proxies, **parameters
        )
        return cast("Json", self.handle_response(response, response.content.decode("utf-8")))

    def close(self) -> None:
        self._session.close()

    def _forget_token(self, authorization: str) -> None:
        with self._token_lock:  # another thread may have a new one by now
            if self.token_hash and authorization.endswith(str(self.token_hash["access_token"])):
                self.token_hash = None


class PayPalCalls:
    """How a call to PayPal ends: with its answer, or with one of the port's three refusals."""

    def __init__(self, client_id: str, client_secret: str, endpoint: str, timeout_seconds: float) -> None:
        self._api = PayPalApi(client_id, client_secret, endpoint, timeout_seconds)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="paypal")
        # A call may need a token first, and may be sent again after a 401; each has the session's own limit as well.
        self._timeout_seconds = timeout_seconds

    async def get(self, path: str, **query: Any) -> Json:
        return await self._call("GET", f"{path}?{urlencode(query)}" if query else path, None, {})

    async def post(self, path: str, body: Any, idempotency_key: str | None = None) -> Json:
        headers = {"Prefer": "return=representation"}
        if idempotency_key is not None:
            headers["PayPal-Request-Id"] = _request_id(idempotency_key)
        return await self._call("POST", path, body, headers)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._api.close()

    async def _call(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Json:
        """A call is sent again only when PayPal can't have acted on it: no connection was made, or it was too fast."""
        url = f"{self._api.endpoint}/{path}"
        loop = asyncio.get_running_loop()
        for pause_seconds in (*PAUSES_SECONDS, None):
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    return await loop.run_in_executor(self._threads, self._api.request, url, method, body, headers)
            except TimeoutError:
                raise OutcomeUnknown("paypal: no answer in time") from None
            except (requests.RequestException, exceptions.ConnectionError, ValueError, KeyError) as error:
                if pause_seconds is None or not _nothing_happened(error):
                    raise _ending(error) from None
                await asyncio.sleep(pause_seconds)
        raise AssertionError  # the last round always returns or raises


def _request_id(idempotency_key: str) -> str:
    if len(idempotency_key) <= REQUEST_ID_LENGTH:
        return idempotency_key
    return hashlib.sha256(idempotency_key.encode()).hexdigest()


def _nothing_happened(error: Exception) -> bool:
    """A connection that was refused or never made carried nothing; HTTP 429 is turned away at the door."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    if isinstance(error, requests.ConnectionError):
        cause = getattr(error.args[0] if error.args else None, "reason", None)
        return type(cause).__name__ in {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError"}
    return isinstance(error, exceptions.ClientError) and error.response.status_code == 429


def _ending(error: Exception) -> Exception:
    """The port's word for an error of the SDK."""
    if not isinstance(error, exceptions.ConnectionError):  # requests' own, or an answer that is no JSON or no token
        return OutcomeUnknown(f"paypal: {type(error).__name__}")
    status = error.response.status_code
    trace = error.response.headers.get("PayPal-Debug-Id", "")
    if not 400 <= status < 500 or status in {408, 409, 429}:
        return OutcomeUnknown(f"paypal: HTTP {status} {trace}".rstrip())
    code, message = _reason(error.content)
    if code in DECLINES:
        return Declined(code)
    return ProviderRefused(code or f"http_{status}", f"{message} {trace}".strip())


def _reason(content: str | None) -> tuple[str, str]:
    """The first detail's issue is precise (INSTRUMENT_DECLINED); the name is only its class (UNPROCESSABLE_ENTITY)."""
    try:
        body = json.loads(content or "")
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    details = body.get("details")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    code = str(first.get("issue") or body.get("name") or body.get("error") or "")
    return code, str(first.get("description") or body.get("message") or "")
