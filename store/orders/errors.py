"""What can go wrong with an order, by name."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.wording import register_labels


class QuoteChanged(StoreError):
    """Prices, dates or the charge plan differ from what the customer was shown (CRT-8). Facts: quote, total."""

    code = "quote_changed"
    status = 409
    title = N_("The price, a date or the charge plan has changed.")
    detail = N_("The total is now {total}. Please show it to the customer and confirm again.")


class CheckoutIncomplete(StoreError):
    code = "checkout_incomplete"
    status = 422
    title = N_("Something is missing for this order.")
    detail = N_("Please provide: {missing}.")


class SaveConsentRequired(StoreError):
    """PAY-5: a card is kept for later shipments only with consent."""

    code = "save_consent_required"
    status = 422
    title = N_("The customer has to agree to keep the card.")
    detail = N_("Part of this order ships later and is charged then; this needs consent to keep the card until then.")


class PurchaseOrderNotAllowed(StoreError):
    code = "purchase_order_not_allowed"
    status = 403
    title = N_("Purchase orders are for approved partners.")
    detail = N_("Please sign in with an approved partner account, or choose another payment method.")


class PurchaseOrderNumberUsed(StoreError):
    code = "purchase_order_number_used"
    status = 409
    title = N_("This purchase order number was used before.")
    detail = N_("“{number}” belongs to an earlier order. Each purchase order number can be used once.")


class OrderNotEditable(StoreError):
    """ORD-3."""

    code = "order_not_editable"
    status = 409
    title = N_("A placed order can't be edited.")
    detail = N_(
        "What is possible instead: cancel what has not been released yet, ask for another shipping address before the"
        " release, return it after delivery, or place another order."
    )


class CancellationTooLate(StoreError):
    """ORD-4: honest about what can be done instead."""

    code = "cancellation_too_late"
    status = 409
    title = N_("It is too late to cancel.")
    detail = N_("This order is on its way already. You can return it after delivery, until the refund deadline.")


class CancellationDayOver(StoreError):
    code = "cancellation_day_over"
    status = 409
    title = N_("An order can be cancelled only on the day it was placed.")
    detail = N_("This order was placed on {placed_on}. Please contact customer service, or return it after delivery.")


class ServiceOrderKept(StoreError):
    """An order that a return led to is given up by customer service, together with what the return came to."""

    code = "service_order_kept"
    status = 409
    title = N_("This order can't be cancelled here.")
    detail = N_("It belongs to return {return_number}. Please contact customer service.")


class AddressChangeRefused(StoreError):
    code = "address_change_refused"
    status = 409
    title = N_("The shipping address can't be changed to this one.")
    detail = N_("Tax or shipping would cost something else there. Please cancel and order again.")


class AddressChangeTooLate(StoreError):
    code = "address_change_too_late"
    status = 409
    title = N_("It is too late to change the shipping address.")
    detail = N_("The order has been handed to the warehouse.")


class NotYetReleasable(StoreError):
    code = "not_yet_releasable"
    status = 409
    title = N_("This shipment may not leave yet.")
    detail = N_("It is a preorder that may leave from {not_before} on.")


class FundsNotSecured(StoreError):
    """PAY-6: the gate."""

    code = "funds_not_secured"
    status = 409
    title = N_("The payment for this shipment is not secured.")
    detail = N_("The shipment is on hold ({reason}). The customer has been asked to pay.")


class OrderNotConfirmed(StoreError):
    code = "order_not_confirmed"
    status = 409
    title = N_("The order is not confirmed.")
    detail = N_("Its payment has not been settled yet, or it was cancelled.")


class ChannelOrderKnown(StoreError):
    code = "channel_order_known"
    status = 409
    title = N_("This order is known already.")
    detail = N_("{channel} order {reference} was imported before.")


class PaymentDeclined(StoreError):
    code = "payment_declined"
    status = 402
    title = N_("The payment was declined.")
    detail = N_("The bank or the payment service said no ({decline_code}). Please try another payment method.")


class PaymentTokenInvalid(StoreError):
    code = "payment_token_invalid"
    status = 422
    title = N_("The payment data can't be used.")
    detail = N_("The payment token is missing, unknown or was used before. Please collect the payment data again.")


class PaymentProviderUnavailable(StoreError):
    code = "payment_provider_unavailable"
    status = 503
    title = N_("The payment service does not answer.")
    detail = N_("Nothing was charged. Please try again in a moment.")


# What a checkout may lack, as sentences name it.
register_labels(
    {
        "email": N_("e-mail address"),
        "address": N_("shipping address"),
        "shipping_method": N_("shipping method"),
        "payment_method": N_("payment method"),
        "purchase_order_number": N_("purchase order number"),
    }
)
