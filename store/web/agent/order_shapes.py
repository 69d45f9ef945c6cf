"""What customer service sees of an order beyond what its owner sees."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from store.web.edge.schemas import MoneyOut, Out
from store.web.storefront.order_shapes import ActionOut, OrderOut, OrderSummary


class FoundOrder(OrderSummary, kw_only=True):
    """An order in the desk's list."""

    email: str
    recipient: str
    country: str


class HistoryOut(Out):
    """An entry of the history with who did it; `public`: the customer sees it too."""

    at: datetime
    kind: str
    text: str
    actor: str
    facts: dict[str, Any]
    public: bool


class InternalShipmentOut(Out):
    """The inside of a shipment."""

    id: UUID
    number: str
    warehouse: str
    hold_reason: str | None
    ready_at: datetime | None
    released_at: datetime | None
    returned_at: datetime | None


class InternalChargeOut(Out):
    """A charge with its id, for allocating bank transfers to it, and until when it is secured."""

    id: UUID
    shipment_id: UUID | None
    status: str
    amount: MoneyOut
    hold_reason: str | None
    authorized_until: datetime | None


class DisputeOut(Out):
    """A chargeback: the disputed money can't be refunded while it is open, nor after it was lost (PAY-12)."""

    id: UUID
    order_number: str | None
    status: str
    status_label: str
    reason: str
    amount: MoneyOut
    opened_at: datetime
    closed_at: datetime | None


class AgentOrderOut(Out):
    """Everything about an order on one page. `actions` are those of customer service."""

    id: UUID
    order: OrderOut
    account_id: UUID | None
    partner_id: UUID | None
    phone: str | None
    legal_entity: str
    actions: list[ActionOut]
    shipments: list[InternalShipmentOut]
    charges: list[InternalChargeOut]
    disputes: list[DisputeOut]
    history: list[HistoryOut]


class HoldOut(Out):
    """A shipment that is kept back because its money isn't secured (PAY-6)."""

    shipment: str
    order_number: str
    market: str
    hold_reason: str | None
    hold_reason_label: str
    email: str
    ship_on: date
    amount: MoneyOut
    payment_link_open: bool
    placed_at: datetime
