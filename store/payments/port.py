"""The port to payment providers: what the store asks, what it gets back, and how a call may end.

A provider's words (PaymentIntent, purchase unit) stay behind it. Every call carries our amount, our idempotency key
and a time limit; it ends with a snapshot of the provider's truth, or with one of three refusals: Declined (the payer's
bank or the payer said no), ProviderRefused (the call was wrong; nothing happened), OutcomeUnknown (nobody can tell
until the provider has been asked: PAY-8).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from store.kernel.money import Money


class AuthorizationState(StrEnum):
    """What a provider says of an authorization."""

    REQUIRES_ACTION = "requires_action"  # the payer must approve (3-D Secure, PayPal's page)
    APPROVED = "approved"  # PayPal: approved by the payer, to be captured by us
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"


class SettlementState(StrEnum):
    """What a provider says of a capture or refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeState(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What stands behind a payment token, read before it is used: it decides when money is taken (PAY-2, PAY-3)."""

    method: str  # card | apple_pay | google_pay | paypal
    brand: str = ""  # visa | mastercard | amex | discover | diners | jcb | …
    funding: str = ""  # credit | debit | prepaid | unknown
    last4: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    email: str
    name: str
    locale: str
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeRequest:
    """Hold funds, or take them at once when `capture` is set."""

    idempotency_key: str
    payment_id: UUID
    authorization_id: UUID
    order_id: UUID
    order_number: str
    amount: Money
    capture: bool
    payer: Payer
    return_url: str
    cancel_url: str = ""
    token: str | None = None  # given by the storefront: the payer is present
    provider_customer: str | None = None
    provider_method: str | None = None  # saved earlier
    off_session: bool = False  # the payer is absent: the saved method is used
    save: bool = False  # keep the method for later shipments (with consent)
    multicapture: bool = False  # ask for several captures where the contract has it


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRequest:
    """Save a card without taking or holding anything: everything ships later (PAY-5)."""

    idempotency_key: str
    payment_id: UUID
    authorization_id: UUID
    order_id: UUID
    order_number: str
    payer: Payer
    token: str
    return_url: str
    provider_customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSnapshot:
    provider_ref: str
    amount: Money
    state: SettlementState
    fee: Money | None = None
    capture_id: UUID | None = None  # ours, where the provider carries it


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationSnapshot:
    """The provider's truth about an authorization (or a set-up, with a zero amount), with all its captures."""

    provider: str
    provider_ref: str
    authorization_id: UUID | None  # ours, from the provider's metadata
    state: AuthorizationState
    amount: Money
    captured: Money
    next_action: Mapping[str, str] | None = (
        None  # {"type": "redirect", "url": …} or {"type": "sdk", "client_secret": …}
    )
    decline_code: str | None = None
    expires_at: datetime | None = None
    multicapture: bool = False
    provider_charge: str | None = None
    provider_customer: str | None = None
    provider_method: str | None = None
    instrument: Instrument | None = None
    captures: tuple[CaptureSnapshot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    idempotency_key: str
    capture_id: UUID
    order_number: str
    authorization_ref: str
    amount: Money
    final: bool  # False keeps the rest of a multicapture authorization alive


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    idempotency_key: str
    refund_id: UUID  # the payment_refund's
    order_number: str
    authorization_ref: str | None
    capture_ref: str
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSnapshot:
    provider: str
    provider_ref: str
    refund_id: UUID | None  # ours; None when it was made in the provider's dashboard (REF-10)
    capture_ref: str
    authorization_ref: str | None
    amount: Money
    state: SettlementState
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSnapshot:
    provider: str
    provider_ref: str
    capture_ref: str
    authorization_ref: str | None
    amount: Money
    reason: str
    state: DisputeState


Snapshot = AuthorizationSnapshot | RefundSnapshot | DisputeSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A line of the provider's own books. Money taken is positive, given back or withdrawn negative; fees are apart."""

    provider: str
    provider_ref: str  # of the capture, refund, dispute or payout that moved the money
    kind: str  # capture | refund | refund_failure | dispute | dispute_reversal | fee | payout | other
    parent_ref: str | None  # the capture or authorization that a refund or dispute belongs to
    amount: Money
    fee: Money
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    event_id: str
    kind: str
    payload: dict[str, Any]


class Declined(Exception):
    """The payer or the payer's bank said no. `code` is the provider's reason, e.g. insufficient_funds."""

    def __init__(self, code: str, snapshot: AuthorizationSnapshot | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.snapshot = snapshot


class ProviderRefused(Exception):
    """The provider refused the call itself; nothing happened."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class OutcomeUnknown(Exception):
    """Time-out, dropped connection, 5xx: whether it happened is only known to the provider."""


class WebhookRefused(Exception):
    """A webhook that is malformed or not signed by the provider."""


class Provider(Protocol):
    """What every payment provider's adapter does. Calls may raise Declined, ProviderRefused or OutcomeUnknown."""

    name: str

    async def inspect(self, token: str) -> Instrument:
        """Read what a storefront's token stands for, before it is used."""

    async def authorize(self, request: AuthorizeRequest) -> AuthorizationSnapshot: ...

    async def set_up(self, request: SetupRequest) -> AuthorizationSnapshot:
        """Save a method; AUTHORIZED with amount zero when it is saved."""

    async def complete(self, snapshot: AuthorizationSnapshot, idempotency_key: str) -> AuthorizationSnapshot:
        """Take the money that the payer has approved (state APPROVED); other states are answered unchanged."""

    async def capture(self, request: CaptureRequest) -> AuthorizationSnapshot: ...

    async def void(self, authorization_ref: str, idempotency_key: str) -> AuthorizationSnapshot:
        """Let the funds go; one that is voided or expired already is answered as it stands."""

    async def refund(self, request: RefundRequest) -> RefundSnapshot: ...

    async def fetch_authorization(self, provider_ref: str) -> AuthorizationSnapshot: ...

    async def find_authorization(
        self, authorization_id: UUID, *, since: datetime, provider_customer: str | None
    ) -> AuthorizationSnapshot | None:
        """Look for an authorization that we may have made but whose answer was lost; None: it does not exist."""

    async def fetch_refund(self, provider_ref: str) -> RefundSnapshot: ...

    async def find_refund(
        self, refund_id: UUID, *, capture_ref: str, authorization_ref: str | None
    ) -> RefundSnapshot | None:
        """Look for a refund whose answer was lost; None: it does not exist."""

    def movements(self, since: datetime, until: datetime) -> AsyncIterator[Movement]:
        """The provider's own books, oldest first."""

    async def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Check the signature on the raw body. Raises WebhookRefused."""

    async def read_webhook(self, kind: str, payload: Mapping[str, Any]) -> list[Snapshot]:
        """Fetch the truth about what an event names; an event of no interest gives an empty list."""

    async def close(self) -> None: ...


_providers: dict[str, Provider] = {}


def use_provider(provider: Provider) -> None:
    """Connect an adapter; done once per process where everything is composed."""
    _providers[provider.name] = provider


def get_provider(name: str) -> Provider:
    return _providers[name]


def providers() -> dict[str, Provider]:
    return dict(_providers)
