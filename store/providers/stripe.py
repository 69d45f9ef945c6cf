"""Stripe behind the port: PaymentIntents for authorizations, SetupIntents for cards saved for later.

One PaymentIntent per authorization; our ids travel in its metadata, so that an answer that was lost is found again.
A storefront collects the card with Stripe.js (payment method type `card`, which includes Apple Pay and Google Pay)
and gives us a PaymentMethod (`pm_…`) or ConfirmationToken (`ctoken_…`): no card number comes near us (PAY-14).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from store.kernel import clock
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    AuthorizeRequest,
    CaptureRequest,
    Instrument,
    Movement,
    ProviderRefused,
    RefundRequest,
    RefundSnapshot,
    SetupRequest,
    Snapshot,
    WebhookEvent,
)
from store.providers.stripe_amounts import to_stripe
from store.providers.stripe_calls import Json, StripeCalls
from store.providers.stripe_movements import list_movements
from store.providers.stripe_requests import (
    authorization_parameters,
    check_reference,
    check_token,
    refund_parameters,
    setup_parameters,
)
from store.providers.stripe_snapshots import CAPTURE_KEY, is_release, read_authorization, read_instrument, read_refund
from store.providers.stripe_webhooks import read_event, verify_event

_INTENT = {"expand": ["latest_charge.balance_transaction", "payment_method"]}
_SETUP = {"expand": ["payment_method"]}
# Stripe's clock and ours may differ, and an operation is noted before it is sent.
SEARCH_SLACK = timedelta(minutes=10)
# Stripe keeps idempotency keys for a day at least.
KEY_LIFE = timedelta(hours=25)
UNTOUCHABLE = {AuthorizationState.VOIDED, AuthorizationState.EXPIRED}


class StripeProvider:
    name = "stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        api_base: str | None = None,
        timeout_seconds: float = 20.0,
        *,
        multicapture: bool = False,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.calls = StripeCalls(secret_key, api_base, timeout_seconds)
        self._webhook_secret = webhook_secret
        self._multicapture = multicapture
        self._now = now

    async def inspect(self, token: str) -> Instrument:
        check_token(token)
        if token.startswith("ctoken_"):
            confirmation = await self.calls.ask(lambda: self.calls.v1.confirmation_tokens.retrieve_async(token))
            return read_instrument(confirmation["payment_method_preview"])
        return read_instrument(await self.calls.ask(lambda: self.calls.v1.payment_methods.retrieve_async(token)))

    async def authorize(self, request: AuthorizeRequest) -> AuthorizationSnapshot:
        customer = await self._customer(request, wanted=request.save)
        parameters = {
            **authorization_parameters(request, customer, multicapture=request.multicapture and self._multicapture),
            **_INTENT,
        }
        return await self.calls.once(
            request.idempotency_key,
            lambda options: self._intent(lambda: self.calls.v1.payment_intents.create_async(parameters, options)),
            lambda: self._find_recent(request.authorization_id, customer),
        )

    async def set_up(self, request: SetupRequest) -> AuthorizationSnapshot:
        """The snapshot's amount is zero in no currency (XXX)."""
        customer = await self._customer(request, wanted=True)
        parameters = {**setup_parameters(request, customer), **_SETUP}
        return await self.calls.once(
            request.idempotency_key,
            lambda options: self._setup(lambda: self.calls.v1.setup_intents.create_async(parameters, options)),
            lambda: self._find_recent(request.authorization_id, customer),
        )

    async def complete(self, snapshot: AuthorizationSnapshot, idempotency_key: str) -> AuthorizationSnapshot:  # noqa: ARG002 - Stripe needs no second step
        return snapshot

    async def capture(self, request: CaptureRequest) -> AuthorizationSnapshot:
        """A capture that Stripe refuses because it was made before (its key is forgotten) is answered as it stands."""
        reference = check_reference(request.authorization_ref)
        amount = to_stripe(request.amount)
        parameters: Json = {
            "amount_to_capture": amount,
            "metadata": {f"{CAPTURE_KEY}{request.capture_id.hex}": str(amount)},
            **_INTENT,
        }
        if not request.final:
            parameters["final_capture"] = False

        async def known() -> AuthorizationSnapshot | None:
            truth = await self.fetch_authorization(reference)
            return truth if any(made.capture_id == request.capture_id for made in truth.captures) else None

        service = self.calls.v1.payment_intents
        try:
            return await self.calls.once(
                request.idempotency_key,
                lambda options: self._intent(lambda: service.capture_async(reference, parameters, options)),
                known,
            )
        except ProviderRefused as refusal:
            truth = await known() if refusal.code == "payment_intent_unexpected_state" else None
            if truth is None:
                raise
            return truth

    async def void(self, authorization_ref: str, idempotency_key: str) -> AuthorizationSnapshot:
        """Raises ProviderRefused when the money was taken already. A saved card stays saved."""
        reference = check_reference(authorization_ref)

        async def cancel(options: Json) -> AuthorizationSnapshot:
            if reference.startswith("seti_"):
                return await self._setup(lambda: self.calls.v1.setup_intents.cancel_async(reference, _SETUP, options))
            return await self._intent(lambda: self.calls.v1.payment_intents.cancel_async(reference, _INTENT, options))

        async def known() -> AuthorizationSnapshot | None:
            truth = await self.fetch_authorization(reference)
            saved = reference.startswith("seti_") and truth.state is AuthorizationState.AUTHORIZED
            return truth if saved or truth.state in UNTOUCHABLE else None

        try:
            return await self.calls.once(idempotency_key, cancel, known)
        except ProviderRefused as refusal:
            truth = await known() if refusal.code.endswith("_intent_unexpected_state") else None
            if truth is None:
                raise
            return truth

    async def refund(self, request: RefundRequest) -> RefundSnapshot:
        parameters = refund_parameters(request)

        async def create(options: Json) -> RefundSnapshot:
            return read_refund(await self.calls.ask(lambda: self.calls.v1.refunds.create_async(parameters, options)))

        return await self.calls.once(
            request.idempotency_key,
            create,
            lambda: self.find_refund(
                request.refund_id, capture_ref=request.capture_ref, authorization_ref=request.authorization_ref
            ),
        )

    async def fetch_authorization(self, provider_ref: str) -> AuthorizationSnapshot:
        reference = check_reference(provider_ref)
        if reference.startswith("seti_"):
            return await self._setup(lambda: self.calls.v1.setup_intents.retrieve_async(reference, _SETUP))
        return await self._intent(lambda: self.calls.v1.payment_intents.retrieve_async(reference, _INTENT))

    async def find_authorization(
        self, authorization_id: UUID, *, since: datetime, provider_customer: str | None
    ) -> AuthorizationSnapshot | None:
        """Go through the list, which is complete at once; Stripe's search lags behind by up to a minute or more."""
        window: Json = {"created": {"gte": int((since - SEARCH_SLACK).timestamp())}}
        if provider_customer:
            window["customer"] = provider_customer
        v1 = self.calls.v1
        for service in (v1.payment_intents, v1.setup_intents):
            async for intent in self.calls.pages(service.list_async, window):
                if intent["metadata"].get("authorization_id") == str(authorization_id):
                    return await self.fetch_authorization(intent["id"])
        return None

    async def fetch_refund(self, provider_ref: str) -> RefundSnapshot:
        reference = check_reference(provider_ref)
        return read_refund(await self.calls.ask(lambda: self.calls.v1.refunds.retrieve_async(reference)))

    async def find_refund(
        self, refund_id: UUID, *, capture_ref: str, authorization_ref: str | None
    ) -> RefundSnapshot | None:
        window = {"payment_intent": authorization_ref} if authorization_ref else {"charge": capture_ref}
        async for refund in self.calls.pages(self.calls.v1.refunds.list_async, window):
            if (refund.get("metadata") or {}).get("refund_id") == str(refund_id):
                return read_refund(refund)
        return None

    def movements(self, since: datetime, until: datetime) -> AsyncIterator[Movement]:
        return list_movements(self.calls, since, until)

    async def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        return verify_event(headers, body, self._webhook_secret, self._now())

    async def read_webhook(self, kind: str, payload: Mapping[str, Any]) -> list[Snapshot]:
        return await read_event(self, kind, payload)

    async def list_refunds(self, charge: str) -> list[RefundSnapshot]:
        refunds = self.calls.pages(self.calls.v1.refunds.list_async, {"charge": check_reference(charge)})
        return [read_refund(refund) async for refund in refunds if not is_release(refund)]

    async def close(self) -> None:
        await self.calls.close()

    async def _intent(self, call: Callable[[], Any]) -> AuthorizationSnapshot:
        """A PaymentIntent's snapshot; several captures of one charge tell their fees only in the list of movements."""
        intent = await self.calls.ask(call)
        if sum(key.startswith(CAPTURE_KEY) for key in intent["metadata"]) < 2:
            return read_authorization(intent)
        query = {"source": intent["latest_charge"]["id"], "type": "charge"}
        pages = self.calls.pages(self.calls.v1.balance_transactions.list_async, query)
        transactions = [row async for row in pages]
        return read_authorization(intent, transactions[::-1])

    async def _setup(self, call: Callable[[], Any]) -> AuthorizationSnapshot:
        return read_authorization(await self.calls.ask(call))

    async def _find_recent(self, authorization_id: UUID, customer: str | None) -> AuthorizationSnapshot | None:
        since = self._now() - KEY_LIFE
        return await self.find_authorization(authorization_id, since=since, provider_customer=customer)

    async def _customer(self, request: AuthorizeRequest | SetupRequest, *, wanted: bool) -> str | None:
        """The customer that a saved card belongs to: one per payment, whatever is repeated."""
        if request.provider_customer or not wanted:
            return request.provider_customer
        parameters = {
            "email": request.payer.email,
            "name": request.payer.name,
            "metadata": {"payment_id": str(request.payment_id)},
        }

        async def create(options: Json) -> Json:
            return await self.calls.ask(lambda: self.calls.v1.customers.create_async(parameters, options))

        async def known() -> None:  # a second customer does no harm
            return None

        return str((await self.calls.once(f"customer:{request.payment_id}", create, known))["id"])
