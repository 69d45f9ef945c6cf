"""Why the warehouse or customer service can't do something with a return, by name."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.wording import register_labels


class ReturnNotReceivable(StoreError):
    """Facts: number, state."""

    code = "return_not_receivable"
    status = 409
    title = N_("Nothing can be received for this return.")
    detail = N_("Return {number} is {state}. Put the goods aside and ask customer service.")


class WhichUnit(StoreError):
    """Facts: serial, awaited (positions with serial or SKU)."""

    code = "which_return_unit"
    status = 422
    title = N_("This item is not part of the return.")
    detail = N_("“{serial}” is not awaited. Say in place of which item it came.")


class ReturnUnitSettled(StoreError):
    """Facts: item, outcome."""

    code = "return_unit_settled"
    status = 409
    title = N_("This item is settled already.")
    detail = N_("{item} is {outcome}. Put what arrived aside and ask customer service.")


class NotInspectable(StoreError):
    code = "return_unit_not_inspectable"
    status = 409
    title = N_("This item can't be inspected.")
    detail = N_("{item} is {state}. Receive it first.")


class InspectedBefore(StoreError):
    """Facts: item, state."""

    code = "return_unit_inspected"
    status = 409
    title = N_("This item was inspected before.")
    detail = N_("{item} is {state}. Customer service can change it.")


class NotAsNew(StoreError):
    """RMA-2."""

    code = "return_unit_not_as_new"
    status = 422
    title = N_("A wrong order can be accepted only as good as new.")
    detail = N_("{item} was not found as new: reject it with the reason, or leave the decision to customer service.")


class RejectionWithoutReason(StoreError):
    code = "rejection_without_reason"
    status = 422
    title = N_("Please say why the item is not accepted.")
    detail = N_("Choose the reason for which {item} is not accepted.")


class NothingToDecide(StoreError):
    code = "nothing_to_decide"
    status = 409
    title = N_("There is nothing to decide about this item.")
    detail = N_("{item} is {state}.")


class OutcomeNotAllowed(StoreError):
    """Facts: item, outcome, offered (codes)."""

    code = "outcome_not_allowed"
    status = 409
    title = N_("This can't come of the return.")
    detail = N_("For {item} you can choose: {offered}.")


class OutcomeAboveLimit(StoreError):
    """REF-9."""

    code = "outcome_above_limit"
    status = 403
    title = N_("This amount is above your limit.")
    detail = N_("{amount} is above the limit of {limit}. Ask an administrator to decide.")


class ArticleNotSold(StoreError):
    """A replacement can't be sent. Facts: sku."""

    code = "article_not_sold"
    status = 409
    title = N_("This article is not sold any more.")
    detail = N_("{sku} can't be sent as a replacement, as it is not sold in this market any more.")


class NotInRepair(StoreError):
    code = "not_in_repair"
    status = 409
    title = N_("This item is not being repaired.")
    detail = N_("{item} is not in the workshop.")


class NotLost(StoreError):
    code = "return_unit_arrived"
    status = 409
    title = N_("This item has arrived.")
    detail = N_("{item} can't be lost on the way: it is {state}.")


REJECTIONS = {
    "used": N_("it was used"),
    "damaged": N_("it is damaged"),
    "incomplete": N_("something is missing"),
    "other_item": N_("it is another item"),
    "no_fault_found": N_("no fault was found"),
    "misuse": N_("the warranty does not cover this damage"),
    "other": N_("another reason"),
}
# Why what was due could not be done; told to customer service with the item that waits for its decision.
OBSTACLES = {
    "arrived_late": N_("it arrived after the return had ended"),
    "already_refunded": N_("it was refunded already"),
    "too_many_units": N_("it was refunded already"),
    "money_disputed": N_("the payment is disputed"),
    "refund_exceeds_captured": N_("the payment was given back already"),
    "nothing_to_refund": N_("nothing was paid for it"),
    "fee_too_high": N_("the fee is higher than the price"),
    "not_charged": N_("it is not paid for yet"),
    "article_not_sold": N_("the article is not sold any more"),
    "no_outcome": N_("somebody has to choose what comes of it"),
    "not_repairable": N_("it can't be repaired"),
    "repair_unpaid": N_("the repair was not paid in time"),
    "order_canceled": N_("its order was cancelled"),
}
register_labels({f"rejection_{code}": label for code, label in REJECTIONS.items()})
register_labels({f"obstacle_{code}": label for code, label in OBSTACLES.items()})
