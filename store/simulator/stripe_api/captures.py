"""Capturing what a PaymentIntent holds: once, or in several parts where the charge allows it."""

from store.simulator.currencies import show
from store.simulator.stripe_api.authorizations import give_up_hold, take_money
from store.simulator.stripe_api.documents import Call, Json, change, find, merge_metadata, render
from store.simulator.stripe_api.errors import invalid, wrong_state
from store.simulator.stripe_api.events import emit


def capture(call: Call) -> Json:
    world, parameters = call.world, call.parameters
    intent = find(world, "payment_intent", call.id, "intent")
    if intent["status"] != "requires_capture":
        raise wrong_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a"
            " PaymentIntent with one of the following statuses may be captured: requires_capture.",
            payment_intent=render(world, intent),
        )
    charge = find(world, "charge", intent["latest_charge"])
    amount = _amount(call, intent)
    final = parameters.get("final_capture", True) or amount == intent["amount_capturable"]
    multicapture = charge["payment_method_details"]["card"]["multicapture"]["status"]
    if not final and multicapture != "available":
        raise invalid(
            "`final_capture` can't be false: multicapture isn't available on this payment.", param="final_capture"
        )
    _change_facts(call, intent, charge)
    remainder = intent["amount_capturable"] - amount
    take_money(world, charge, amount, final=final)
    change(
        world,
        intent,
        amount_capturable=0 if final else remainder,
        amount_received=intent["amount_received"] + amount,
        status="succeeded" if final else "requires_capture",
    )
    if final:
        give_up_hold(world, charge, remainder)
        emit(world, "charge.captured", charge)
        emit(world, "payment_intent.succeeded", intent)
    else:
        emit(world, "charge.updated", charge)
        emit(world, "payment_intent.amount_capturable_updated", intent)
    return render(world, intent, parameters.get("expand", ()))


def _amount(call: Call, intent: Json) -> int:
    amount: int = {"amount_to_capture": intent["amount_capturable"], **call.parameters}["amount_to_capture"]
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            param="amount_to_capture",
            code="parameter_invalid_integer",
        )
    if amount > intent["amount_capturable"]:
        raise invalid(
            f"The requested capture amount is greater than the authorized amount: {show(amount, intent['currency'])} of"
            f" {show(intent['amount_capturable'], intent['currency'])}.",
            param="amount_to_capture",
            code="amount_too_large",
        )
    return amount


def _change_facts(call: Call, intent: Json, charge: Json) -> None:
    if "metadata" in call.parameters:
        change(call.world, intent, metadata=merge_metadata(intent, call.parameters["metadata"]))
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        if name in call.parameters:
            change(call.world, intent, **{name: call.parameters[name]})
            change(call.world, charge, **{name: call.parameters[name]})
