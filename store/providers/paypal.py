"""PayPal behind the port: one order per authorization, taken in full as soon as the payer has approved it (PAY-2).

`authorize` makes an order and answers REQUIRES_ACTION with PayPal's page; the payer approves there and comes back;
`fetch_authorization` then answers APPROVED and `complete` takes the money. Our authorization's id travels as
`custom_id`, the order's number in `invoice_id`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import clock
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    AuthorizeRequest,
    CaptureRequest,
    Declined,
    Instrument,
    Movement,
    ProviderRefused,
    RefundRequest,
    RefundSnapshot,
    SetupRequest,
    Snapshot,
    WebhookEvent,
)
from store.providers.paypal_amounts import to_paypal
from store.providers.paypal_http import ENDPOINTS, Json, PayPalCalls
from store.providers.paypal_movements import list_movements
from store.providers.paypal_order import order_request
from store.providers.paypal_snapshots import order_of, read_order, read_refund
from store.providers.paypal_webhooks import PayPalWebhooks, read_event

_ID = re.compile(r"[A-Z0-9-]{1,64}", re.ASCII)
_ALREADY_TAKEN = {"ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED"}
NOTE_LENGTH = 255


class PayPalProvider:
    name = "paypal"

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        webhook_id: str,
        api_base: str | None = None,
        timeout_seconds: float = 20.0,
        *,
        mode: str = "sandbox",
        simulator_url: str | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """`simulator_url` makes webhooks trust the simulator's certificates, and only those."""
        endpoint = (api_base or ENDPOINTS[mode]).rstrip("/")
        self.calls = PayPalCalls(client_id, client_secret, endpoint, timeout_seconds)
        self._webhooks = PayPalWebhooks(self.calls, webhook_id, now=now, simulator_url=simulator_url)

    async def inspect(self, token: str) -> Instrument:  # noqa: ARG002 - PayPal's page asks for everything
        return Instrument(method="paypal")

    async def authorize(self, request: AuthorizeRequest) -> AuthorizationSnapshot:
        if not request.capture or request.off_session:
            raise ProviderRefused("not_supported", "PayPal is charged in full with the payer present")
        return read_order(await self.calls.post("v2/checkout/orders", order_request(request), request.idempotency_key))

    async def set_up(self, request: SetupRequest) -> AuthorizationSnapshot:  # noqa: ARG002 - as the port says
        raise ProviderRefused("not_supported", "PayPal accounts are not saved")

    async def complete(self, snapshot: AuthorizationSnapshot, idempotency_key: str) -> AuthorizationSnapshot:
        """Raises Declined also when PayPal made a capture that it declined at once."""
        if snapshot.state is not AuthorizationState.APPROVED:
            return snapshot
        path = f"v2/checkout/orders/{_check(snapshot.provider_ref)}/capture"
        try:
            order = await self.calls.post(path, {}, idempotency_key)
        except ProviderRefused as refusal:
            if refusal.code not in _ALREADY_TAKEN:
                raise
            return await self.fetch_authorization(snapshot.provider_ref)
        truth = read_order(order) if _is_whole(order) else await self.fetch_authorization(snapshot.provider_ref)
        if truth.state is AuthorizationState.DECLINED:
            raise Declined(truth.decline_code or "capture_declined", truth)
        return truth

    async def capture(self, request: CaptureRequest) -> AuthorizationSnapshot:
        raise ProviderRefused("not_supported", f"order {request.order_number} is charged in full by complete()")

    async def void(self, authorization_ref: str, idempotency_key: str) -> AuthorizationSnapshot:  # noqa: ARG002 - no call
        """An order holds no funds, and PayPal can't be told to forget it: it is voided by our never capturing it.

        Raises ProviderRefused when the money was taken, or is being taken.
        """
        truth = await self.fetch_authorization(authorization_ref)
        if truth.state in {AuthorizationState.CAPTURED, AuthorizationState.PROCESSING}:
            raise ProviderRefused("order_already_captured", "refund it instead")
        if truth.state in {AuthorizationState.REQUIRES_ACTION, AuthorizationState.APPROVED}:
            return replace(truth, state=AuthorizationState.VOIDED, next_action=None)
        return truth

    async def refund(self, request: RefundRequest) -> RefundSnapshot:
        body: Json = {
            "amount": to_paypal(request.amount),
            "custom_id": str(request.refund_id),
            "invoice_id": f"{request.order_number}-R-{request.refund_id.hex[-8:]}",
        }
        if request.reason:
            body["note_to_payer"] = request.reason[:NOTE_LENGTH]
        path = f"v2/payments/captures/{_check(request.capture_ref)}/refund"
        refund = await self.calls.post(path, body, request.idempotency_key)
        return replace(read_refund(refund, request.authorization_ref), capture_ref=request.capture_ref)

    async def fetch_authorization(self, provider_ref: str) -> AuthorizationSnapshot:
        return read_order(await self.calls.get(f"v2/checkout/orders/{_check(provider_ref)}"))

    async def find_authorization(
        self,
        authorization_id: UUID,  # noqa: ARG002 - see below
        *,
        since: datetime,  # noqa: ARG002
        provider_customer: str | None,  # noqa: ARG002
    ) -> AuthorizationSnapshot | None:
        """None, always: an order whose id never reached us can't be paid.

        PayPal lists no orders. Its payer was never shown the page to approve it, and nobody but us could capture it,
        so it dies of age; asking again makes another one. What happened to an order that we know is fetched.
        """
        return None

    async def fetch_refund(self, provider_ref: str) -> RefundSnapshot:
        return read_refund(await self.calls.get(f"v2/payments/refunds/{_check(provider_ref)}"))

    async def find_refund(
        self, refund_id: UUID, *, capture_ref: str, authorization_ref: str | None
    ) -> RefundSnapshot | None:
        order_id = authorization_ref or order_of(await self.fetch_capture(capture_ref))
        order = await self.calls.get(f"v2/checkout/orders/{_check(order_id)}")
        for unit in order["purchase_units"]:
            for refund in (unit.get("payments") or {}).get("refunds") or ():
                if refund.get("custom_id") == str(refund_id):
                    return replace(read_refund(refund, order["id"]), capture_ref=capture_ref)
        return None

    async def fetch_capture(self, capture_ref: str) -> Json:
        return await self.calls.get(f"v2/payments/captures/{_check(capture_ref)}")

    async def fetch_dispute(self, provider_ref: str) -> Json:
        return await self.calls.get(f"v1/customer/disputes/{_check(provider_ref)}")

    def movements(self, since: datetime, until: datetime) -> AsyncIterator[Movement]:
        return list_movements(self.calls, since, until)

    async def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        return await self._webhooks.verify(headers, body)

    async def read_webhook(self, kind: str, payload: Mapping[str, Any]) -> list[Snapshot]:
        return await read_event(self, kind, payload)

    async def close(self) -> None:
        await self._webhooks.close()
        await self.calls.close()


def _is_whole(order: Json) -> bool:
    """A capture's answer may be minimal, without the amounts of the order."""
    units = order.get("purchase_units") or [{}]
    return "amount" in units[0] and "payments" in units[0]


def _check(reference: str | None) -> str:
    if reference is None or not _ID.fullmatch(reference):
        raise ProviderRefused("invalid_reference", "not an id of PayPal's")
    return reference
