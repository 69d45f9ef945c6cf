"""PaymentIntents: create, look up, change, cancel. Confirming and capturing have files of their own."""

from store.simulator.currencies import (
    STRIPE_CURRENCIES,
    STRIPE_MAXIMUM,
    show,
    stripe_minimum,
)
from store.simulator.stripe_api.authorizations import give_up_hold
from store.simulator.stripe_api.confirmation import attach_confirmation_token, confirm_intent
from store.simulator.stripe_api.documents import Call, Json, add, change, find, merge_metadata, page, render
from store.simulator.stripe_api.errors import invalid, wrong_state
from store.simulator.stripe_api.events import emit
from store.simulator.stripe_api.payment_methods import from_data, resolve
from store.simulator.world import new_id

_ONLY_WITH_CONFIRM = ("off_session", "error_on_requires_action", "mandate_data", "return_url", "use_stripe_sdk")
_EMPTY = (
    "application",
    "application_fee_amount",
    "canceled_at",
    "cancellation_reason",
    "invoice",
    "last_payment_error",
    "latest_charge",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "payment_method_configuration_details",
    "processing",
    "review",
    "transfer_data",
    "transfer_group",
)
_CHANGEABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


def create(call: Call) -> Json:
    parameters = call.parameters
    check_amount(parameters["amount"], parameters["currency"])
    confirms = parameters.get("confirm", False)
    for name in _ONLY_WITH_CONFIRM:
        if name in parameters and not confirms:
            raise invalid(f"The parameter `{name}` can only be used with `confirm=true`.", param=name)
    if parameters.get("customer"):
        find(call.world, "customer", parameters["customer"], "customer")
    _check_types(parameters)
    intent = add(call.world, _new_intent(call))
    if parameters.get("payment_method_data"):
        change(call.world, intent, payment_method=from_data(call.world, parameters["payment_method_data"])["id"])
    elif parameters.get("payment_method"):
        change(call.world, intent, payment_method=resolve(call.world, parameters["payment_method"])["id"])
    if intent["payment_method"] or "confirmation_token" in parameters:
        change(call.world, intent, status="requires_confirmation")
    emit(call.world, "payment_intent.created", intent)
    if confirms:
        attach_confirmation_token(call, intent)
        confirm_intent(call, intent)
    return render(call.world, intent, parameters.get("expand", ()))


def check_amount(amount: int, currency: str) -> None:
    if currency not in STRIPE_CURRENCIES:
        raise invalid(
            f"Invalid currency: {currency}. Stripe takes three-letter codes in lower case; the simulator knows:"
            f" {', '.join(sorted(STRIPE_CURRENCIES))}",
            param="currency",
        )
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", param="amount", code="parameter_invalid_integer"
        )
    minimum = stripe_minimum(currency)
    if amount < minimum:
        raise invalid(
            f"Amount must be at least {show(minimum, currency)} {currency}", param="amount", code="amount_too_small"
        )
    if amount > STRIPE_MAXIMUM:
        raise invalid(
            f"Amount must be no more than {show(STRIPE_MAXIMUM, currency)}", param="amount", code="amount_too_large"
        )


def _check_types(parameters: Json) -> None:
    types = parameters.get("payment_method_types")
    if types and "automatic_payment_methods" in parameters:
        raise invalid("You may only specify one of these parameters: automatic_payment_methods, payment_method_types.")
    if types is not None and types != ["card"]:
        raise invalid(
            f"The payment method types {types} are invalid: the simulator models `card` only.",
            param="payment_method_types",
        )


def _new_intent(call: Call) -> Json:
    parameters = call.parameters
    intent_id = new_id("pi_3")
    automatic = parameters.get("automatic_payment_methods") or (
        None if "payment_method_types" in parameters else {"enabled": True}
    )
    if automatic and automatic.get("enabled"):
        automatic = {"allow_redirects": automatic.get("allow_redirects", "always"), "enabled": True}
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": parameters["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": automatic if automatic and automatic["enabled"] else None,
        "capture_method": parameters.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{new_id('', 25)}",
        "confirmation_method": parameters.get("confirmation_method", "automatic"),
        "created": call.world.now,
        "currency": parameters["currency"],
        "customer": parameters.get("customer") or None,
        "description": parameters.get("description"),
        "livemode": False,
        "metadata": parameters.get("metadata") or {},
        "payment_method_options": shown_options(parameters.get("payment_method_options")),
        "payment_method_types": ["card"],
        "receipt_email": parameters.get("receipt_email"),
        "setup_future_usage": parameters.get("setup_future_usage") or None,
        "shipping": parameters.get("shipping"),
        "statement_descriptor": parameters.get("statement_descriptor"),
        "statement_descriptor_suffix": parameters.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        **dict.fromkeys(_EMPTY),
    }


def shown_options(given: Json | None) -> Json:
    card = {key: value for key, value in ((given or {}).get("card") or {}).items() if value not in {"", "moto"}}
    card.pop("moto", None)
    return {
        "card": {
            "installments": None,
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
            **card,
        }
    }


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "payment_intent", call.id, "intent"), call.parameters.get("expand", ()))


def update(call: Call) -> Json:
    intent, parameters = find(call.world, "payment_intent", call.id, "intent"), call.parameters
    free = set(parameters) <= {"metadata", "description", "expand", "receipt_email"}
    if intent["status"] not in _CHANGEABLE and not free:
        raise wrong_state(
            f"This PaymentIntent's status is {intent['status']}; only its metadata and description can be updated.",
            payment_intent=render(call.world, intent),
        )
    if "amount" in parameters or "currency" in parameters:
        wanted = {**intent, **parameters}
        check_amount(wanted["amount"], wanted["currency"])
    changes: Json = {
        name: parameters[name] or None
        for name in (
            "amount",
            "currency",
            "capture_method",
            "customer",
            "description",
            "receipt_email",
            "setup_future_usage",
            "shipping",
            "statement_descriptor",
            "statement_descriptor_suffix",
        )
        if name in parameters
    }
    if "metadata" in parameters:
        changes["metadata"] = merge_metadata(intent, parameters["metadata"])
    if "payment_method_options" in parameters:
        changes["payment_method_options"] = shown_options(parameters["payment_method_options"])
    if "payment_method_data" in parameters:
        changes["payment_method"] = from_data(call.world, parameters["payment_method_data"])["id"]
    elif "payment_method" in parameters:
        changes["payment_method"] = resolve(call.world, parameters["payment_method"])["id"]
    if changes.get("payment_method"):
        changes["status"] = "requires_confirmation"
    change(call.world, intent, **changes)
    return render(call.world, intent, parameters.get("expand", ()))


def confirm(call: Call) -> Json:
    intent = find(call.world, "payment_intent", call.id, "intent")
    parameters = call.parameters
    if intent["status"] not in _CHANGEABLE:
        raise wrong_state(
            f"This PaymentIntent's status is {intent['status']}, so it can't be confirmed.",
            payment_intent=render(call.world, intent),
        )
    for name in ("capture_method", "receipt_email", "setup_future_usage", "shipping"):
        if name in parameters:
            change(call.world, intent, **{name: parameters[name] or None})
    if "payment_method_options" in parameters:
        change(call.world, intent, payment_method_options=shown_options(parameters["payment_method_options"]))
    if parameters.get("payment_method_data"):
        change(call.world, intent, payment_method=from_data(call.world, parameters["payment_method_data"])["id"])
    elif parameters.get("payment_method"):
        change(call.world, intent, payment_method=resolve(call.world, parameters["payment_method"])["id"])
    attach_confirmation_token(call, intent)
    confirm_intent(call, intent)
    return render(call.world, intent, parameters.get("expand", ()))


def cancel(call: Call) -> Json:
    intent = find(call.world, "payment_intent", call.id, "intent")
    if intent["status"] not in _CHANGEABLE | {"requires_capture"}:
        raise wrong_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent"
            " with one of the following statuses may be canceled: requires_payment_method, requires_capture,"
            " requires_reauthorization, requires_confirmation, requires_action, processing.",
            payment_intent=render(call.world, intent),
        )
    if intent["status"] == "requires_capture":
        charge = find(call.world, "charge", intent["latest_charge"])
        give_up_hold(call.world, charge, intent["amount_capturable"])
        emit(call.world, "charge.refunded", charge)
    change(
        call.world,
        intent,
        status="succeeded" if intent["amount_received"] else "canceled",
        amount_capturable=0,
        next_action=None,
    )
    if intent["status"] == "canceled":
        reason = call.parameters.get("cancellation_reason")
        change(call.world, intent, canceled_at=call.world.now, cancellation_reason=reason)
    emit(call.world, f"payment_intent.{intent['status']}", intent)
    return render(call.world, intent, call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    return page(call, "payment_intent", "customer")
