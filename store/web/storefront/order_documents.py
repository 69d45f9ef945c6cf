"""The invoices and credit notes of an order as its answer lists them, with their links (DOC-3, REF-8)."""

from __future__ import annotations

from collections.abc import Sequence

from store.kernel import db
from store.kernel.money import Money
from store.web.edge.schemas import money_out
from store.web.storefront.order_shapes import CreditNoteOut, InvoiceOut


def invoice_out(invoice: db.Row, shipments: Sequence[db.Row], locale: str) -> InvoiceOut:
    numbers = {shipment["id"]: shipment["number"] for shipment in shipments}
    return InvoiceOut(
        number=invoice["number"],
        shipment=numbers.get(invoice["shipment_id"]),
        amount=money_out(Money(invoice["amount_minor"], invoice["currency"]), locale),
        tax=money_out(Money(invoice["tax_minor"], invoice["currency"]), locale),
        issued_on=invoice["issued_on"],
        due_on=invoice["due_on"],
        pdf_url=f"/api/v1/orders/{invoice['order_number']}/invoices/{invoice['number']}.pdf",
    )


def credit_note_out(note: db.Row, locale: str) -> CreditNoteOut:
    return CreditNoteOut(
        number=note["number"],
        amount=money_out(Money(note["amount_minor"], note["currency"]), locale),
        tax=money_out(Money(note["tax_minor"], note["currency"]), locale),
        issued_at=note["issued_at"],
        pdf_url=f"/api/v1/orders/{note['order_number']}/credit-notes/{note['number']}.pdf",
    )
