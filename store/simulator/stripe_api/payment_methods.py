"""Cards as Stripe's PaymentMethods: made from test numbers and tokens, kept with a customer or used once."""

import hashlib
from typing import Any

from store.simulator.stripe_api.cards import (
    CARDS,
    DECLINES,
    Card,
    card_of_number,
    card_of_payment_method,
    card_of_token,
)
from store.simulator.stripe_api.documents import (
    Call,
    Json,
    add,
    change,
    find,
    merge_metadata,
    page,
    render,
)
from store.simulator.stripe_api.errors import StripeError, invalid
from store.simulator.stripe_api.events import emit
from store.simulator.world import World, new_id

EMPTY_ADDRESS: Json = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def create(call: Call) -> Json:
    if "type" not in call.parameters:
        raise invalid("Missing required param: type.", param="type", code="parameter_missing")
    payment_method = from_data(call.world, call.parameters)
    return render(call.world, payment_method, call.parameters.get("expand", ()))


def from_data(world: World, data: Json) -> Json:
    """A new payment method out of `payment_method_data` or the parameters of a create."""
    details = data.get("card") or {}
    if "token" in details:
        card = card_of_token(details["token"])
        if card is None:
            raise invalid(f"No such token: '{details['token']}'", param="card[token]", code="resource_missing")
    else:
        card = _card_by_number(world, details)
    return new_payment_method(world, card, data, details)


def _card_by_number(world: World, details: Json) -> Card:
    for name in ("number", "exp_month", "exp_year"):
        if name not in details:
            raise invalid(f"Missing required param: card[{name}].", param=f"card[{name}]", code="parameter_missing")
    card = card_of_number(details["number"])
    if card is None:
        raise StripeError(
            402,
            {
                "type": "card_error",
                "code": "incorrect_number",
                "param": "number",
                "message": "Your card number is incorrect. The simulator knows Stripe's test numbers only.",
            },
        )
    year = int(world.iso()[:4])
    if not year <= details["exp_year"] <= year + 50 or not 1 <= details["exp_month"] <= 12:
        part = "exp_month" if not 1 <= details["exp_month"] <= 12 else "exp_year"
        raise StripeError(
            402,
            {
                "type": "card_error",
                "code": f"invalid_expiry_{part[4:]}",
                "param": part,
                "message": f"Your card's expiration {part[4:]} is invalid.",
            },
        )
    return card


def new_payment_method(world: World, card: Card, data: Json, details: Json) -> Json:
    return add(
        world,
        {
            "id": new_id("pm_1"),
            "object": "payment_method",
            "allow_redisplay": data.get("allow_redisplay", "unspecified"),
            "billing_details": _billing(data.get("billing_details") or {}),
            "card": {
                "brand": card.brand,
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "pass" if "cvc" in details else "unchecked",
                },
                "country": card.country,
                "display_brand": card.brand,
                "exp_month": details.get("exp_month", 12),
                "exp_year": details.get("exp_year", int(world.iso()[:4]) + 3),
                "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
                "funding": card.funding,
                "generated_from": None,
                "last4": card.last4,
                "networks": {"available": [card.brand], "preferred": None},
                "three_d_secure_usage": {"supported": True},
                "wallet": wallet(card),
            },
            "created": world.now,
            "customer": None,
            "livemode": False,
            "metadata": data.get("metadata") or {},
            "type": "card",
            "_card": card.name,
            "_used": False,
            "_set_up": False,
        },
    )


def wallet(card: Card) -> Json | None:
    return None if card.wallet is None else {"dynamic_last4": card.last4, "type": card.wallet, card.wallet: {}}


def _billing(given: Json) -> Json:
    address = given.get("address")
    return {
        "address": {**EMPTY_ADDRESS, **(address or {})},
        "email": given.get("email"),
        "name": given.get("name"),
        "phone": given.get("phone"),
    }


def resolve(world: World, payment_method_id: str) -> Json:
    """The payment method of an id; a ready-made id yields a new one each time, as at Stripe."""
    card = card_of_payment_method(payment_method_id)
    if card is not None:
        return new_payment_method(world, card, {}, {"cvc": ""})
    document = world.get("stripe.payment_methods", payment_method_id)
    if document is None:
        raise invalid(f"No such PaymentMethod: '{payment_method_id}'", param="payment_method", code="resource_missing")
    return document


def card_of(payment_method: Json) -> Card:
    return CARDS[payment_method["_card"]]


def retrieve(call: Call) -> Json:
    if card_of_payment_method(call.id) is not None:
        return render(call.world, resolve(call.world, call.id))
    return render(call.world, find(call.world, "payment_method", call.id), call.parameters.get("expand", ()))


def update(call: Call) -> Json:
    payment_method = find(call.world, "payment_method", call.id)
    changes: Json = {}
    if "metadata" in call.parameters:
        changes["metadata"] = merge_metadata(payment_method, call.parameters["metadata"])
    if "billing_details" in call.parameters:
        changes["billing_details"] = _billing(call.parameters["billing_details"] or {})
    if "card" in call.parameters:
        changes["card"] = {**payment_method["card"], **call.parameters["card"]}
    if "allow_redisplay" in call.parameters:
        changes["allow_redisplay"] = call.parameters["allow_redisplay"]
    return render(call.world, change(call.world, payment_method, **changes))


def list_(call: Call) -> Json:
    return page(call, "payment_method", "customer", "type", where=lambda row: row["customer"] is not None)


def attach(call: Call) -> Json:
    find(call.world, "customer", call.parameters["customer"], "customer")
    payment_method = resolve(call.world, call.id)
    if payment_method["customer"] not in {None, call.parameters["customer"]}:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_unexpected_state",
        )
    if payment_method["_used"] and payment_method["customer"] is None:
        raise used_up()
    card = card_of(payment_method)
    if card.declines_when_saved and card.declines:
        raise StripeError(402, {"type": "card_error", **decline_facts(card.declines)})
    keep(call.world, payment_method, call.parameters["customer"])
    return render(call.world, payment_method, call.parameters.get("expand", ()))


def keep(world: World, payment_method: Json, customer: str) -> None:
    if payment_method["customer"] is None:
        change(world, payment_method, customer=customer)
        emit(world, "payment_method.attached", payment_method)


def detach(call: Call) -> Json:
    payment_method = find(call.world, "payment_method", call.id)
    if payment_method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            code="payment_method_unexpected_state",
        )
    change(call.world, payment_method, customer=None, _used=True)
    emit(call.world, "payment_method.detached", payment_method)
    return render(call.world, payment_method)


def used_up() -> StripeError:
    return invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was"
        " detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must"
        " attach it to a Customer first.",
        code="payment_method_unexpected_state",
    )


def decline_facts(name: str) -> dict[str, Any]:
    decline = DECLINES[name]
    return {
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
    }
