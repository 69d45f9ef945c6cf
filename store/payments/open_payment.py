"""Open the payment of an order: freeze policy and charges, plan the first call to the provider (PAY-3, PAY-5).

Runs in the placement's unit of work; the planned operations are performed after its commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.money import Money
from store.payments.authorize_charges import plan_authorization
from store.payments.methods import AT_PLACEMENT, AT_SHIPMENT, Method
from store.payments.port import Instrument, Payer
from store.payments.views import new_payment_summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is charged on its own: a planned shipment's part, or the whole order when `shipment_id` is None.

    `amount` includes `shipping` and `tax`; `soon` says that it ships before an authorization made now would expire.
    """

    charge_id: UUID
    shipment_id: UUID | None
    amount: Money
    shipping: Money
    tax: Money
    due_on: date
    soon: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPayment:
    payment_id: UUID
    order_id: UUID
    order_number: str
    method: Method
    policy: str
    total: Money
    shipping_quoted: Money
    shares: Sequence[Share]
    payer: Payer
    token: str | None = None
    instrument: Instrument | None = None
    save_consent: bool = False
    return_url: str = ""
    cancel_url: str = ""
    transfer_reference: str | None = None
    partner_id: UUID | None = None
    purchase_order_number: str | None = None
    net_days: int | None = None
    multicapture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPayment:
    """The operations to perform now, while the payer is present (none for terms), and what pages show of it."""

    operations: list[UUID]
    summary: dict[str, Any]


async def open_payment(command: OpenPayment) -> OpenedPayment:
    """Write payment and charges.

    Raises asyncpg.UniqueViolationError for a purchase order number that the partner used before (PAY-11).
    """
    calls_provider = command.policy in (AT_PLACEMENT, AT_SHIPMENT)
    payment = await _insert_payment(command)
    charges = await _insert_charges(command, secured=not calls_provider and command.policy != "prepaid")
    operations = [await _plan_first(command)] if calls_provider and command.total else []
    return OpenedPayment(operations=operations, summary=new_payment_summary(payment, charges))


async def _plan_first(command: OpenPayment) -> UUID:
    """With multicapture one hold for all that ships soon; the card is saved, as not every card turns out to have it."""
    payable = [share for share in command.shares if share.amount]
    soon = [share for share in payable if share.soon or command.policy == AT_PLACEMENT]
    first = soon if command.multicapture else soon[:1]
    return await plan_authorization(
        payment_id=command.payment_id,
        charge_ids=[share.charge_id for share in first],
        amount=Money(sum(share.amount.amount_minor for share in first), command.total.currency),
        token=command.token,
        save=command.save_consent and command.policy == AT_SHIPMENT and (len(payable) > 1 or not first),
        capture=command.policy == AT_PLACEMENT,
        multicapture=command.multicapture,
        payer=command.payer,
        cancel_url=command.cancel_url,
        inline=True,
    )


async def _insert_payment(command: OpenPayment) -> dict[str, Any]:
    instrument = command.instrument
    payment = {
        "id": command.payment_id,
        "order_id": command.order_id,
        "order_number": command.order_number,
        "method": command.method.code,
        "provider": command.method.provider,
        "capture_policy": command.policy,
        "currency": command.total.currency,
        "total_minor": command.total.amount_minor,
        "shipping_quoted_minor": command.shipping_quoted.amount_minor,
        "save_consent": command.save_consent,
        "wallet": instrument.method if instrument and instrument.method != "card" else None,
        "brand": instrument.brand if instrument else None,
        "last4": instrument.last4 if instrument else None,
        "transfer_reference": command.transfer_reference,
        "purchase_order_number": command.purchase_order_number,
        "partner_id": command.partner_id,
        "net_days": command.net_days,
        "return_url": command.return_url,
        "created_at": clock.now(),
    }
    await db.write_row("payment", **payment)
    return payment


_CHARGE_COLUMNS = {
    "id": "uuid",
    "shipment_id": "uuid",
    "status": "text",
    "amount_minor": "bigint",
    "shipping_minor": "bigint",
    "tax_minor": "bigint",
    "due_on": "date",
}


async def _insert_charges(command: OpenPayment, *, secured: bool) -> list[dict[str, Any]]:
    now = clock.now()
    same = {
        "payment_id": command.payment_id,
        "order_id": command.order_id,
        "currency": command.total.currency,
        "created_at": now,
        "updated_at": now,
    }
    charges = [
        {
            "id": share.charge_id,
            "shipment_id": share.shipment_id,
            "status": "secured" if secured or not share.amount else "planned",
            "amount_minor": share.amount.amount_minor,
            "shipping_minor": share.shipping.amount_minor,
            "tax_minor": share.tax.amount_minor,
            "due_on": share.due_on,
        }
        for share in command.shares
    ]
    await db.write_rows("charge", _CHARGE_COLUMNS, charges, **same)
    return [{**charge, **same} for charge in charges]
