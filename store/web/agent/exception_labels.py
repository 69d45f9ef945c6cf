"""What waits in the exceptions queue, in the words of those who look at it (DSK-2)."""

from store.kernel.i18n import N_

# kind → label; each kind that the store opens has one.
EXCEPTION_LABELS = {
    "authorized_twice": N_("Authorized twice"),
    "bank_line": N_("Bank transfer without an order"),
    "capture_failed": N_("A charge of shipped goods failed"),
    "capture_missing": N_("The provider doesn't know this charge"),
    "capture_not_ours": N_("A charge that we did not ask for"),
    "captured_after_release": N_("Charged after it was given up"),
    "captured_twice": N_("Charged twice"),
    "dispute": N_("The customer's bank disputes a payment"),
    "document_damaged": N_("A document is no longer what was issued"),
    "electronic_data_differ": N_("The electronic data of an invoice are not right"),
    "method_differs": N_("Paid by another payment method than agreed"),
    "movement_differs": N_("The provider's amount differs from ours"),
    "movement_unknown": N_("The provider reports a movement that we don't know"),
    "refund_beyond_capture": N_("More was refunded than charged"),
    "refund_blocked": N_("A refund could not be started"),
    "refund_failed": N_("A refund failed"),
    "refund_missing": N_("The provider doesn't know this refund"),
    "refund_not_paid": N_("A refund has not reached the customer"),
    "refund_seen_at_provider": N_("A refund was made at the payment provider"),
    "return_parcel_undeliverable": N_("The parcel of a return could not be delivered"),
    "serial_sold_twice": N_("A serial number was sold twice"),
    "unit_replaced_twice": N_("A device was replaced twice"),
}
