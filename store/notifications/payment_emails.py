"""E-mails about money to come: payment links with their reminders (PAY-6), invoices on terms (PAY-10, PAY-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.documents import find_invoice
from store.kernel import db
from store.kernel.i18n import pick
from store.notifications import kinds
from store.notifications.order_facts import (
    OrderFacts,
    common_context,
    described_shipments,
    load_facts,
    transfer_context,
)
from store.notifications.payment_link_address import marked_address
from store.notifications.write_email import is_written, write_email
from store.payments.payment_links import PaymentLink, find_link
from store.shipments import ShipmentStatus

GONE = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)


async def on_payment_link_created(link_id: str, **_: Any) -> None:
    """A shipment is on hold, or left unpaid: its customer may pay it with another method."""
    await _write_link(f"payment_link.created:{link_id}", kinds.PAYMENT_LINK, UUID(link_id))


async def on_payment_link_reminded(link_id: str, count: int, **_: Any) -> None:
    await _write_link(f"payment_link.reminded:{link_id}:{count}", kinds.PAYMENT_LINK_REMINDER, UUID(link_id))


async def _write_link(key: str, kind: str, link_id: UUID) -> None:
    """Nothing is written when there is nothing to pay any more."""
    link = None if await is_written(key) else await find_link(link_id)
    if link is None:
        return
    facts = await load_facts(link.order_id)
    await write_email(
        key=key,
        kind=kind,
        recipient=facts["email"],
        locale=facts.locale,
        order_id=facts["id"],
        payment_link_id=link_id,
        context=link_context(facts, link),
    )


def link_context(facts: OrderFacts, link: PaymentLink) -> dict[str, Any]:
    charges = facts.payment["charges"] if facts.payment else []
    shipment_id = next((charge["shipment_id"] for charge in charges if charge["id"] == link.charge_id), None)
    gone = [each for each in described_shipments(facts, GONE) if shipment_id == each["id"]]
    return {
        **common_context(facts),
        "amount": link.amount,
        "pay_url": marked_address(),
        "expires_on": facts.day(link.expires_at),
        "gone": bool(gone),
        "items": [
            item
            for shipment in gone or described_shipments(facts)
            if shipment_id in {None, shipment["id"]}
            for item in shipment["items"]
        ],
    }


async def on_invoice_issued(invoice_id: str, **_: Any) -> None:
    """An invoice that is still to be paid is told with its day and the account; one that is paid needs no e-mail."""
    key = f"invoice.issued:{invoice_id}"
    invoice = None if await is_written(key) else await find_invoice(UUID(invoice_id))
    if invoice is None or invoice["due_on"] is None:
        return
    facts = await load_facts(invoice["order_id"])
    await write_email(
        key=key,
        kind=kinds.INVOICE_DUE,
        recipient=facts["email"],
        locale=facts.locale,
        order_id=facts["id"],
        context=invoice_context(facts, invoice),
    )


def invoice_context(facts: OrderFacts, invoice: Mapping[str, Any] | db.Row) -> dict[str, Any]:
    """From the invoice's row."""
    return {
        **common_context(facts, invoice=invoice["number"], due_on=invoice["due_on"]),
        "invoice": invoice["number"],
        "amount": facts.money(invoice["amount_minor"]),
        "due_on": invoice["due_on"],
        "purchase_order_number": invoice["purchase_order_number"],
        "items": [_invoiced_item(facts, line) for line in invoice["lines"]],
        "totals": _invoice_totals(facts, invoice),
        "transfer": transfer_context(facts, invoice["transfer_reference"]),
    }


def _invoiced_item(facts: OrderFacts, line: Mapping[str, Any]) -> dict[str, Any]:
    before_tax = 0 if facts["tax_mode"] == "inclusive" else line["tax_minor"]
    return {
        "name": pick(line["names"], facts.locale),
        "sku": line["sku"],
        "quantity": line["quantity"],
        "amount": facts.money(line["goods_minor"] - before_tax),
        "serials": [],
    }


def _invoice_totals(facts: OrderFacts, invoice: Mapping[str, Any] | db.Row) -> dict[str, Any]:
    included = facts["tax_mode"] == "inclusive"
    goods = invoice["amount_minor"] - invoice["shipping_minor"]
    goods_tax = invoice["tax_minor"] - invoice["shipping_tax_minor"]
    return {
        "goods": facts.money(goods - (0 if included else goods_tax)),
        "shipping": facts.money(invoice["shipping_minor"] - (0 if included else invoice["shipping_tax_minor"])),
        "discount": None,
        "tax": facts.money(invoice["tax_minor"]),
        "tax_name": invoice["tax_name"],
        "tax_included": included,
        "total": facts.money(invoice["amount_minor"]),
    }
