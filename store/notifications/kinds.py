"""The kinds of e-mails and their subjects; every subject of an order's e-mail carries its number (DOC-2)."""

from __future__ import annotations

from store.kernel.i18n import N_

ORDER_CONFIRMED = "order_confirmed"
ORDER_CANCELED = "order_canceled"
ORDER_PARTLY_CANCELED = "order_partly_canceled"
SHIPMENT_DISPATCHED = "shipment_dispatched"
PAYMENT_LINK = "payment_link"
PAYMENT_LINK_REMINDER = "payment_link_reminder"
INVOICE_DUE = "invoice_due"
REFUNDED = "refunded"
CERTIFICATE_ISSUED = "certificate_issued"
CERTIFICATE_RESENT = "certificate_resent"
PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of an e-mail
PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an e-mail
EMAIL_VERIFICATION = "email_verification"
EMAIL_CHANGED = "email_changed"
RMA_CONFIRMED = "rma_confirmed"
RMA_LABEL = "rma_label"
RMA_TRACKING = "rma_tracking"
RMA_CANCELED = "rma_canceled"
FAULT_REPORT_DECIDED = "fault_report_decided"
RMA_RECEIVED = "rma_received"
RMA_INSPECTED = "rma_inspected"
RMA_SETTLED = "rma_settled"
RMA_CLOSED = "rma_closed"
RMA_EXPIRED = "rma_expired"
UNIT_REGISTERED = "unit_registered"
IMPORT_FINISHED = "import_finished"
CASE_RECEIVED = "case_received"
CASE_ANSWERED = "case_answered"

# About a person's account or devices: these have no number in their subjects.
OF_ACCOUNTS = frozenset(
    {PASSWORD_RESET, PASSWORD_CHANGED, EMAIL_VERIFICATION, EMAIL_CHANGED, UNIT_REGISTERED, IMPORT_FINISHED}
)

SUBJECTS = {
    ORDER_CONFIRMED: N_("Order {number}: thank you for your order"),
    ORDER_CANCELED: N_("Order {number}: your order was cancelled"),
    ORDER_PARTLY_CANCELED: N_("Order {number}: part of your order was cancelled"),
    SHIPMENT_DISPATCHED: N_("Order {number}: shipment {shipment} is on its way"),
    PAYMENT_LINK: N_("Order {number}: please complete your payment"),
    PAYMENT_LINK_REMINDER: N_("Order {number}: reminder to complete your payment"),
    INVOICE_DUE: N_("Order {number}: invoice {invoice}, due on {due_on}"),
    REFUNDED: N_("Order {number}: your refund of {amount}"),
    CERTIFICATE_ISSUED: N_("Order {number}: your service certificate"),
    CERTIFICATE_RESENT: N_("Order {number}: your service certificate, sent again"),
    PASSWORD_RESET: N_("Set a new password"),
    PASSWORD_CHANGED: N_("Your password was changed"),
    EMAIL_VERIFICATION: N_("Please confirm your e-mail address"),
    EMAIL_CHANGED: N_("Your e-mail address was changed"),
    RMA_CONFIRMED: N_("Return {number}: confirmed"),
    RMA_LABEL: N_("Return {number}: your label and how to pack"),
    RMA_TRACKING: N_("Return {number}: we expect your parcel"),
    RMA_CANCELED: N_("Return {number}: cancelled"),
    FAULT_REPORT_DECIDED: N_("Fault report {number}: our answer"),
    RMA_RECEIVED: N_("Return {number}: your parcel has arrived"),
    RMA_INSPECTED: N_("Return {number}: result of the inspection"),
    RMA_SETTLED: N_("Return {number}: news about your item"),
    RMA_CLOSED: N_("Return {number}: closed"),
    RMA_EXPIRED: N_("Return {number}: expired"),
    UNIT_REGISTERED: N_("Your registration"),
    IMPORT_FINISHED: N_("Your import of {file}"),
    CASE_RECEIVED: N_("Case {number}: we have received your message"),
    CASE_ANSWERED: N_("Case {number}: our answer"),
}
