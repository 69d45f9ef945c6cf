"""The statuses of money, and the steps between them."""

from __future__ import annotations

from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine
from store.kernel.wording import register_labels


class ChargeStatus(StrEnum):
    """A share of the order that is taken on its own."""

    PLANNED = "planned"  # nothing secures it yet
    SECURED = "secured"  # an authorization, a credit line or the wire policy stands behind it
    CAPTURING = "capturing"
    CAPTURED = "captured"
    INVOICED = "invoiced"  # billed with terms
    RELEASED = "released"  # will not be taken (REF-11)


class AuthorizationStatus(StrEnum):
    PENDING = "pending"  # asked for, not answered yet
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"
    FAILED = "failed"


class CaptureStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundStatus(StrEnum):
    PENDING = "pending"
    MANUAL = "manual"  # the provider can't: a person transfers the money
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class OperationStatus(StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    FAILED = "failed"
    UNKNOWN = "unknown"


C, A, K, R, O = ChargeStatus, AuthorizationStatus, CaptureStatus, RefundStatus, OperationStatus  # noqa: E741

CHARGE = Machine(
    "charge",
    {
        C.PLANNED: {C.SECURED, C.CAPTURING, C.CAPTURED, C.RELEASED},
        C.SECURED: {C.PLANNED, C.CAPTURING, C.CAPTURED, C.INVOICED, C.RELEASED},
        C.CAPTURING: {C.CAPTURED, C.PLANNED, C.RELEASED},  # given up before the provider has decided
        C.INVOICED: {C.CAPTURED, C.RELEASED},  # paid, or credited in full before it was
        C.CAPTURED: set(),
        C.RELEASED: set(),
    },
)
AUTHORIZATION = Machine(
    "authorization",
    {
        A.PENDING: {A.REQUIRES_ACTION, A.AUTHORIZED, A.CAPTURED, A.DECLINED, A.VOIDED, A.EXPIRED, A.FAILED},
        A.REQUIRES_ACTION: {A.AUTHORIZED, A.CAPTURED, A.DECLINED, A.VOIDED, A.EXPIRED, A.FAILED},
        A.AUTHORIZED: {A.CAPTURED, A.VOIDED, A.EXPIRED},
        A.DECLINED: {A.REQUIRES_ACTION, A.AUTHORIZED, A.CAPTURED, A.VOIDED},  # a payer may try again on the page
        A.CAPTURED: set(),
        A.VOIDED: set(),
        A.EXPIRED: set(),
        A.FAILED: {A.AUTHORIZED, A.CAPTURED, A.VOIDED},  # the provider knows better than we did
    },
)
CAPTURE = Machine("capture", {K.PENDING: {K.SUCCEEDED, K.FAILED}, K.SUCCEEDED: set(), K.FAILED: {K.SUCCEEDED}})
REFUND = Machine(
    "refund",
    {
        R.PENDING: {R.SUCCEEDED, R.FAILED, R.MANUAL},
        R.MANUAL: {R.SUCCEEDED, R.FAILED},
        R.SUCCEEDED: {R.FAILED},  # a bank can bounce a refund days later
        R.FAILED: set(),
    },
)
OPERATION = Machine(
    "payment",
    {
        O.PLANNED: {O.SENT, O.FAILED},
        O.SENT: {O.SUCCEEDED, O.DECLINED, O.FAILED, O.UNKNOWN},
        O.UNKNOWN: {O.PLANNED, O.SUCCEEDED, O.DECLINED, O.FAILED},
        O.SUCCEEDED: set(),
        O.DECLINED: set(),
        O.FAILED: set(),
    },
)

register_labels(
    {
        "planned": N_("planned"),
        "secured": N_("secured"),
        "capturing": N_("being charged"),
        "captured": N_("charged"),
        "invoiced": N_("invoiced"),
        "released": N_("released"),
        "pending": N_("pending"),
        "requires_action": N_("waiting for the customer"),
        "authorized": N_("authorised"),
        "declined": N_("declined"),
        "voided": N_("voided"),
        "expired": N_("expired"),
        "failed": N_("failed"),
        "succeeded": N_("succeeded"),
        "manual": N_("to be paid by hand"),
        "unknown": N_("being clarified"),
        "sent": N_("sent"),
    }
)

# Why banks and payment services say no, as far as it helps the payer to know.
register_labels(
    {
        "generic_decline": N_("no reason given"),
        "card_declined": N_("card declined"),
        "insufficient_funds": N_("insufficient funds"),
        "expired_card": N_("card expired"),
        "incorrect_cvc": N_("wrong security code"),
        "authentication_required": N_("the cardholder has to confirm"),
        "payment_intent_authentication_failure": N_("the cardholder did not confirm"),
        "no_saved_method": N_("no saved payment method"),
        "awaiting_payment": N_("payment awaited"),
        "in_progress": N_("payment in progress"),
        "instrument_declined": N_("payment source declined"),
        "INSTRUMENT_DECLINED": N_("payment source declined"),
        "short": N_("too little"),
        "over": N_("too much"),
        "matched": N_("matched"),
        "wrong_currency": N_("wrong currency"),
        "outgoing": N_("outgoing"),
    }
)
