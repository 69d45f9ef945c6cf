"""Authorizations: money that the payer has promised, for 29 days, to be captured in one part or several."""

from store.simulator.currencies import paypal_money
from store.simulator.movements import record_movement
from store.simulator.paypal_api.captures import KIND as CAPTURES
from store.simulator.paypal_api.captures import SELLER_PROTECTION, new_capture, shown_capture
from store.simulator.paypal_api.documents import (
    Answer,
    Call,
    Json,
    base_url,
    change,
    emit,
    find,
    link,
    public,
    read_money,
)
from store.simulator.paypal_api.errors import unprocessable
from store.simulator.timers import on_timer, set_timer
from store.simulator.world import World, new_paypal_id

KIND = "paypal.authorizations"
LIFE_SECONDS = 29 * 86_400
MINIMAL = ("id", "status", "links")


def new_authorization(world: World, order: Json, unit: Json, amount: int, currency: str) -> Json:
    authorization = world.put(
        KIND,
        {
            "id": new_paypal_id(),
            "status": "CREATED",
            "amount": paypal_money(amount, currency),
            "invoice_id": unit.get("invoice_id"),
            "custom_id": unit.get("custom_id"),
            "seller_protection": SELLER_PROTECTION,
            "expiration_time": world.iso(world.now + LIFE_SECONDS),
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
            "create_time": world.iso(),
            "update_time": world.iso(),
            "_order": order["id"],
            "_amount_minor": amount,
            "_captured_minor": 0,
            "_closed_as": None,
        },
    )
    set_timer(world, "paypal.expire_authorization", authorization["id"], world.now + LIFE_SECONDS)
    _record_hold(world, authorization, "authorization", amount)
    emit(
        world,
        "PAYMENT.AUTHORIZATION.CREATED",
        "authorization",
        shown_authorization(world, authorization),
        "A payment authorization was created",
    )
    return authorization


def _record_hold(world: World, authorization: Json, kind: str, amount: int) -> None:
    record_movement(
        world,
        "paypal",
        kind,
        ref=authorization["id"],
        parent_ref=authorization["_order"],
        amount_minor=amount,
        currency=authorization["amount"]["currency_code"],
        facts={"custom_id": authorization["custom_id"], "invoice_id": authorization["invoice_id"]},
    )


def shown_authorization(world: World, authorization: Json) -> Json:
    base, path = base_url(world), f"/v2/payments/authorizations/{authorization['id']}"
    links = [
        link(base, path, "self"),
        link(base, f"{path}/capture", "capture", "POST"),
        link(base, f"{path}/void", "void", "POST"),
        link(base, f"/v2/checkout/orders/{authorization['_order']}", "up"),
    ]
    return {**public(authorization), "links": links}


def retrieve(call: Call) -> Answer:
    return Answer(200, shown_authorization(call.world, find(call.world, KIND, call.id)))


def capture(call: Call) -> Answer:
    authorization = find(call.world, KIND, call.id)
    _check_open(authorization)
    left = authorization["_amount_minor"] - authorization["_captured_minor"]
    amount, currency = left, authorization["amount"]["currency_code"]
    if "amount" in call.body:
        amount, currency = read_money(call.body["amount"], "/amount")
    if currency != authorization["amount"]["currency_code"]:
        raise unprocessable("AUTH_CAPTURE_CURRENCY_MISMATCH")
    if amount > left:
        raise unprocessable("MAX_CAPTURE_AMOUNT_EXCEEDED")
    if call.declined_by_fault:
        raise unprocessable("TRANSACTION_REFUSED")
    final = bool(call.body.get("final_capture", False)) or amount == left
    capture = new_capture(
        call.world,
        amount,
        currency,
        order_id=authorization["_order"],
        authorization_id=authorization["id"],
        invoice_id=call.body.get("invoice_id") or authorization["invoice_id"],
        custom_id=authorization["custom_id"],
        final=final,
    )
    change(
        call.world,
        KIND,
        authorization,
        status="CAPTURED" if final else "PARTIALLY_CAPTURED",
        _captured_minor=authorization["_captured_minor"] + amount,
    )
    if left > amount and final:
        _record_hold(call.world, authorization, "release", left - amount)
    shown = shown_capture(call.world, capture)
    body = shown if call.wants_representation else {name: shown[name] for name in MINIMAL}
    return Answer(201, body, (CAPTURES, capture["id"]))


def _check_open(authorization: Json) -> None:
    if authorization["status"] in {"CREATED", "PARTIALLY_CAPTURED"}:
        return
    closed_as = authorization["_closed_as"] or authorization["status"]
    raise unprocessable("AUTHORIZATION_ALREADY_CAPTURED" if closed_as == "CAPTURED" else f"AUTHORIZATION_{closed_as}")


def void(call: Call) -> Answer:
    authorization = find(call.world, KIND, call.id)
    if authorization["status"] == "CAPTURED":
        raise unprocessable("PREVIOUSLY_CAPTURED")
    if authorization["status"] == "VOIDED":
        raise unprocessable("PREVIOUSLY_VOIDED")
    _give_up(call.world, authorization, "VOIDED")
    if call.wants_representation:
        return Answer(200, shown_authorization(call.world, authorization), (KIND, authorization["id"]))
    return Answer(204, None, (KIND, authorization["id"]))


@on_timer("paypal.expire_authorization")
def expire(world: World, authorization_id: str) -> None:
    authorization = find(world, KIND, authorization_id)
    if authorization["status"] in {"CREATED", "PARTIALLY_CAPTURED"}:
        # PayPal's v2 status list has no EXPIRED: it voids what ran out.
        _give_up(world, authorization, "EXPIRED")


def _give_up(world: World, authorization: Json, closed_as: str) -> None:
    _record_hold(world, authorization, "release", authorization["_amount_minor"] - authorization["_captured_minor"])
    change(world, KIND, authorization, status="VOIDED", _closed_as=closed_as)
    emit(
        world,
        "PAYMENT.AUTHORIZATION.VOIDED",
        "authorization",
        shown_authorization(world, authorization),
        "A payment authorization was voided",
    )
