"""Issue the invoice of a charge, when its money was taken or when it falls due on terms (DOC-3, PAY-10, PAY-11)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from store.documents.invoice_lines import content_of
from store.documents.parties import buyer_of, exemption_of, postal_of, ship_to_of
from store.kernel import clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.numbers import next_number
from store.markets import get_market, local_date
from store.orders.find_orders import WholeOrder, load_orders
from store.payments.tables import load_charge, lock_payment

outbox.declare("invoice.issued")


async def on_capture_succeeded(charge_id: str, **_: Any) -> None:
    """Consumer of capture.succeeded: what was paid is invoiced, unless it was invoiced on terms before."""
    await issue_invoice(UUID(charge_id))


async def on_charge_invoiced(charge_id: str, **_: Any) -> None:
    """Consumer of charge.invoiced: goods left on terms, and the money is due on the charge's day."""
    await issue_invoice(UUID(charge_id), on_terms=True)


async def issue_invoice(charge_id: UUID, *, on_terms: bool = False) -> UUID:
    """The charge's invoice, issued now if it has none yet; stages `invoice.issued`. Raises InvoiceDoesNotAddUp.

    The payment's lock lets one caller through per charge, so that no number is taken for an invoice that isn't kept.
    """
    charge = await load_charge(charge_id)
    async with db.unit_of_work():
        payment = await lock_payment(charge["payment_id"])
        known: UUID | None = await db.fetchval("select id from invoice where charge_id = $1", charge_id)
        if known is not None:
            return known
        charge = await load_charge(charge_id)
        (order,) = await load_orders([charge["order_id"]])
        invoice_id = new_id()
        await _insert(invoice_id, order, payment, charge, due_on=charge["due_on"] if on_terms else None)
        await outbox.stage("invoice.issued", order_id=charge["order_id"], charge_id=charge_id, invoice_id=invoice_id)
    return invoice_id


async def _insert(invoice_id: UUID, order: WholeOrder, payment: db.Row, charge: db.Row, *, due_on: date | None) -> None:
    row = order.order
    market = get_market(row["market"])
    content = content_of(order, charge)
    buyer = await buyer_of(row, market.legal_entity)
    now = clock.now()
    issued_on = local_date(market, now)
    await db.insert(
        "invoice",
        id=invoice_id,
        legal_entity=row["legal_entity"],
        number=await _number(row["legal_entity"], issued_on.year),
        order_id=row["id"],
        order_number=row["number"],
        charge_id=charge["id"],
        shipment_id=charge["shipment_id"],
        locale=row["locale"],
        currency=charge["currency"],
        amount_minor=content.amount_minor,
        tax_minor=content.tax_minor,
        shipping_minor=content.shipping_minor,
        shipping_tax_minor=content.shipping_tax_minor,
        tax_name=row["tax_name"],
        tax_region=row["tax_region"],
        lines=content.lines,
        taxes=content.taxes,
        seller=msgspec.to_builtins(market.legal_entity),
        buyer=buyer,
        ship_to=ship_to_of(row, market.legal_entity),
        deliver_to=postal_of(row["shipping_address"]),
        supplied_on=_supplied_on(order, charge),
        return_number=row["origin_number"],
        tax_exemption=await exemption_of(row, market),
        customer_reference=row["customer_reference"],
        payment_method=payment["method"],
        transfer_reference=payment["transfer_reference"],
        purchase_order_number=payment["purchase_order_number"],
        issued_on=issued_on,
        due_on=due_on,
        issued_at=now,
    )


async def _number(legal_entity: str, year: int) -> str:
    """e.g. EXEMPLE-FR-2026-000001; taken last, as its row stays locked until the transaction ends."""
    return f"{legal_entity}-{year}-{await next_number(legal_entity, 'invoice', year):06d}"


def _supplied_on(order: WholeOrder, charge: db.Row) -> date | None:
    """The day on which the goods left, where they have; not known of what is paid before."""
    market = get_market(order.order["market"])
    days = [
        local_date(market, shipment["dispatched_at"])
        for shipment in order.shipments
        if shipment["id"] == charge["shipment_id"] and shipment["dispatched_at"]
    ]
    return days[0] if days else None
