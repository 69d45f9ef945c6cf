"""A provider in memory that keeps books, idempotency keys and faults: a fake of the port, for races and laws.

It behaves like the real ones where that matters: a key answers what it answered before, a capture lets the rest go,
a refund never exceeds what was taken, the truth can be asked for at any time, and faults strike before or after the
money moved.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from store.kernel import clock
from store.kernel.money import Money
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    AuthorizeRequest,
    CaptureRequest,
    CaptureSnapshot,
    Declined,
    DisputeSnapshot,
    DisputeState,
    Instrument,
    Movement,
    OutcomeUnknown,
    ProviderRefused,
    RefundRequest,
    RefundSnapshot,
    SettlementState,
    SetupRequest,
    Snapshot,
    WebhookEvent,
)

A, S = AuthorizationState, SettlementState


class Crash(Exception):
    """The process dies here."""


@dataclass(slots=True)
class Taken:
    ref: str
    capture_id: UUID | None
    amount: int
    state: SettlementState = S.SUCCEEDED
    refunded: int = 0
    disputed: int = 0


@dataclass(slots=True)
class Held:
    ref: str
    authorization_id: UUID
    amount: Money
    state: AuthorizationState
    token: str
    takes_at_once: bool
    multicapture: bool = False
    customer: str | None = None
    expires_at: datetime | None = None
    decline_code: str | None = None
    captures: list[Taken] = field(default_factory=list)


@dataclass(slots=True)
class Given:
    ref: str
    refund_id: UUID | None
    held: Held
    taken: Taken
    amount: int
    state: SettlementState


@dataclass(slots=True)
class Contested:
    ref: str
    held: Held
    taken: Taken
    amount: int
    state: DisputeState = DisputeState.OPEN


class FakeProvider:
    """`faults[operation]` is a queue of drop_before, drop_after, crash_before, crash_after, decline."""

    def __init__(
        self, name: str = "stripe", *, multicapture: bool = False, latency: float = 0.0, mark: str = ""
    ) -> None:
        self.name = name
        self.mark = mark or name
        self.latency = 0.0
        self.multicapture = False
        self.life = timedelta(days=7)
        self.refunds_pend = False
        self.captures_pend = False
        self.declines_saved = False
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.calls: list[tuple[str, str]] = []
        self.held: dict[str, Held] = {}
        self.given: dict[str, Given] = {}
        self.contested: dict[str, Contested] = {}
        self.books: list[Movement] = []
        self._answers: dict[str, Snapshot | Exception] = {}
        self._numbers: dict[str, int] = defaultdict(int)

    # What the store calls.

    async def inspect(self, token: str) -> Instrument:
        if self.name == "paypal":
            return Instrument(method="paypal")
        wallet = "apple_pay" if "apple" in token else "card"
        return Instrument(method=wallet, brand="jade" if "jade" in token else "visa", funding="credit", last4="4242")

    async def authorize(self, request: AuthorizeRequest) -> AuthorizationSnapshot:
        return await self._once("authorize", request.idempotency_key, lambda: self._authorize(request))

    async def set_up(self, request: SetupRequest) -> AuthorizationSnapshot:
        return await self._once("setup", request.idempotency_key, lambda: self._set_up(request))

    async def complete(self, snapshot: AuthorizationSnapshot, idempotency_key: str) -> AuthorizationSnapshot:
        if snapshot.state is not A.APPROVED:
            return snapshot
        return await self._once("complete", idempotency_key, lambda: self._complete(snapshot.provider_ref))

    async def capture(self, request: CaptureRequest) -> AuthorizationSnapshot:
        return await self._once("capture", request.idempotency_key, lambda: self._capture(request))

    async def void(self, authorization_ref: str, idempotency_key: str) -> AuthorizationSnapshot:
        return await self._once("void", idempotency_key, lambda: self._void(authorization_ref))

    async def refund(self, request: RefundRequest) -> RefundSnapshot:
        return await self._once("refund", request.idempotency_key, lambda: self._refund(request))

    async def fetch_authorization(self, provider_ref: str) -> AuthorizationSnapshot:
        await self._ask("fetch")
        if provider_ref not in self.held:
            raise ProviderRefused("resource_missing")
        return self.truth(self.held[provider_ref])

    async def find_authorization(
        self, authorization_id: UUID, *, since: datetime, provider_customer: str | None
    ) -> AuthorizationSnapshot | None:
        await self._ask("find")
        return next(
            (self.truth(held) for held in self.held.values() if held.authorization_id == authorization_id), None
        )

    async def fetch_refund(self, provider_ref: str) -> RefundSnapshot:
        await self._ask("fetch")
        if provider_ref not in self.given:
            raise ProviderRefused("resource_missing")
        return self.refund_truth(self.given[provider_ref])

    async def find_refund(
        self, refund_id: UUID, *, capture_ref: str, authorization_ref: str | None
    ) -> RefundSnapshot | None:
        await self._ask("find")
        return next((self.refund_truth(given) for given in self.given.values() if given.refund_id == refund_id), None)

    async def movements(self, since: datetime, until: datetime) -> AsyncIterator[Movement]:
        for movement in list(self.books):
            if since <= movement.moved_at < until:
                yield movement

    async def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        raise NotImplementedError

    async def read_webhook(self, kind: str, payload: Mapping[str, Any]) -> list[Snapshot]:
        await self._ask("webhook")
        ref = payload["ref"]
        if ref in self.held:
            return [self.truth(self.held[ref])]
        if ref in self.given:
            return [self.refund_truth(self.given[ref])]
        return [self.dispute_truth(self.contested[ref])] if ref in self.contested else []

    async def close(self) -> None:
        """Nothing is open."""

    # What the payer, the bank and the dashboard do.

    def approve(self, ref: str) -> None:
        """The payer says yes on the provider's page, or in 3-D Secure."""
        held = self.held[ref]
        if held.state is not A.REQUIRES_ACTION:
            raise ProviderRefused("nothing_to_approve")
        if self.name == "paypal":
            held.state = A.APPROVED
        else:
            self._grant(held)

    def expire(self, ref: str) -> None:
        self.held[ref].state = A.EXPIRED

    def settle_capture(self, ref: str, state: SettlementState) -> None:
        """A capture that was pending is decided."""
        held = self.held[ref]
        taken = held.captures[-1]
        taken.state = state
        held.state = A.CAPTURED if state is S.SUCCEEDED else A.DECLINED
        if state is S.SUCCEEDED:
            self._book_capture(held, taken)

    def dashboard_refund(self, ref: str, amount: int) -> Given:
        held = self.held[ref]
        return self._give(held, held.captures[0], amount, None)

    def settle_refund(self, given: Given, state: SettlementState) -> None:
        """A refund ends, or comes back days later."""
        if given.state is S.SUCCEEDED and state is S.FAILED:
            self._book("refund_failure", given.ref, given.taken.ref, given.amount, given.held.amount.currency)
        if given.state is S.PENDING and state is S.SUCCEEDED:
            self._book("refund", given.ref, given.taken.ref, -given.amount, given.held.amount.currency)
        if state is S.FAILED:
            given.taken.refunded -= given.amount
        given.state = state

    def dispute(self, ref: str, amount: int) -> Contested:
        held = self.held[ref]
        contested = Contested(self._ref("du"), held, held.captures[0], amount)
        contested.taken.disputed += amount
        self.contested[contested.ref] = contested
        self._book("dispute", contested.ref, contested.taken.ref, -amount, held.amount.currency)
        return contested

    def close_dispute(self, contested: Contested, *, won: bool) -> None:
        contested.state = DisputeState.WON if won else DisputeState.LOST
        if won:
            contested.taken.disputed -= contested.amount
            currency = contested.held.amount.currency
            self._book("dispute_reversal", contested.ref, contested.taken.ref, contested.amount, currency)

    def pay_out(self, amount: int, currency: str) -> None:
        self._book("payout", self._ref("po"), None, -amount, currency)

    def balance(self, currency: str) -> int:
        lines = [line for line in self.books if line.amount.currency == currency]
        return sum(line.amount.amount_minor - line.fee.amount_minor for line in lines)

    def captured(self, currency: str) -> int:
        return sum(
            taken.amount
            for held in self.held.values()
            for taken in held.captures
            if taken.state is S.SUCCEEDED and held.amount.currency == currency
        )

    # The truth as snapshots.

    def truth(self, held: Held) -> AuthorizationSnapshot:
        currency = held.amount.currency
        good = [taken for taken in held.captures if taken.state is S.SUCCEEDED]
        redirect = {"type": "redirect", "url": f"https://pay.example/{held.ref}"}
        return AuthorizationSnapshot(
            provider=self.name,
            provider_ref=held.ref,
            authorization_id=held.authorization_id,
            state=held.state,
            amount=held.amount,
            captured=Money(sum(taken.amount for taken in good), currency),
            next_action=redirect if held.state is A.REQUIRES_ACTION else None,
            decline_code=held.decline_code,
            expires_at=held.expires_at,
            multicapture=held.multicapture,
            provider_customer=held.customer,
            provider_method=held.token if held.customer else None,
            instrument=Instrument(method="card", brand="visa", last4="4242"),
            captures=tuple(
                CaptureSnapshot(
                    provider_ref=taken.ref,
                    amount=Money(taken.amount, currency),
                    state=taken.state,
                    fee=Money(self._fee(taken.amount), currency) if taken.state is S.SUCCEEDED else None,
                    capture_id=taken.capture_id,
                )
                for taken in held.captures
            ),
        )

    def refund_truth(self, given: Given) -> RefundSnapshot:
        return RefundSnapshot(
            provider=self.name,
            provider_ref=given.ref,
            refund_id=given.refund_id,
            capture_ref=given.taken.ref,
            authorization_ref=given.held.ref,
            amount=Money(given.amount, given.held.amount.currency),
            state=given.state,
            failure_code="expired_or_canceled_card" if given.state is S.FAILED else None,
        )

    def dispute_truth(self, contested: Contested) -> DisputeSnapshot:
        return DisputeSnapshot(
            provider=self.name,
            provider_ref=contested.ref,
            capture_ref=contested.taken.ref,
            authorization_ref=contested.held.ref,
            amount=Money(contested.amount, contested.held.amount.currency),
            reason="fraudulent",
            state=contested.state,
        )

    # How it works inside.

    async def _ask(self, operation: str) -> None:
        self.calls.append((operation, ""))
        await asyncio.sleep(self.latency)
        if self._fault(operation):
            raise OutcomeUnknown(operation)

    def _fault(self, operation: str) -> str | None:
        queue = self.faults[operation] or self.faults["*"]
        return queue.pop(0) if queue else None

    async def _once(self, operation: str, key: str, apply: Callable[[], Any]) -> Any:
        self.calls.append((operation, key))
        fault = self._fault(operation)
        await asyncio.sleep(self.latency)
        if fault == "drop_before":
            raise OutcomeUnknown(operation)
        if fault == "crash_before":
            raise Crash
        if key not in self._answers:
            try:
                self._answers[key] = self._decline() if fault == "decline" else apply()
            except (Declined, ProviderRefused) as refusal:
                self._answers[key] = refusal
        answer = self._answers[key]
        await asyncio.sleep(self.latency)
        if fault == "drop_after":
            raise OutcomeUnknown(operation)
        if fault == "crash_after":
            raise Crash
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _decline(self) -> AuthorizationSnapshot:
        raise Declined("card_declined")

    def _ref(self, prefix: str) -> str:
        self._numbers[prefix] += 1
        return f"{prefix}_{self.mark}_{self._numbers[prefix]}"

    def _authorize(self, request: AuthorizeRequest) -> AuthorizationSnapshot:
        token = request.token or request.provider_method or ""
        held = Held(
            self._ref("pi"),
            request.authorization_id,
            request.amount,
            A.AUTHORIZED,
            token,
            request.capture,
            multicapture=request.multicapture and self.multicapture,
            customer=request.provider_customer or (f"cus_{request.payment_id}" if request.save else None),
        )
        self.held[held.ref] = held
        if "decline" in token or (request.off_session and self.declines_saved):
            held.state, held.decline_code = A.DECLINED, "insufficient_funds"
            raise Declined("insufficient_funds", self.truth(held))
        if self.name == "paypal" or "3ds" in token:
            held.state = A.REQUIRES_ACTION
        else:
            self._grant(held)
        return self.truth(held)

    def _grant(self, held: Held) -> None:
        held.state = A.AUTHORIZED
        held.expires_at = clock.now() + self.life
        if held.takes_at_once:
            self._take(held, held.amount.amount_minor, None)

    def _set_up(self, request: SetupRequest) -> AuthorizationSnapshot:
        held = Held(
            self._ref("seti"),
            request.authorization_id,
            Money(0, "XXX"),
            A.AUTHORIZED,
            request.token,
            takes_at_once=False,
        )
        held.customer = request.provider_customer or f"cus_{request.payment_id}"
        self.held[held.ref] = held
        return self.truth(held)

    def _complete(self, ref: str) -> AuthorizationSnapshot:
        held = self.held[ref]
        if held.state is not A.APPROVED:
            raise ProviderRefused("ORDER_ALREADY_CAPTURED")
        self._take(held, held.amount.amount_minor, None)
        return self.truth(held)

    def _capture(self, request: CaptureRequest) -> AuthorizationSnapshot:
        held = self.held[request.authorization_ref]
        free = held.amount.amount_minor - sum(taken.amount for taken in held.captures)
        if held.state is not A.AUTHORIZED or request.amount.amount_minor > free:
            raise ProviderRefused("payment_intent_unexpected_state")
        self._take(held, request.amount.amount_minor, request.capture_id)
        if held.multicapture and not request.final and request.amount.amount_minor < free:
            held.state = A.AUTHORIZED
        return self.truth(held)

    def _take(self, held: Held, amount: int, capture_id: UUID | None) -> None:
        # Parts of one authorization share a reference with Stripe.
        ref = f"ch_{held.ref}" if self.name == "stripe" else self._ref("cap")
        taken = Taken(ref, capture_id, amount, S.PENDING if self.captures_pend else S.SUCCEEDED)
        held.captures.append(taken)
        held.state = A.PROCESSING if self.captures_pend else A.CAPTURED
        if not self.captures_pend:
            self._book_capture(held, taken)

    def _void(self, ref: str) -> AuthorizationSnapshot:
        held = self.held[ref]
        if held.state in {A.CAPTURED, A.APPROVED, A.PROCESSING}:
            raise ProviderRefused("payment_intent_unexpected_state")
        if held.state is not A.EXPIRED:
            held.state = A.VOIDED
        return self.truth(held)

    def _refund(self, request: RefundRequest) -> RefundSnapshot:
        held = self.held[request.authorization_ref or ""]
        for taken in held.captures:
            if taken.amount - taken.refunded - taken.disputed >= request.amount.amount_minor:
                return self.refund_truth(self._give(held, taken, request.amount.amount_minor, request.refund_id))
        raise ProviderRefused("charge_already_refunded")

    def _give(self, held: Held, taken: Taken, amount: int, refund_id: UUID | None) -> Given:
        if taken.amount - taken.refunded - taken.disputed < amount:
            raise ProviderRefused("charge_already_refunded")
        taken.refunded += amount
        state = S.PENDING if self.refunds_pend else S.SUCCEEDED
        given = Given(self._ref("re"), refund_id, held, taken, amount, state)
        self.given[given.ref] = given
        if state is S.SUCCEEDED:
            self._book("refund", given.ref, taken.ref, -amount, held.amount.currency)
        return given

    def _fee(self, amount: int) -> int:
        return amount // 50 + 25

    def _book_capture(self, held: Held, taken: Taken) -> None:
        self._book("capture", taken.ref, held.ref, taken.amount, held.amount.currency, fee=self._fee(taken.amount))

    def _book(self, kind: str, ref: str, parent: str | None, amount: int, currency: str, *, fee: int = 0) -> None:
        self.books.append(
            Movement(
                provider=self.name,
                provider_ref=ref,
                kind=kind,
                parent_ref=parent,
                amount=Money(amount, currency),
                fee=Money(fee, currency),
                moved_at=clock.now().replace(microsecond=0),
            )
        )
