"""SetupIntents: saving a card without taking money, with its holder's authentication where the card asks."""

from store.simulator.stripe_api.confirmation import attach_confirmation_token, check_owner, needs_authentication
from store.simulator.stripe_api.documents import Call, Json, add, change, find, merge_metadata, page, render
from store.simulator.stripe_api.errors import StripeError, invalid
from store.simulator.stripe_api.events import emit
from store.simulator.stripe_api.payment_methods import card_of, decline_facts, from_data, keep, resolve
from store.simulator.world import World, new_id

_OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


def create(call: Call) -> Json:
    parameters = call.parameters
    if parameters.get("customer"):
        find(call.world, "customer", parameters["customer"], "customer")
    for name in ("return_url", "mandate_data", "confirmation_token", "use_stripe_sdk"):
        if name in parameters and not parameters.get("confirm"):
            raise invalid(f"The parameter `{name}` can only be used with `confirm=true`.", param=name)
    intent = add(call.world, _new_intent(call))
    _choose_payment_method(call, intent)
    emit(call.world, "setup_intent.created", intent)
    if parameters.get("confirm"):
        _confirm(call, intent)
    return render(call.world, intent, parameters.get("expand", ()))


def _new_intent(call: Call) -> Json:
    parameters = call.parameters
    intent_id = new_id("seti_1")
    automatic = parameters.get("automatic_payment_methods") or (
        None if "payment_method_types" in parameters else {"enabled": True}
    )
    if automatic and automatic.get("enabled"):
        automatic = {"allow_redirects": automatic.get("allow_redirects", "always"), "enabled": True}
    return {
        "id": intent_id,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": automatic if automatic and automatic["enabled"] else None,
        "cancellation_reason": None,
        "client_secret": f"{intent_id}_secret_{new_id('', 25)}",
        "created": call.world.now,
        "customer": parameters.get("customer") or None,
        "description": parameters.get("description"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": parameters.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": _options(parameters.get("payment_method_options")),
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": parameters.get("usage", "off_session"),
    }


def _options(given: Json | None) -> Json:
    card = (given or {}).get("card") or {}
    return {
        "card": {
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": card.get("request_three_d_secure", "automatic"),
        }
    }


def _choose_payment_method(call: Call, intent: Json) -> None:
    if call.parameters.get("payment_method_data"):
        payment_method = from_data(call.world, call.parameters["payment_method_data"])
    elif call.parameters.get("payment_method"):
        payment_method = resolve(call.world, call.parameters["payment_method"])
    else:
        return
    change(call.world, intent, payment_method=payment_method["id"], status="requires_confirmation")


def confirm(call: Call) -> Json:
    intent = find(call.world, "setup_intent", call.id, "intent")
    if intent["status"] not in _OPEN:
        raise invalid(
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=render(call.world, intent),
        )
    _choose_payment_method(call, intent)
    if "payment_method_options" in call.parameters:
        change(call.world, intent, payment_method_options=_options(call.parameters["payment_method_options"]))
    _confirm(call, intent)
    return render(call.world, intent, call.parameters.get("expand", ()))


def _confirm(call: Call, intent: Json) -> None:
    attach_confirmation_token(call, intent)
    if intent["payment_method"] is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=render(call.world, intent),
        )
    payment_method = find(call.world, "payment_method", intent["payment_method"])
    check_owner(payment_method, intent["customer"], "SetupIntent")
    change(call.world, intent, last_setup_error=None, next_action=None)
    return_url = call.parameters.get("return_url")
    automatic = intent["automatic_payment_methods"]
    if automatic and automatic["allow_redirects"] == "always" and return_url is None:
        raise invalid(
            "This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these"
            " payment methods might redirect your customer off of your page, you must provide a `return_url`."
        )
    card = card_of(payment_method)
    # A card that asks when its holder is absent is asked about once, now, while the holder is present.
    if needs_authentication(card, payment_method, intent, off_session=False):
        url = f"{call.base_url}/stripe/3ds/{intent['id']}?world={call.world.name}"
        if return_url:
            action: Json = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
        else:
            action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
        change(call.world, intent, status="requires_action", next_action=action, _return_url=return_url)
        emit(call.world, "setup_intent.requires_action", intent)
        return
    decline = "generic_decline" if call.declined_by_fault else card.declines if card.declines_when_saved else None
    if decline:
        error = _fail(call.world, intent, {"type": "card_error", **decline_facts(decline)})
        raise StripeError(402, {**error, "setup_intent": render(call.world, intent)})
    _succeed(call.world, intent)


def finish_setup_authentication(world: World, intent: Json, *, succeeded: bool) -> None:
    change(world, intent, next_action=None)
    if succeeded:
        _succeed(world, intent)
        return
    _fail(
        world,
        intent,
        {
            "type": "invalid_request_error",
            "code": "setup_intent_authentication_failure",
            "doc_url": "https://stripe.com/docs/error-codes/setup-intent-authentication-failure",
            "message": "The latest attempt to set up the payment method has failed because authentication failed.",
        },
    )


def _fail(world: World, intent: Json, error: Json) -> Json:
    payment_method = find(world, "payment_method", intent["payment_method"])
    error = {**error, "payment_method": render(world, payment_method)}
    change(world, intent, status="requires_payment_method", payment_method=None, last_setup_error=error)
    emit(world, "setup_intent.setup_failed", intent)
    return error


def _succeed(world: World, intent: Json) -> None:
    payment_method = find(world, "payment_method", intent["payment_method"])
    change(world, payment_method, _used=True, _set_up=True)
    if intent["customer"]:
        keep(world, payment_method, intent["customer"])
    change(world, intent, status="succeeded")
    emit(world, "setup_intent.succeeded", intent)


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "setup_intent", call.id, "intent"), call.parameters.get("expand", ()))


def update(call: Call) -> Json:
    intent = find(call.world, "setup_intent", call.id, "intent")
    changes: Json = {
        name: call.parameters[name] or None for name in ("customer", "description") if name in call.parameters
    }
    if "metadata" in call.parameters:
        changes["metadata"] = merge_metadata(intent, call.parameters["metadata"])
    change(call.world, intent, **changes)
    _choose_payment_method(call, intent)
    return render(call.world, intent, call.parameters.get("expand", ()))


def cancel(call: Call) -> Json:
    intent = find(call.world, "setup_intent", call.id, "intent")
    if intent["status"] not in _OPEN:
        raise invalid(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=render(call.world, intent),
        )
    reason = call.parameters.get("cancellation_reason")
    change(call.world, intent, status="canceled", cancellation_reason=reason, next_action=None)
    emit(call.world, "setup_intent.canceled", intent)
    return render(call.world, intent, call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    return page(call, "setup_intent", "customer", "payment_method")
