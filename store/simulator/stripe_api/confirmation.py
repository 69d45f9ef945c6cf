"""Confirming a PaymentIntent: the card says yes, no, or asks for its holder."""

from store.simulator.stripe_api.authorizations import new_charge, place_hold, take_money_directly
from store.simulator.stripe_api.cards import Card
from store.simulator.stripe_api.documents import Call, Json, change, find, render
from store.simulator.stripe_api.errors import StripeError, invalid, wrong_state
from store.simulator.stripe_api.events import emit
from store.simulator.stripe_api.payment_methods import card_of, decline_facts, from_data, keep, resolve, used_up
from store.simulator.timers import on_timer, set_timer
from store.simulator.world import World

_FAILED_AUTHENTICATION = {
    "code": "payment_intent_authentication_failure",
    "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new"
    " PaymentMethod to attempt to fulfill this PaymentIntent again.",
}


def attach_confirmation_token(call: Call, intent: Json) -> None:
    """Turn a confirmation token into the intent's payment method; a token serves once."""
    token_id = call.parameters.get("confirmation_token")
    if token_id is None:
        return
    if {"payment_method", "payment_method_data"} & set(call.parameters):
        raise invalid("You can't provide both `confirmation_token` and a payment method.", param="confirmation_token")
    token = find(call.world, "confirmation_token", token_id, "confirmation_token")
    if token["payment_intent"] or token["setup_intent"]:
        raise invalid("This ConfirmationToken was already used.", param="confirmation_token")
    if token["expires_at"] <= call.world.now:
        raise invalid("This ConfirmationToken has expired.", param="confirmation_token")
    source = token["_payment_method"]
    payment_method = resolve(call.world, source) if source else from_data(call.world, token["_data"])
    facts: Json = {"payment_method": payment_method["id"]}
    if intent["object"] == "payment_intent":
        facts["shipping"] = token["shipping"] or intent["shipping"]
        if token["setup_future_usage"]:
            facts["setup_future_usage"] = token["setup_future_usage"]
    change(call.world, intent, **facts)
    change(call.world, token, **{intent["object"]: intent["id"]})


def confirm_intent(call: Call, intent: Json) -> None:
    """Lead the intent to its next status; raises StripeError 402 when the card declines."""
    if intent["payment_method"] is None:
        raise wrong_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the"
            " PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a"
            " payment method or ConfirmationToken.",
            payment_intent=render(call.world, intent),
        )
    off_session = call.parameters.get("off_session", "false") != "false"
    return_url = call.parameters.get("return_url") or _token_return_url(call)
    if off_session and intent["setup_future_usage"] is not None and not call.parameters.get("mandate_data"):
        raise invalid("You cannot set `setup_future_usage` together with `off_session`.", param="off_session")
    _check_return_url(intent, return_url)
    payment_method = find(call.world, "payment_method", intent["payment_method"], "payment_method")
    check_owner(payment_method, intent["customer"], "PaymentIntent")
    change(call.world, intent, last_payment_error=None, next_action=None)
    card = card_of(payment_method)
    if needs_authentication(card, payment_method, intent, off_session=off_session):
        if off_session:
            _fail(call.world, intent, payment_method, "authentication_required", off_session=True)
        if call.parameters.get("error_on_requires_action"):
            _fail(call.world, intent, payment_method, "authentication_required", off_session=False)
        _ask_for_customer(call, intent, return_url)
        return
    decline = _decline(call, card, off_session=off_session)
    if decline:
        _fail(call.world, intent, payment_method, decline, off_session=off_session)
    _succeed(call.world, intent, payment_method, off_session=off_session, authenticated=False)


def _token_return_url(call: Call) -> str | None:
    token = call.world.get("stripe.confirmation_tokens", call.parameters.get("confirmation_token", ""))
    return token["return_url"] if token else None


def _check_return_url(intent: Json, return_url: str | None) -> None:
    automatic = intent["automatic_payment_methods"]
    if automatic and automatic["allow_redirects"] == "always" and return_url is None:
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of"
            " these payment methods might redirect your customer off of your page, you must provide a `return_url`."
            " If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to"
            " `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and"
            " Payment Intents."
        )


def check_owner(payment_method: Json, customer: str | None, intent_kind: str) -> None:
    owner = payment_method["customer"]
    if owner is not None and customer is None:
        raise invalid(
            f"The PaymentMethod {payment_method['id']} belongs to the Customer {owner}. Please include the Customer in"
            f" the `customer` parameter on the {intent_kind}.",
            param="payment_method",
        )
    if owner is not None and owner != customer:
        raise invalid(
            f"The PaymentMethod {payment_method['id']} does not belong to the Customer {customer}.",
            param="payment_method",
        )
    if owner is None and payment_method["_used"]:
        raise used_up()


def needs_authentication(card: Card, payment_method: Json, intent: Json, *, off_session: bool) -> bool:
    options = (intent["payment_method_options"] or {}).get("card") or {}
    if not off_session and options.get("request_three_d_secure") in {"any", "challenge"}:
        return True
    match card.authentication:
        case "always":
            return True
        case "until_set_up":
            return not payment_method["_set_up"]
        case "off_session":
            return off_session
        case _:
            return False


def _decline(call: Call, card: Card, *, off_session: bool) -> str | None:
    if call.declined_by_fault:
        return "generic_decline"
    return card.declines or (card.declines_off_session if off_session else None)


def _ask_for_customer(call: Call, intent: Json, return_url: str | None) -> None:
    page_url = f"{call.base_url}/stripe/3ds/{intent['id']}?world={call.world.name}"
    if return_url:
        action: Json = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page_url}}
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page_url},
        }
    change(
        call.world,
        intent,
        status="requires_action",
        next_action=action,
        _return_url=return_url,
        _declined_by_fault=call.declined_by_fault,
    )
    emit(call.world, "payment_intent.requires_action", intent)


def finish_authentication(world: World, intent: Json, *, succeeded: bool) -> None:
    """The card's holder has answered on the bank's page. A refusal after that is told by the intent's status."""
    payment_method = find(world, "payment_method", intent["payment_method"])
    change(world, intent, next_action=None)
    if not succeeded:
        error = {
            **_FAILED_AUTHENTICATION,
            "type": "invalid_request_error",
            "payment_method": render(world, payment_method),
        }
        change(world, intent, status="requires_payment_method", payment_method=None, last_payment_error=error)
        emit(world, "payment_intent.payment_failed", intent)
        return
    decline = "generic_decline" if intent.get("_declined_by_fault") else card_of(payment_method).declines
    if decline:
        _record_failure(world, intent, payment_method, decline, off_session=False)
    else:
        _succeed(world, intent, payment_method, off_session=False, authenticated=True)


def _fail(world: World, intent: Json, payment_method: Json, decline: str, *, off_session: bool) -> None:
    error = _record_failure(world, intent, payment_method, decline, off_session=off_session)
    raise StripeError(402, {**error, "payment_intent": render(world, intent)})


def _record_failure(world: World, intent: Json, payment_method: Json, decline: str, *, off_session: bool) -> Json:
    charge = new_charge(world, intent, payment_method, off_session=off_session, decline=decline)
    error = {
        "type": "card_error",
        "charge": charge["id"],
        **decline_facts(decline),
        "payment_method": render(world, payment_method),
    }
    change(
        world,
        intent,
        status="requires_payment_method",
        latest_charge=charge["id"],
        last_payment_error=error,
        payment_method=None,
    )
    emit(world, "charge.failed", charge)
    emit(world, "payment_intent.payment_failed", intent)
    return error


def _succeed(world: World, intent: Json, payment_method: Json, *, off_session: bool, authenticated: bool) -> None:
    change(world, payment_method, _used=True)
    if intent["setup_future_usage"]:
        change(
            world, payment_method, _set_up=payment_method["_set_up"] or intent["setup_future_usage"] == "off_session"
        )
        if intent["customer"]:
            keep(world, payment_method, intent["customer"])
    charge = new_charge(world, intent, payment_method, off_session=off_session, authenticated=authenticated)
    change(world, intent, latest_charge=charge["id"])
    options = intent["payment_method_options"].get("card") or {}
    if intent["capture_method"] == "manual" or options.get("capture_method") == "manual":
        change(world, intent, status="requires_capture", amount_capturable=intent["amount"])
        place_hold(world, charge)
        emit(world, "charge.succeeded", charge)
        emit(world, "payment_intent.amount_capturable_updated", intent)
        return
    take_money_directly(world, charge)
    change(world, intent, status="succeeded", amount_received=intent["amount"])
    if intent["capture_method"] == "automatic_async":
        transaction = charge["balance_transaction"]
        change(world, charge, balance_transaction=None, _balance_transaction=transaction)
        set_timer(world, "stripe.book", charge["id"], world.now)
    emit(world, "charge.succeeded", charge)
    emit(world, "payment_intent.succeeded", intent)


@on_timer("stripe.book")
def show_balance_transaction(world: World, charge_id: str) -> None:
    """With asynchronous capture the charge learns its balance transaction only after the answer."""
    charge = find(world, "charge", charge_id)
    change(world, charge, balance_transaction=charge["_balance_transaction"])
    emit(world, "charge.updated", charge, previous={"balance_transaction": None})
