"""The life of a case."""

from __future__ import annotations

from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine
from store.kernel.wording import register_labels


class CaseStatus(StrEnum):
    OPEN = "open"  # waits for support
    ANSWERED = "answered"  # waits for the customer, if at all
    CLOSED = "closed"


S = CaseStatus
CASE = Machine(
    "support_case",
    {
        S.OPEN: {S.ANSWERED, S.CLOSED},
        S.ANSWERED: {S.OPEN, S.CLOSED},
        S.CLOSED: {S.OPEN},  # The customer writes again, or an agent sees that it was not over.
    },
)

register_labels({S.OPEN: N_("open"), S.ANSWERED: N_("answered"), S.CLOSED: N_("closed")})
