"""Refunds: money goes back to the card at once, later, or bounces."""

from store.simulator.currencies import show
from store.simulator.movements import record_movement
from store.simulator.stripe_api.balance import book
from store.simulator.stripe_api.cards import CARDS
from store.simulator.stripe_api.documents import Call, Json, add, change, find, merge_metadata, page, render
from store.simulator.stripe_api.errors import StripeError, invalid
from store.simulator.stripe_api.events import emit
from store.simulator.timers import on_timer, set_timer
from store.simulator.world import World, new_id


def create(call: Call) -> Json:
    charge = _charge_to_refund(call)
    refund = refund_charge(
        call.world,
        charge,
        call.parameters.get("amount"),
        reason=call.parameters.get("reason"),
        metadata=call.parameters.get("metadata") or {},
    )
    return render(call.world, refund, call.parameters.get("expand", ()))


def _charge_to_refund(call: Call) -> Json:
    parameters = call.parameters
    if "charge" in parameters:
        charge = find(call.world, "charge", parameters["charge"], "charge")
        if parameters.get("payment_intent", charge["payment_intent"]) != charge["payment_intent"]:
            raise invalid("The charge doesn't belong to the PaymentIntent.", param="payment_intent")
    elif "payment_intent" in parameters:
        intent = find(call.world, "payment_intent", parameters["payment_intent"], "payment_intent")
        if intent["amount_received"] == 0:
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = find(call.world, "charge", intent["latest_charge"])
    else:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if charge["status"] == "failed" or charge["amount_captured"] == 0:
        raise invalid(
            f"Charge {charge['id']} was never captured; cancel its PaymentIntent instead.",
            param="charge",
            code="charge_not_refundable",
        )
    return charge


def refundable(world: World, charge: Json) -> int:
    """What was captured less what was or is being given back; released holds don't count."""
    given_back = sum(
        refund["amount"]
        for refund in world.all("stripe.refunds")
        if refund["charge"] == charge["id"]
        and refund["status"] in {"succeeded", "pending"}
        and not refund.get("_releases_hold")
    )
    captured: int = charge["amount_captured"]
    return captured - int(given_back)


def refund_charge(world: World, charge: Json, amount: int | None, *, reason: str | None, metadata: Json) -> Json:
    """Raises StripeError 400 for a disputed or refunded charge and for more than is left."""
    left = refundable(world, charge)
    amount = left if amount is None else amount
    _check(charge, amount, left)
    card = _card_of_charge(world, charge)
    pending = world.setting("refund_pending") or CARDS[card].refunds == "pending"
    refund = _new_refund(world, charge, amount, pending=pending, reason=reason, metadata=metadata)
    total = charge["amount_refunded"] + amount
    change(world, charge, amount_refunded=total, refunded=left == amount)
    if pending:
        set_timer(world, "stripe.settle_refund", refund["id"], world.now + world.setting("settle_after_seconds"))
    else:
        _send_money_back(world, refund)
        if CARDS[card].refunds == "fail":
            set_timer(world, "stripe.fail_refund", refund["id"], world.now + world.setting("settle_after_seconds"))
    emit(world, "refund.created", refund)
    emit(world, "charge.refunded", charge)
    return refund


def _new_refund(world: World, charge: Json, amount: int, *, pending: bool, reason: str | None, metadata: Json) -> Json:
    return add(
        world,
        {
            "id": new_id("re_3"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": world.now,
            "currency": charge["currency"],
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending" if pending else "succeeded",
            "transfer_reversal": None,
        },
    )


def _check(charge: Json, amount: int, left: int) -> None:
    if charge["disputed"] and charge.get("_dispute_open_or_lost"):
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            param="charge",
            code="charge_disputed",
        )
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", param="charge", code="charge_already_refunded"
        )
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", param="amount", code="parameter_invalid_integer"
        )
    if amount > left:
        whole = left == charge["amount_captured"]
        raise invalid(
            f"Refund amount ({show(amount, charge['currency'])}) is greater than"
            f" {'charge amount' if whole else 'unrefunded amount on charge'} ({show(left, charge['currency'])})",
            param="amount",
            code="amount_too_large",
        )


def _card_of_charge(world: World, charge: Json) -> str:
    return str(find(world, "payment_method", charge["payment_method"])["_card"])


def _send_money_back(world: World, refund: Json) -> None:
    transaction = book(
        world,
        "refund",
        source=refund["id"],
        amount=-refund["amount"],
        currency=refund["currency"],
        description="REFUND",
    )
    change(world, refund, balance_transaction=transaction["id"], status="succeeded")
    _record(world, refund, "refund", transaction["id"])


def _record(world: World, refund: Json, kind: str, transaction_id: str) -> None:
    record_movement(
        world,
        "stripe",
        kind,
        ref=refund["id"],
        parent_ref=refund["charge"],
        amount_minor=refund["amount"],
        currency=refund["currency"],
        facts={"metadata": refund["metadata"], "transaction": transaction_id},
    )


@on_timer("stripe.settle_refund")
def settle(world: World, refund_id: str) -> None:
    refund = find(world, "refund", refund_id)
    if refund["status"] != "pending":
        return
    _send_money_back(world, refund)
    _announce_change(world, refund)


@on_timer("stripe.fail_refund")
def fail(world: World, refund_id: str) -> None:
    """The card's bank refused the money: it comes back to the balance, if it had left."""
    refund = find(world, "refund", refund_id)
    if refund["status"] not in {"pending", "succeeded"} or refund.get("_releases_hold"):
        raise StripeError(409, {"type": "invalid_request_error", "message": f"Refund {refund_id} can't fail now."})
    if refund["status"] == "succeeded":
        transaction = book(
            world,
            "refund_failure",
            source=refund_id,
            amount=refund["amount"],
            currency=refund["currency"],
            description="REFUND FAILURE",
        )
        change(world, refund, failure_balance_transaction=transaction["id"])
        _record(world, refund, "refund_failed", transaction["id"])
    change(world, refund, status="failed", failure_reason="expired_or_canceled_card")
    charge = find(world, "charge", refund["charge"])
    change(world, charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    emit(world, "refund.failed", refund)
    _announce_change(world, refund)


def _announce_change(world: World, refund: Json) -> None:
    emit(world, "refund.updated", refund)
    emit(world, "charge.refund.updated", refund)


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "refund", call.id), call.parameters.get("expand", ()))


def update(call: Call) -> Json:
    refund = find(call.world, "refund", call.id)
    if "metadata" in call.parameters:
        change(call.world, refund, metadata=merge_metadata(refund, call.parameters["metadata"]))
    _announce_change(call.world, refund)
    return render(call.world, refund, call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    return page(call, "refund", "charge", "payment_intent")
