"""Payment methods and when each takes the money (PAY-1, PAY-2, PAY-3): data, frozen on the payment at placement."""

from __future__ import annotations

from dataclasses import dataclass

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.wording import Code, register_labels
from store.markets import Market
from store.payments.port import Instrument

AT_PLACEMENT = "at_placement"
AT_SHIPMENT = "at_shipment"
INVOICE_AT_SHIPMENT = "invoice_at_shipment"
PREPAID = "prepaid"
NO_PAYMENT = "none"  # the order costs nothing, and has no payment


@dataclass(frozen=True, slots=True)
class Method:
    code: str
    provider: str
    capture_policy: str
    label: str


METHODS = {
    method.code: method
    for method in (
        Method("card", "stripe", AT_SHIPMENT, N_("Card")),
        Method("apple_pay", "stripe", AT_PLACEMENT, N_("Apple Pay")),
        Method("google_pay", "stripe", AT_PLACEMENT, N_("Google Pay")),
        Method("paypal", "paypal", AT_PLACEMENT, N_("PayPal")),
        Method("wire", "wire", INVOICE_AT_SHIPMENT, N_("Bank transfer")),
        Method("purchase_order", "purchase_order", INVOICE_AT_SHIPMENT, N_("Purchase order")),
    )
}
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
}
register_labels({method.code: method.label for method in METHODS.values()} | {NO_PAYMENT: N_("Nothing to pay")})


class PaymentMethodNotOffered(StoreError):
    code = "payment_method_not_offered"
    status = 422
    title = N_("This payment method is not offered here.")
    detail = N_("Please choose one of: {offered}.")


class CardNetworkNotAccepted(StoreError):
    code = "card_network_not_accepted"
    status = 422
    title = N_("This card's network is not accepted.")
    detail = N_("We accept cards of {accepted}, debit cards of these networks included.")


class PaymentMethodDiffers(StoreError):
    """The token stands for another method than the one that the charge plan was shown for."""

    code = "payment_method_differs"
    status = 409
    title = N_("The payment data belongs to another payment method.")
    detail = N_("You chose {chosen}, but the payment data is for {actual}. Please confirm the new charge plan.")


def method_for(market: Market, code: str) -> Method:
    """Raises PaymentMethodNotOffered, with the list of those that are."""
    if code not in METHODS or code not in market.payment_methods:
        raise PaymentMethodNotOffered(method=code, offered=[Code(each) for each in market.payment_methods])
    return METHODS[code]


def capture_policy(market: Market, method: Method) -> str:
    """A market may demand that transfers arrive before anything ships."""
    if method.code == "wire" and market.policy.wire_prepayment:
        return PREPAID
    return method.capture_policy


def check_instrument(method: Method, instrument: Instrument) -> None:
    """Refuse what PAY-1 doesn't list, and a wallet that poses as a card (its timing differs)."""
    if instrument.method != method.code:
        raise PaymentMethodDiffers(chosen=Code(method.code), actual=Code(instrument.method))
    if method.provider == "stripe" and instrument.brand not in BRANDS:
        raise CardNetworkNotAccepted(brand=instrument.brand, accepted=list(BRANDS.values()))
