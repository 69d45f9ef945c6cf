"""Why a refund is refused, by name; each refusal of a rule names the rule in RULES."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class BoughtElsewhere(StoreError):
    """REF-4, ORD-8. Facts: place, url, channel."""

    code = "bought_elsewhere"
    status = 409
    title = N_("This was not bought from us.")
    detail = N_("It was bought from {place}. Please ask for the refund there: {url}")


class BoughtAtUnknownPlace(StoreError):
    code = "bought_at_unknown_place"
    status = 409
    title = N_("This was not bought from us.")
    detail = N_("It was bought from another seller ({channel}). Please ask for the refund there.")


class NotChargedYet(StoreError):
    """REF-11."""

    code = "not_charged"
    status = 409
    title = N_("Nothing has been charged for this.")
    detail = N_("Shipment {shipment} has not been charged. Its money is released, not refunded.")


class NotShippedYet(StoreError):
    code = "not_dispatched"
    status = 409
    title = N_("This has not left yet.")
    detail = N_("Shipment {shipment} has not left our warehouse. Please cancel it instead of asking for a refund.")


class RefundDeadlineOver(StoreError):
    """REF-1. Facts: shipment, dispatched_on, last_day, asked_on (days in the market's time zone)."""

    code = "refund_deadline_over"
    status = 409
    title = N_("The time to ask for a refund is over.")
    detail = N_(
        "Shipment {shipment} left on {dispatched_on}. A refund could be asked for until {last_day}; the request came on"
        " {asked_on}."
    )


class AlreadyRefunded(StoreError):
    code = "already_refunded"
    status = 409
    title = N_("Nothing is left to refund.")
    detail = N_("Everything of {shipment} was refunded or cancelled before.")


class ShippingAlreadyRefunded(StoreError):
    """REF-7: shipping is refunded once at most."""

    code = "shipping_already_refunded"
    status = 409
    title = N_("The shipping cost has been refunded already.")
    detail = N_("The shipping cost of {shipment} was given back with an earlier refund.")


class TooManyUnits(StoreError):
    code = "too_many_units"
    status = 422
    title = N_("That many can't be refunded.")
    detail = N_("{wanted} of {sku} were chosen, but {left} can be refunded.")


class ServiceUsed(StoreError):
    """CER-2: what is registered for a device is used. Facts: sku, left (units that still can be refunded)."""

    code = "service_used"
    status = 409
    title = N_("This service is in use.")
    detail = N_("The certificate of {sku} has been used for a device. Of these, {left} can still be refunded.")


class UnknownRefundLine(StoreError):
    code = "unknown_refund_line"
    status = 422
    title = N_("This item is not part of the order.")
    detail = N_("“{line}” is not among the shipped items of this order.")


class NothingToRefund(StoreError):
    code = "nothing_to_refund"
    status = 422
    title = N_("There is nothing to refund.")
    detail = N_("Choose at least one item with a price, and a fee below its price.")


class FeeTooHigh(StoreError):
    code = "fee_too_high"
    status = 422
    title = N_("The fee is higher than the refund.")
    detail = N_("A fee of {fee} can't be taken out of {gross}.")


class PreviewIsStale(StoreError):
    """REF-6. Facts: preview, the new one as JSON."""

    code = "preview_is_stale"
    status = 409
    title = N_("The refund has changed since it was shown.")
    detail = N_("It would now be {total}. Please look at the new preview and confirm again.")


class RefundOutsidePolicy(StoreError):
    """REF-9: possible with a written reason and a second person. Facts: rules."""

    code = "refund_outside_policy"
    status = 409
    title = N_("This refund is outside the policy.")
    detail = N_("Give a reason for the exception; a second person then has to approve it.")


class SecondPersonRequired(StoreError):
    """REF-9."""

    code = "second_person_required"
    status = 403
    title = N_("Another person has to approve this.")
    detail = N_("Whoever started a refund can't approve it.")


class RefundAgentsOnly(StoreError):
    code = "refund_agents_only"
    status = 403
    title = N_("Only customer service can do this.")
    detail = N_("Refunds are decided by customer service. Please ask for one instead.")


class RequestKeyReused(StoreError):
    code = "request_key_reused"
    status = 409
    title = N_("This request key belongs to another refund.")
    detail = N_("Use a new key for a new refund.")


class ProofRefused(StoreError):
    code = "proof_refused"
    status = 422
    title = N_("This file can't be taken.")
    detail = N_("Send a PDF, JPEG or PNG file of at most {megabytes} MB, and no more than {files} files.")


# Which requirement a refusal stands on; shown with eligibility.
RULES = {
    "bought_elsewhere": "REF-4",
    "bought_at_unknown_place": "REF-4",
    "not_charged": "REF-11",
    "not_dispatched": "ORD-4",
    "refund_deadline_over": "REF-1",
    "already_refunded": "REF-7",
    "service_used": "CER-2",
    "shipping_already_refunded": "REF-7",
    "money_disputed": "PAY-12",
    "refund_exceeds_captured": "REF-7",
    "shipping_outside_policy": "REF-5",
}
