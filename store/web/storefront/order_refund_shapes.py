"""What answers about refunds consist of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from store.web.edge.schemas import Labelled, MoneyOut, Out


class VerdictOut(Out):
    """Whether something may be refunded. `rule` is the requirement it stands on, `code` never changes with language."""

    eligible: bool
    rule: Annotated[str, Meta(examples=["REF-1"])]
    code: Annotated[str, Meta(examples=["eligible", "refund_deadline_over", "bought_elsewhere"])]
    message: str


class LineEligibilityOut(Out):
    """`left` units are worth `refundable`, tax included."""

    shipment_line_id: UUID
    order_line_id: UUID
    sku: str
    name: str
    shipped: int
    refunded: int
    left: int
    refundable: MoneyOut
    verdict: VerdictOut


class ShipmentEligibilityOut(Out):
    number: str
    status: str
    status_label: str
    dispatched_at: datetime | None
    refundable_until: datetime | None
    verdict: VerdictOut
    shipping: MoneyOut
    lines: list[LineEligibilityOut]


class EligibilityOut(Out):
    """`available` is what of the money taken has not gone back, is not disputed and not kept for other refunds."""

    order_number: str
    asked_at: datetime
    verdict: VerdictOut
    available: MoneyOut
    shipments: list[ShipmentEligibilityOut]


class InstructionsOut(Out):
    """How to send goods back, and who pays for it (REF-5)."""

    buyer_pays: bool
    sentences: list[str]
    carrier: str
    carrier_service: str
    carrier_url: str
    address_lines: list[str]
    address_country: str


class RequestedLineOut(Out):
    shipment_line_id: UUID
    sku: str
    quantity: int


class ProofOut(Out):
    id: UUID
    name: str
    media_type: str
    size_bytes: int


class RefundRequestOut(Out):
    """A case that customer service decides. `decision` is what was said when it was declined."""

    id: UUID
    number: str
    order_number: str
    status: str
    status_label: str
    reason: Labelled
    message: str
    lines: list[RequestedLineOut]
    proofs: list[ProofOut]
    asked_at: datetime
    decided_at: datetime | None
    decision: str | None
    instructions: InstructionsOut | None
