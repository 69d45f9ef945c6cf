"""What an order's answer consists of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from store.markets import Address
from store.web.edge.schemas import Labelled, MoneyOut, Out
from store.web.storefront.cart_shapes import TotalsOut


class OrderLineOut(Out):
    """Frozen at placement; `quantity` includes what was cancelled since."""

    id: UUID
    sku: str
    name: str
    quantity: int
    canceled_quantity: int
    unit_price: MoneyOut
    discount: MoneyOut
    tax: MoneyOut
    total: MoneyOut


class TrackingOut(Out):
    carrier: str
    number: str
    url: str | None


class ShipmentLineOut(Out):
    """Units that leave with a shipment; `total` is their share of the line, tax included."""

    id: UUID
    order_line_id: UUID
    sku: str
    name: str
    quantity: int
    canceled_quantity: int
    serials: list[str]
    total: MoneyOut


class ChargeOut(Out):
    """A share of the order that is taken on its own. `shipment` is the number of the shipment it pays for.

    `payment_link_open`: the customer was sent a link to pay it, because it could not be charged otherwise.
    """

    shipment: str | None
    when: str
    when_label: str
    due_on: date | None
    status: str
    status_label: str
    amount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    charged_at: datetime | None
    refunded: MoneyOut
    payment_link_open: bool


class ShipmentOut(Out):
    """Goods that leave together. `refundable_until` is fixed when they leave (SHP-8)."""

    number: str
    kind: Labelled
    status: str
    status_label: str
    ship_on: date
    promised_on: date
    not_before: date | None
    dispatched_at: datetime | None
    delivered_at: datetime | None
    refundable_until: datetime | None
    tracking: TrackingOut | None
    lines: list[ShipmentLineOut]
    shipping: MoneyOut
    total: MoneyOut
    charge: ChargeOut | None


class BankOut(Out):
    """Where a transfer goes to."""

    holder: str
    bank: str
    account: str
    bic: str
    routing: str


class TransferOut(Out):
    """How to pay by bank transfer: the structured reference (ISO 11649) must be given as it stands."""

    reference: str
    amount: MoneyOut
    bank: BankOut


class PaymentOut(Out):
    """`method` and how it was paid. `next_action` is what the payer has to do now.

    `{"type": "redirect", "url": …}`: send the payer there. `{"type": "sdk", "client_secret": …}`: hand it to the
    provider's script. When the payer is back, POST …/payment/confirm.
    """

    method: Labelled
    brand: str | None
    last4: Annotated[str | None, Meta(description="The last four digits; the store never has the others.")]
    purchase_order_number: str | None
    net_days: int | None
    charged: MoneyOut
    refunded: MoneyOut
    refunds_pending: MoneyOut
    charges: list[ChargeOut]
    transfer: TransferOut | None
    next_action: dict[str, Any] | None
    decline_code: str | None


class RefundedLineOut(Out):
    sku: str
    name: str
    quantity: int
    amount: MoneyOut


class RefundOut(Out):
    """Money on its way back, or back already: goods + shipping − fee = amount."""

    number: str
    status: str
    status_label: str
    reason: Labelled
    amount: MoneyOut
    goods: MoneyOut
    shipping: MoneyOut
    fee: MoneyOut
    lines: list[RefundedLineOut]
    requested_at: datetime
    settled_at: datetime | None
    credit_note: str | None


class InvoiceOut(Out):
    """An invoice of a charge. `shipment` is the number of the shipment it is for; `due_on` of one on terms."""

    number: str
    shipment: str | None
    amount: MoneyOut
    tax: MoneyOut
    issued_on: date
    due_on: date | None
    pdf_url: str


class CreditNoteOut(Out):
    number: str
    amount: MoneyOut
    tax: MoneyOut
    issued_at: datetime
    pdf_url: str


class ReasonOut(Out):
    """Why something can't be done now."""

    code: str
    title: str
    detail: str


class ActionOut(Out):
    """Something that can be done with the order, or why it can't be."""

    action: Annotated[str, Meta(examples=["cancel", "change_address", "request_refund"])]
    label: str
    possible: bool
    reason: ReasonOut | None


class OrderSummary(Out):
    """An order in a list. `origin` is shop, or what a return led to (replacement, repair, return) with its number."""

    number: str
    market: str
    channel: str
    origin: Labelled
    return_number: str | None
    status: str
    status_label: str
    payment_status: str
    payment_status_label: str
    fulfillment_status: str
    fulfillment_status_label: str
    placed_at: datetime
    total: MoneyOut
    customer_reference: str | None
    shipments: list[ShipmentOut]


class OrderOut(OrderSummary, kw_only=True):
    """An order whole: prices are those of the placement, whatever has changed in the shop since.

    `order_token` is there when the order was just placed or looked up: a guest sends it as X-Order-Token.
    """

    channel_reference: str | None
    email: str
    locale: str
    shipping_address: Address
    billing_address: Address
    shipping_method: Labelled
    coupon: str | None
    lines: list[OrderLineOut]
    totals: TotalsOut
    payment: PaymentOut | None
    refunds: list[RefundOut]
    invoices: list[InvoiceOut]
    credit_notes: list[CreditNoteOut]
    actions: list[ActionOut]
    order_token: str | UnsetType = UNSET


class TimelineEntryOut(Out):
    """What happened, in the reader's language."""

    at: datetime
    kind: str
    text: str
