"""Invoices: one per charge, numbered without a gap, frozen as they were issued (DOC-3)."""

from __future__ import annotations

from store.documents.invoice_lines import InvoiceDoesNotAddUp
from store.documents.issue_invoice import issue_invoice, on_capture_succeeded, on_charge_invoiced
from store.documents.views import find_invoice, invoices_of
from store.kernel.outbox import Consumer


def consumers() -> list[tuple[str, Consumer]]:
    """What this room does about the facts of others: (topic, consumer)."""
    return [("capture.succeeded", on_capture_succeeded), ("charge.invoiced", on_charge_invoiced)]


__all__ = [
    "InvoiceDoesNotAddUp",
    "consumers",
    "find_invoice",
    "invoices_of",
    "issue_invoice",
    "on_capture_succeeded",
    "on_charge_invoiced",
]
