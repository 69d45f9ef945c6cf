"""Why goods come back, and what the customer may wish for then (RMA-1, RMA-2, RMA-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from store.kernel.i18n import N_
from store.kernel.wording import register_labels

ReasonCode = Literal["wrong_order", "wrong_delivery", "defective"]
Wish = Literal["refund", "replacement", "repair"]
# What a policy may ask for with a reason; see check_item.py for how each is met.
Evidence = Literal["photo", "received_sku", "photo_or_received_sku", "ticket", "fault_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`our_mistake`: we bear the return shipping. `wishes`: the first is taken when none is named."""

    code: ReasonCode
    label: str
    wishes: tuple[Wish, ...]
    requires: tuple[Evidence, ...] = ()
    our_mistake: bool = False


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(code="wrong_order", label=N_("Wrong order"), wishes=("refund",)),
        Reason(
            code="wrong_delivery",
            label=N_("Wrong delivery"),
            wishes=("replacement", "refund"),
            requires=("photo_or_received_sku",),
            our_mistake=True,
        ),
        Reason(code="defective", label=N_("Defective"), wishes=("repair", "replacement")),
    )
}

register_labels({reason.code: reason.label for reason in REASONS.values()})
register_labels(
    {
        "refund": N_("Refund"),
        "replacement": N_("Replacement"),
        "repair": N_("Repair"),
        "photo": N_("a photo"),
        "received_sku": N_("the article number of what was received"),
        "photo_or_received_sku": N_("a photo or the article number of what was received"),
        "ticket": N_("the ticket number of the manufacturer’s support"),
        "fault_report": N_("the confirmation of the fault by our technical support"),
    }
)
