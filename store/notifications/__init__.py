"""E-mails: what is written about which fact, and how it leaves (DOC-1…4)."""

from __future__ import annotations

from store.kernel.outbox import Consumer
from store.notifications.account_emails import on_account_link_created, on_email_changed, on_password_changed
from store.notifications.case_emails import on_case_answered, on_case_opened
from store.notifications.certificate_emails import on_certificate_issued, on_resend_asked
from store.notifications.deliver_email import deliver_email
from store.notifications.import_emails import on_import_finished
from store.notifications.mail_settings import configure
from store.notifications.order_emails import on_order_canceled, on_order_confirmed
from store.notifications.payment_emails import on_invoice_issued, on_payment_link_created, on_payment_link_reminded
from store.notifications.refund_emails import on_refund_succeeded
from store.notifications.return_emails import (
    on_fault_decided,
    on_return_canceled,
    on_return_confirmed,
    on_tracking_reported,
)
from store.notifications.return_outcome_emails import (
    on_return_closed,
    on_return_expired,
    on_unit_inspected,
    on_unit_settled,
    on_units_received,
)
from store.notifications.shipment_emails import on_shipment_dispatched
from store.notifications.warranty_emails import on_units_registered
from store.notifications.write_email import write_email


def consumers() -> list[tuple[str, Consumer]]:
    """What this room does about the facts of others: (topic, consumer). `configure` comes first."""
    return [
        ("email.written", deliver_email),
        ("order.confirmed", on_order_confirmed),
        ("order.canceled", on_order_canceled),
        ("shipment.dispatched", on_shipment_dispatched),
        ("payment_link.created", on_payment_link_created),
        ("payment_link.reminded", on_payment_link_reminded),
        ("invoice.issued", on_invoice_issued),
        ("refund.succeeded", on_refund_succeeded),
        ("rma.confirmed", on_return_confirmed),
        ("rma.tracking_reported", on_tracking_reported),
        ("rma.canceled", on_return_canceled),
        ("fault_report.decided", on_fault_decided),
        ("rma.unit_received", on_units_received),
        ("rma.unit_inspected", on_unit_inspected),
        ("rma.unit_settled", on_unit_settled),
        ("rma.closed", on_return_closed),
        ("rma.expired", on_return_expired),
        ("certificate.issued", on_certificate_issued),
        ("certificate.resend_asked", on_resend_asked),
        ("units.registered", on_units_registered),
        ("warranty_import.finished", on_import_finished),
        ("account_link.created", on_account_link_created),
        ("account.password_changed", on_password_changed),
        ("account.email_changed", on_email_changed),
        ("case.opened", on_case_opened),
        ("case.answered", on_case_answered),
    ]


__all__ = ["configure", "consumers", "deliver_email", "write_email"]
