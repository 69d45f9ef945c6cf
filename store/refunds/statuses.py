"""The life of a refund and of a request for one."""

from __future__ import annotations

from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine
from store.kernel.wording import register_labels


class RefundStatus(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"  # its units and its money are kept for it (REF-9)
    PROCESSING = "processing"  # granted; the provider has been, or will be, asked
    MANUAL = "manual"  # granted; a person has to transfer the money (REF-3)
    SUCCEEDED = "succeeded"
    PARTLY_FAILED = "partly_failed"  # some of it could not be given back
    FAILED = "failed"  # granted and owed, but nothing of it could be given back yet
    REJECTED = "rejected"


class RequestStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


S, Q = RefundStatus, RequestStatus
_SETTLING = {S.PROCESSING, S.MANUAL, S.SUCCEEDED, S.PARTLY_FAILED, S.FAILED}
REFUND = Machine(
    "refund",
    {
        S.AWAITING_APPROVAL: _SETTLING | {S.REJECTED},
        S.PROCESSING: _SETTLING - {S.PROCESSING},
        S.MANUAL: {S.SUCCEEDED, S.PARTLY_FAILED, S.FAILED, S.PROCESSING},
        S.SUCCEEDED: {S.PARTLY_FAILED, S.FAILED},  # a bank can bounce a refund days later (REF-10)
        S.PARTLY_FAILED: _SETTLING - {S.PARTLY_FAILED},
        S.FAILED: _SETTLING - {S.FAILED},
        S.REJECTED: set(),
    },
)
REFUND_REQUEST = Machine(
    "refund_request",
    {Q.OPEN: {Q.ACCEPTED, Q.DECLINED}, Q.ACCEPTED: {Q.OPEN}, Q.DECLINED: set()},
)

register_labels(
    {
        S.AWAITING_APPROVAL: N_("waiting for approval"),
        S.PROCESSING: N_("being processed"),
        S.PARTLY_FAILED: N_("failed in part"),
        S.REJECTED: N_("rejected"),
        Q.OPEN: N_("open"),
        Q.ACCEPTED: N_("accepted"),
    }
)
