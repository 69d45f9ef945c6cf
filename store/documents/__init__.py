"""Documents: invoices, frozen as they were issued, and all that is printed as PDF (DOC-3, DOC-5, RMA-14)."""

from __future__ import annotations

from store.documents.invoice_lines import InvoiceDoesNotAddUp
from store.documents.issue_invoice import issue_invoice, on_capture_succeeded, on_charge_invoiced
from store.documents.keep_document import DocumentDamaged, DocumentFile, credit_note_pdf, invoice_pdf
from store.documents.order_summary import order_summary_pdf
from store.documents.packing_advice import packing_advice_html
from store.documents.packing_slip import packing_slip_pdf
from store.documents.return_label import NotALabel, ReturnLabel, make_label
from store.documents.views import find_invoice, invoices_of
from store.kernel.outbox import Consumer


def consumers() -> list[tuple[str, Consumer]]:
    """What this room does about the facts of others: (topic, consumer)."""
    return [("capture.succeeded", on_capture_succeeded), ("charge.invoiced", on_charge_invoiced)]


__all__ = [
    "DocumentDamaged",
    "DocumentFile",
    "InvoiceDoesNotAddUp",
    "NotALabel",
    "ReturnLabel",
    "consumers",
    "credit_note_pdf",
    "find_invoice",
    "invoice_pdf",
    "invoices_of",
    "issue_invoice",
    "make_label",
    "on_capture_succeeded",
    "on_charge_invoiced",
    "order_summary_pdf",
    "packing_advice_html",
    "packing_slip_pdf",
]
