"""The life of a return, and the two axes of each of its items: has it come, and is it accepted (RMA-17, RMA-18)."""

from __future__ import annotations

from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine
from store.kernel.wording import register_labels


class ReturnStatus(StrEnum):
    DRAFT = "draft"  # being filled in; it has no number and holds nothing
    CONFIRMED = "confirmed"  # has its number; the goods may be sent
    RECEIVING = "receiving"  # something of it has arrived
    CLOSED = "closed"  # every item has its outcome
    CANCELED = "canceled"
    EXPIRED = "expired"


class Reception(StrEnum):
    AWAITED = "awaited"
    RECEIVED = "received"
    WRONG_ITEM = "wrong_item"  # something else was in the parcel
    MISSING = "missing"  # the parcel came without it
    LOST = "lost_in_transit"
    NOT_SENT = "not_sent"  # its owner keeps it: declined, canceled or expired


class Acceptance(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NEEDS_DECISION = "needs_decision"


class Outcome(StrEnum):
    CREDITED = "credited"  # credit note less the restocking fee
    REFUNDED = "refunded"
    REPLACED = "replaced"
    REPAIRED = "repaired"
    SENT_BACK = "sent_back"
    NOT_SENT = "not_sent"


class FaultStatus(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


S, R, A, F = ReturnStatus, Reception, Acceptance, FaultStatus
RETURN = Machine(
    "rma",
    {
        S.DRAFT: {S.CONFIRMED, S.CANCELED, S.EXPIRED},
        S.CONFIRMED: {S.RECEIVING, S.CLOSED, S.CANCELED, S.EXPIRED},
        S.RECEIVING: {S.CLOSED},
        # Goods that arrive all the same are received and decided about.
        S.CLOSED: {S.RECEIVING},
        S.CANCELED: {S.RECEIVING},
        S.EXPIRED: {S.RECEIVING},
    },
)
RECEPTION = Machine(
    "rma_reception",
    {
        R.AWAITED: {R.RECEIVED, R.WRONG_ITEM, R.MISSING, R.LOST, R.NOT_SENT},
        R.RECEIVED: set(),
        R.WRONG_ITEM: {R.RECEIVED, R.MISSING},
        R.MISSING: {R.RECEIVED, R.WRONG_ITEM, R.LOST},
        R.LOST: {R.RECEIVED, R.WRONG_ITEM},
        R.NOT_SENT: {R.RECEIVED, R.WRONG_ITEM},
    },
)
ACCEPTANCE = Machine(
    "rma_acceptance",
    {
        A.PENDING: {A.ACCEPTED, A.REJECTED, A.NEEDS_DECISION},
        A.NEEDS_DECISION: {A.ACCEPTED, A.REJECTED},
        A.ACCEPTED: {A.NEEDS_DECISION},  # what was due turned out to be impossible
        A.REJECTED: {A.NEEDS_DECISION},
    },
)
FAULT_REPORT = Machine(
    "fault_report",
    {F.OPEN: {F.CONFIRMED, F.DECLINED}, F.CONFIRMED: set(), F.DECLINED: set()},
)

register_labels(
    {
        S.DRAFT: N_("draft"),
        S.CONFIRMED: N_("confirmed"),
        S.RECEIVING: N_("arriving"),
        S.CLOSED: N_("closed"),
        S.CANCELED: N_("cancelled"),
        S.EXPIRED: N_("expired"),
        R.AWAITED: N_("awaited"),
        R.RECEIVED: N_("received"),
        R.WRONG_ITEM: N_("another item arrived"),
        R.MISSING: N_("missing from the parcel"),
        R.LOST: N_("lost on the way"),
        R.NOT_SENT: N_("not sent"),
        A.PENDING: N_("pending"),
        A.ACCEPTED: N_("accepted"),
        A.REJECTED: N_("rejected"),
        A.NEEDS_DECISION: N_("needs a decision"),
        Outcome.CREDITED: N_("credited"),
        Outcome.REFUNDED: N_("refunded"),
        Outcome.REPLACED: N_("replaced"),
        Outcome.REPAIRED: N_("repaired"),
        Outcome.SENT_BACK: N_("sent back"),
        F.OPEN: N_("open"),
        F.DECLINED: N_("declined"),
    }
)
