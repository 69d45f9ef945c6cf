"""What answers about returns consist of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from store.markets import Address
from store.web.edge.schemas import Labelled, MoneyOut, Out
from store.web.storefront.order_refund_shapes import VerdictOut
from store.web.storefront.order_shapes import TimelineEntryOut
from store.web.storefront.support_shapes import AnswerOut


class NeedOut(Out):
    """Something that has to be given or declared with the return."""

    code: Annotated[str, Meta(examples=["unused", "ticket", "photo_or_received_sku"])]
    label: str


class WarrantyOut(Out):
    in_warranty: bool
    rule: str
    code: str
    message: str
    starts_on: date | None = None
    until: date | None = None


class ReturnEligibilityOut(Out):
    """Whether an item can be returned for a reason, with what it would cost and need.

    `deadline` is the last day for the reason, or of the warranty. Amounts are null where nothing is known of the item
    or where it is not the caller's. `faq` are answers that may spare the return.
    """

    item: str
    sku: str | None
    name: str
    reason: Labelled
    verdict: VerdictOut
    asked_on: date | None
    deadline: date | None
    route: Labelled | None
    portal_url: str | None
    wishes: list[Labelled]
    needs: list[NeedOut]
    warranty: WarrantyOut | None
    quote: MoneyOut | None
    restocking_fee: MoneyOut | None
    paid: MoneyOut | None
    faq: list[AnswerOut]


class AccessoryOut(Out):
    """`needed`: without it the fault can't be looked at. `received` is null until it was inspected."""

    code: str
    name: str
    needed: bool
    sent: bool
    received: bool | None


class QuoteOut(Out):
    """`applicable` false: it costs nothing. `accepted` null: not decided yet."""

    applicable: bool
    total: MoneyOut
    tax: MoneyOut
    accepted: bool | None


class ReturnUnitOut(Out):
    """One item. `reception` and `acceptance` move apart: what has come, and what of it is accepted."""

    position: int
    serial: str | None
    sku: str
    name: str
    reason: Labelled
    wish: Labelled
    symptom: Labelled | None
    description: str
    received_sku: str | None
    unused: bool
    evidence_ids: list[UUID]
    ticket_number: str | None
    route: Labelled
    warranty: WarrantyOut
    paid: MoneyOut
    restocking_fee: MoneyOut
    quote: QuoteOut
    selected: bool
    reception: Labelled
    acceptance: Labelled
    outcome: Labelled | None
    accessories: list[AccessoryOut]
    repair_order: str | None
    replacement_order: str | None
    timeline: list[TimelineEntryOut]


class TermsOut(Out):
    """The conditions of return; their `version` is sent back with the confirmation."""

    version: str
    sentences: list[str]
    accepted_at: datetime | None


class TrackingOut(Out):
    carrier: str
    tracking_number: str
    posted_on: date


class ReturnSummaryOut(Out):
    """A return in a list."""

    id: UUID
    number: str | None
    status: str
    status_label: str
    created_at: datetime
    confirmed_at: datetime | None
    customer_reference: str | None
    items: int
    waiting: Annotated[int, Meta(description="Items without an outcome.")]


class ReturnOut(Out):
    """A return. `return_token` stands only in the answer to the guest who opens it, and opens it from then on.

    `quotes_accepted` is the sum of the accepted quotes, `quotes_open` that of those nobody has decided about.
    """

    id: UUID
    number: str | None
    status: str
    status_label: str
    market: str
    email: str
    customer_reference: str | None
    return_address: Address | None
    return_address_lines: list[str]
    created_at: datetime
    confirmed_at: datetime | None
    expires_at: datetime
    terms: TermsOut
    warnings: list[str]
    quotes_accepted: MoneyOut
    quotes_open: MoneyOut
    restocking_fees: MoneyOut
    tracking: TrackingOut | None
    paper_label: bool
    paper_label_sent_at: datetime | None
    label_url: str | None
    packing_advice_url: str | None
    actions: Annotated[list[str], Meta(examples=[["change", "confirm", "cancel"]])]
    units: list[ReturnUnitOut]
    timeline: list[TimelineEntryOut]
    return_token: str | None = None


class ReasonOut(Out):
    code: str
    label: str
    wishes: list[Labelled]


class ReturnOptionsOut(Out):
    """What can be chosen when a return is registered, and the conditions that are accepted at the end."""

    reasons: list[ReasonOut]
    symptoms: list[Labelled]
    terms: TermsOut
