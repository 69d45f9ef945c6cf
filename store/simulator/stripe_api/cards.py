"""Stripe's test cards, by number, token (`tok_…`) and ready-made payment method (`pm_card_…`), and our own.

Ours begin with `pm_sim_`: wallets, which Stripe can only make in a browser, and cards that behave while the
customer is present and refuse later, which Stripe can't make at all.
"""

from dataclasses import dataclass
from typing import Literal

Authentication = Literal["never", "always", "until_set_up", "off_session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    name: str
    number: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    wallet: str | None = None
    declines: str | None = None
    declines_off_session: str | None = None
    declines_when_saved: bool = False  # Attaching is refused too, not only charging.
    authentication: Authentication = "never"
    refunds: Literal["at_once", "pending", "fail"] = "at_once"
    disputed_as: str | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class Decline:
    code: str
    decline_code: str | None
    message: str


_DECLINED = "Your card was declined."
DECLINES = {
    "generic_decline": Decline("card_declined", "generic_decline", _DECLINED),
    "insufficient_funds": Decline("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "lost_card": Decline("card_declined", "lost_card", _DECLINED),
    "stolen_card": Decline("card_declined", "stolen_card", _DECLINED),
    "fraudulent": Decline("card_declined", "fraudulent", _DECLINED),
    "card_velocity_exceeded": Decline(
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
    "expired_card": Decline("expired_card", "expired_card", "Your card has expired."),
    "incorrect_cvc": Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": Decline(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}

_ALL = [
    Card(name="visa", number="4242424242424242"),
    Card(name="visa_debit", number="4000056655665556", funding="debit"),
    Card(name="mastercard", number="5555555555554444", brand="mastercard"),
    Card(name="mastercard_debit", number="5200828282828210", brand="mastercard", funding="debit"),
    Card(name="mastercard_prepaid", number="5105105105105100", brand="mastercard", funding="prepaid"),
    Card(name="amex", number="378282246310005", brand="amex"),
    Card(name="discover", number="6011111111111117", brand="discover"),
    Card(name="diners", number="3056930009020004", brand="diners"),
    Card(name="jcb", number="3566002020360505", brand="jcb", country="JP"),
    Card(name="unionpay", number="6200000000000005", brand="unionpay", country="CN"),
    Card(name="de", number="4000002760000016", country="DE"),
    Card(name="fr", number="4000002500000003", country="FR"),
    Card(name="gb", number="4000008260000000", country="GB"),
    Card(name="jp", number="4000003920000003", country="JP"),
    Card(name="cn", number="4000001560000002", country="CN"),
    Card(name="chargeDeclined", number="4000000000000002", declines="generic_decline", declines_when_saved=True),
    Card(name="visa_chargeDeclined", number="4000000000000002", declines="generic_decline", declines_when_saved=True),
    Card(
        name="chargeDeclinedInsufficientFunds",
        number="4000000000009995",
        declines="insufficient_funds",
        declines_when_saved=True,
    ),
    Card(
        name="visa_chargeDeclinedInsufficientFunds",
        number="4000000000009995",
        declines="insufficient_funds",
        declines_when_saved=True,
    ),
    Card(name="visa_chargeDeclinedLostCard", number="4000000000009987", declines="lost_card", declines_when_saved=True),
    Card(
        name="visa_chargeDeclinedStolenCard",
        number="4000000000009979",
        declines="stolen_card",
        declines_when_saved=True,
    ),
    Card(name="chargeDeclinedFraudulent", number="4100000000000019", declines="fraudulent"),
    Card(
        name="chargeDeclinedExpiredCard", number="4000000000000069", declines="expired_card", declines_when_saved=True
    ),
    Card(
        name="chargeDeclinedIncorrectCvc", number="4000000000000127", declines="incorrect_cvc", declines_when_saved=True
    ),
    Card(
        name="chargeDeclinedProcessingError",
        number="4000000000000119",
        declines="processing_error",
        declines_when_saved=True,
    ),
    Card(
        name="visa_chargeDeclinedVelocityLimitExceeded",
        number="4000000000006975",
        declines="card_velocity_exceeded",
        declines_when_saved=True,
    ),
    Card(name="chargeCustomerFail", number="4000000000000341", declines="generic_decline"),
    Card(name="authenticationRequired", number="4000002760003184", authentication="always"),
    Card(name="threeDSecure2Required", number="4000000000003220", authentication="until_set_up"),
    Card(name="authenticationRequiredSetupForOffSession", number="4000003800000446", authentication="off_session"),
    Card(name="authenticationRequiredOnSetup", number="4000002500003155", authentication="until_set_up"),
    Card(
        name="authenticationRequiredChargeDeclinedInsufficientFunds",
        number="4000008260003178",
        authentication="always",
        declines="insufficient_funds",
    ),
    Card(name="createDispute", number="4000000000000259", disputed_as="fraudulent"),
    Card(name="createDisputeProductNotReceived", number="4000000000002685", disputed_as="product_not_received"),
    Card(name="createDisputeInquiry", number="4000000000001976", disputed_as="product_not_received"),
    Card(name="pendingRefund", number="4000000000007726", refunds="pending"),
    Card(name="refundFail", number="4000000000005126", refunds="fail"),
    Card(name="apple_pay", number="4242424242424242", wallet="apple_pay"),
    Card(name="google_pay", number="5555555555554444", brand="mastercard", wallet="google_pay"),
    Card(name="decline_off_session", number="4000000000090001", declines_off_session="insufficient_funds"),
    Card(name="auth_off_session", number="4000000000090002", authentication="off_session"),
]
_OWN = {"apple_pay", "google_pay", "decline_off_session", "auth_off_session"}

CARDS = {card.name: card for card in _ALL}
_BY_NUMBER = {card.number: card for card in reversed(_ALL) if card.wallet is None}
_BY_PAYMENT_METHOD = {("pm_sim_" if card.name in _OWN else "pm_card_") + card.name: card for card in _ALL}
_BY_TOKEN = {("tok_sim_" if card.name in _OWN else "tok_") + card.name: card for card in _ALL}


def card_of_payment_method(payment_method_id: str) -> Card | None:
    return _BY_PAYMENT_METHOD.get(payment_method_id)


def card_of_token(token: str) -> Card | None:
    return _BY_TOKEN.get(token)


def card_of_number(number: str) -> Card | None:
    return _BY_NUMBER.get(number.replace(" ", ""))
