"""What customer service's answers about refunds consist of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from store.web.edge.schemas import Labelled, MoneyOut, Out
from store.web.storefront.order_refund_shapes import InstructionsOut, VerdictOut
from store.web.storefront.order_shapes import RefundOut


class PreviewLineOut(Out):
    shipment_line_id: UUID
    shipment: str
    sku: str
    name: str
    quantity: int
    reason: Labelled
    goods: MoneyOut
    tax: MoneyOut


class PreviewShippingOut(Out):
    shipment: str
    reason: Labelled
    amount: MoneyOut
    tax: MoneyOut


class PreviewSplitOut(Out):
    """`how`: provider (by itself), by_hand (a person transfers it), invoice (an unpaid one is reduced)."""

    to: str
    how: str
    amount: MoneyOut


class PreviewOut(Out):
    """A refund to the cent, before anything is done: goods + shipping − fee − deducted = total (REF-6).

    Send `fingerprint` back to commit it. `approval` tells why a second person is needed, `outside_policy` which rules
    would be set aside: then the commit needs an `override_reason`.
    """

    fingerprint: str
    asked_at: datetime
    lines: list[PreviewLineOut]
    shipping: list[PreviewShippingOut]
    goods_total: MoneyOut
    shipping_total: MoneyOut
    tax_total: MoneyOut
    fee: MoneyOut
    deducted: MoneyOut
    total: MoneyOut
    split: list[PreviewSplitOut]
    outside_policy: list[VerdictOut]
    approval: list[VerdictOut]
    instructions: InstructionsOut | None


class RefundPartOut(Out):
    """What carries a refund at a provider."""

    id: UUID
    provider: str
    status: str
    status_label: str
    origin: str
    amount: MoneyOut
    failure_code: str | None


class AgentRefundOut(Out):
    """A refund with who started and who approved it."""

    id: UUID
    order_number: str
    request_number: str | None
    refund: RefundOut
    origin: str
    note: str
    override_reason: str
    approval_reasons: list[Labelled]
    outside_policy: bool
    requested_by: str
    approved_by: str | None
    approved_at: datetime | None
    manual_approved_by: str | None
    manual_reference: str | None
    parts: list[RefundPartOut]
