"""How a call to Stripe ends: with an object, or with one of the port's three refusals.

The SDK's own retries are off. A call is sent again, with the same key, only when Stripe can't have acted on it: the
connection was never made, or it was turned away for being too fast (HTTP 429).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

import httpx
import stripe

from store.payments.port import Declined, OutcomeUnknown, ProviderRefused
from store.providers.stripe_snapshots import read_authorization

Json = dict[str, Any]
Answer = TypeVar("Answer")
# The version that the contract tests check requests and answers against; the SDK would send its own, newer one.
API_VERSION = "2024-04-10"
PAUSES_SECONDS = (0.2, 0.8)
PAGE_LENGTH = 100
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class KeyIsSpent(OutcomeUnknown):
    """Stripe repeats a 5xx under its key for good: the call is over, and can only be made anew under another key."""


class _Http(stripe.HTTPXClient):
    """The SDK hands its form to httpx in a way that httpx deprecates, on every call."""

    def _get_request_args_kwargs(self, *arguments: Any, **named: Any) -> Any:
        positional, keywords = super()._get_request_args_kwargs(*arguments, **named)
        keywords["content"] = keywords.pop("data") or None
        return positional, keywords


class StripeCalls:
    """One client, one pool of connections, one time limit."""

    def __init__(self, secret_key: str, api_base: str | None, timeout_seconds: float) -> None:
        # Below INFO the SDK writes whole answers to the log, client secrets included (PAY-14).
        logging.getLogger("stripe").setLevel(logging.INFO)
        self._secret_key = secret_key
        self._timeout_seconds = timeout_seconds
        self._http = _Http(timeout=timeout_seconds)
        self._client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses=cast("Any", {"api": api_base.rstrip("/")} if api_base else None),
            http_client=self._http,
            max_network_retries=0,
        )

    @property
    def v1(self) -> Any:
        """The SDK's services; its types describe a newer version of the API than the one that we ask for."""
        return self._client.v1

    async def ask(self, call: Callable[[], Awaitable[Any]]) -> Json:
        """Make a call. Raises Declined, ProviderRefused or OutcomeUnknown."""
        for pause_seconds in (*PAUSES_SECONDS, None):
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await call()
            except TimeoutError:
                raise OutcomeUnknown("stripe: no answer in time") from None
            except stripe.StripeError as error:
                if pause_seconds is None or not _nothing_happened(error):
                    raise self._ending(error) from None
                await asyncio.sleep(pause_seconds)
            else:
                return cast("Json", answer.to_dict())
        raise AssertionError  # the last round always returns or raises

    async def once(
        self,
        key: str,
        call: Callable[[Json], Awaitable[Answer]],
        known: Callable[[], Awaitable[Answer | None]],
    ) -> Answer:
        """Make a call under a key. When the key is spent, look for what it did, and only then use its successor."""
        try:
            return await call({"idempotency_key": key})
        except KeyIsSpent:
            found = await known()
            return found if found is not None else await call({"idempotency_key": f"{key}:again"})

    async def pages(self, call: Callable[[Json], Awaitable[Any]], parameters: Json) -> AsyncIterator[Json]:
        """Every object of a list, newest first."""
        cursor: Json = {}
        while True:
            query = {**parameters, **cursor, "limit": PAGE_LENGTH}
            page = await self.ask(lambda query=query: call(query))  # type: ignore[misc]
            for row in page["data"]:
                yield row
            if not page["has_more"] or not page["data"]:
                return
            cursor = {"starting_after": page["data"][-1]["id"]}

    async def close(self) -> None:
        await cast("Any", self._http).close_async()

    def _ending(self, error: stripe.StripeError) -> Exception:
        """The port's word for an error of the SDK. Messages are freed of our key before they travel on."""
        facts = _facts(error)
        status = error.http_status
        code = str(facts.get("code") or facts.get("type") or f"http_{status}")
        where = f"stripe: {f'HTTP {status}' if status else 'connection lost'} {error.request_id or ''}".rstrip()
        if (
            status is None
            or not 400 <= status < 500
            or status in {409, 429}
            or facts.get("type") == "idempotency_error"
        ):
            if error.headers and error.headers.get("idempotent-replayed") == "true":
                return KeyIsSpent(f"{where} replayed")
            # A key that was used before means that an earlier call with it may have been carried out.
            return OutcomeUnknown(f"{where} {code if status else ''}".rstrip())
        if status == 402 and facts.get("type") == "card_error":
            intent = facts.get("payment_intent") or facts.get("setup_intent")
            snapshot = read_authorization(intent) if isinstance(intent, dict) else None
            return Declined(str(facts.get("decline_code") or code), snapshot)
        message = str(facts.get("message") or where).replace(self._secret_key, "…")
        return ProviderRefused(code, message)


def _facts(error: stripe.StripeError) -> Json:
    body = error.json_body
    facts = body.get("error") if isinstance(body, dict) else None
    return facts if isinstance(facts, dict) else {}


def _nothing_happened(error: stripe.StripeError) -> bool:
    return isinstance(error, stripe.RateLimitError) or isinstance(error.__cause__, _NEVER_SENT)
