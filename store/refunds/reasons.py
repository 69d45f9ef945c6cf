"""Why money goes back, and what each reason brings with it (REF-1, REF-5, SHP-6)."""

from __future__ import annotations

from dataclasses import dataclass

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.wording import register_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`our_cost`: the mistake was not the customer's, so shipping is given back and the return is on us.

    `deadline`: it has to be asked for in time. `goods_come_back`: the customer sends something, so instructions are
    due. `automatic`: only the store itself gives it.
    """

    code: str
    label: str
    our_cost: bool = False
    deadline: bool = True
    goods_come_back: bool = True
    automatic: bool = False


REASONS = {
    reason.code: reason
    for reason in (
        Reason(code="withdrawal", label=N_("Withdrawal within the refund period")),
        Reason(code="goodwill", label=N_("Goodwill"), goods_come_back=False),
        Reason(code="return_accepted", label=N_("Return accepted"), goods_come_back=False),
        Reason(code="defective", label=N_("Defective")),
        Reason(code="wrong_delivery", label=N_("Wrong delivery"), our_cost=True, deadline=False),
        Reason(
            code="delivery_error",
            label=N_("Lost or damaged on the way"),
            our_cost=True,
            deadline=False,
            goods_come_back=False,
        ),
        Reason(
            code="undeliverable",
            label=N_("Could not be delivered"),
            our_cost=True,
            deadline=False,
            goods_come_back=False,
        ),
        Reason(
            code="canceled",
            label=N_("Cancelled before it was shipped"),
            our_cost=True,
            deadline=False,
            goods_come_back=False,
            automatic=True,
        ),
        Reason(
            code="made_at_provider",
            label=N_("Made at the payment provider"),
            deadline=False,
            goods_come_back=False,
            automatic=True,
        ),
    )
}
register_labels({reason.code: reason.label for reason in REASONS.values() if reason.code != "canceled"})


class UnknownRefundReason(StoreError):
    code = "unknown_refund_reason"
    status = 422
    title = N_("Unknown reason for a refund.")
    detail = N_("“{reason}” is none of the reasons: {known}.")


def reason_of(code: str) -> Reason:
    """Raises UnknownRefundReason."""
    if code not in REASONS:
        raise UnknownRefundReason(reason=code, known=offered_reasons())
    return REASONS[code]


def offered_reasons() -> list[str]:
    """Those that a person may choose."""
    return [reason.code for reason in REASONS.values() if not reason.automatic]
