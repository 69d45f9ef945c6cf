"""Orders: created by the store, approved by the payer on PayPal's page, then captured or authorised."""

from typing import Any
from urllib.parse import urlencode

from store.simulator.paypal_api.authorizations import new_authorization, shown_authorization
from store.simulator.paypal_api.captures import capture_for_order, shown_capture
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
from store.simulator.paypal_api.errors import invalid_request, not_found, unprocessable
from store.simulator.paypal_api.purchase_units import read_purchase_unit
from store.simulator.paypal_api.refunds import shown_refund
from store.simulator.world import World, new_paypal_id

KIND = "paypal.orders"
APPROVAL_SECONDS = 3 * 3600
_WAITING = frozenset({"CREATED", "PAYER_ACTION_REQUIRED"})


def create(call: Call) -> Answer:
    intent = call.body.get("intent")
    if intent not in {"CAPTURE", "AUTHORIZE"}:
        issue, description = (
            ("MISSING_REQUIRED_PARAMETER", "A required parameter is missing.")
            if intent is None
            else ("INVALID_PARAMETER_VALUE", "A parameter value is not valid.")
        )
        raise invalid_request(issue, description, "/intent")
    unit = read_purchase_unit(call.body)
    source = call.body.get("payment_source")
    if source is not None and set(source) != {"paypal"}:
        raise invalid_request(
            "INVALID_PARAMETER", "This simulator models the payment source `paypal` only.", "/payment_source"
        )
    if source is not None and "paypal-request-id" not in call.headers:
        raise invalid_request(
            "PAYPAL_REQUEST_ID_REQUIRED",
            "A PayPal-Request-Id is required if you are trying to process payment for an Order. Please specify a"
            " PayPal-Request-Id or Create the Order without a 'payment_source' specified.",
            "/payment_source",
        )
    context = (
        ((source or {}).get("paypal") or {}).get("experience_context") or call.body.get("application_context") or {}
    )
    order = call.world.put(
        KIND,
        {
            "id": new_paypal_id(),
            "intent": intent,
            "status": "CREATED" if source is None else "PAYER_ACTION_REQUIRED",
            "purchase_units": [unit],
            "create_time": call.world.iso(),
            "_return_url": context.get("return_url"),
            "_cancel_url": context.get("cancel_url"),
            "_has_source": source is not None,
            "_expires": call.world.now + APPROVAL_SECONDS,
        },
    )
    # With a payment source PayPal answers 200 to a request that asks for the payer, else 201.
    status = 201 if source is None else 200
    return Answer(status, _answer_body(call, order), (KIND, order["id"]))


def retrieve(call: Call) -> Answer:
    order = _find_live(call.world, call.id)
    return Answer(200, shown_order(call.world, order))


def _find_live(world: World, order_id: str) -> Json:
    order = find(world, KIND, order_id)
    if order["status"] in _WAITING | {"APPROVED"} and order["_expires"] <= world.now:
        change(world, KIND, order, status="VOIDED")
    return order


def shown_order(world: World, order: Json) -> Json:
    """The order with its payments as they are now."""
    shown = public(order)
    captures = [shown_capture(world, row) for row in world.all("paypal.captures") if row["_order"] == order["id"]]
    authorizations = [
        shown_authorization(world, row) for row in world.all("paypal.authorizations") if row["_order"] == order["id"]
    ]
    ids = {capture["id"] for capture in captures}
    refunds = [shown_refund(world, row) for row in world.all("paypal.refunds") if row["_capture"] in ids]
    payments = {"authorizations": authorizations, "captures": captures, "refunds": refunds}
    payments = {name: rows for name, rows in payments.items() if rows}
    if payments:
        unit = {**order["purchase_units"][0], "payments": payments}
        shown["purchase_units"] = [unit]
    shown["links"] = _links(world, order)
    return shown


def _links(world: World, order: Json) -> list[Json]:
    base = base_url(world)
    links = [link(base, f"/v2/checkout/orders/{order['id']}", "self")]
    if order["status"] in _WAITING:
        rel = "payer-action" if order["_has_source"] else "approve"
        links.append(link(base, f"/approve/{order['id']}?world={world.name}", rel))
    if order["status"] in _WAITING | {"APPROVED"}:
        action = "capture" if order["intent"] == "CAPTURE" else "authorize"
        links.append(link(base, f"/v2/checkout/orders/{order['id']}/{action}", action, "POST"))
    return links


def _answer_body(call: Call, order: Json) -> Json:
    shown = shown_order(call.world, order)
    if call.wants_representation:
        return shown
    minimal = ("id", "status", "links", "payment_source", "payer")
    body: Json = {name: shown[name] for name in minimal if name in shown}
    if "payments" in shown["purchase_units"][0]:
        unit: dict[str, Any] = shown["purchase_units"][0]
        body["purchase_units"] = [{"reference_id": unit["reference_id"], "payments": unit["payments"]}]
    return body


def approve(world: World, order_id: str) -> Json:
    """The payer logs in at PayPal and agrees; answers the order."""
    order = _find_live(world, order_id)
    if order["status"] not in _WAITING:
        raise unprocessable("ORDER_CANNOT_BE_CONFIRMED", f"The order is {order['status']}.")
    payer = {
        "email_address": "payer@example.com",
        "payer_id": "SMPAYER234567",
        "name": {"given_name": "Sample", "surname": "Payer"},
        "address": {"country_code": "US"},
    }
    paypal = {
        "email_address": payer["email_address"],
        "account_id": payer["payer_id"],
        "account_status": "VERIFIED",
        "name": payer["name"],
        "address": payer["address"],
    }
    change(world, KIND, order, status="APPROVED", payer=payer, payment_source={"paypal": paypal})
    order["_expires"] = world.now + APPROVAL_SECONDS
    emit(
        world,
        "CHECKOUT.ORDER.APPROVED",
        "checkout-order",
        shown_order(world, order),
        "An order has been approved by buyer",
    )
    return order


def payer_returns_to(order: Json, *, approved: bool) -> str | None:
    url = order["_return_url"] if approved else order["_cancel_url"]
    if not url:
        return None
    facts = {"token": order["id"]}
    if approved:
        facts["PayerID"] = order["payer"]["payer_id"]
    return f"{url}{'&' if '?' in url else '?'}{urlencode(facts)}"


def capture(call: Call) -> Answer:
    order = _payable(call, "CAPTURE", "ORDER_ALREADY_CAPTURED")
    unit = order["purchase_units"][0]
    amount, currency = read_money(unit["amount"], "/amount")
    capture_for_order(call.world, order, unit, amount, currency)
    change(call.world, KIND, order, status="COMPLETED")
    emit(
        call.world,
        "CHECKOUT.ORDER.COMPLETED",
        "checkout-order",
        shown_order(call.world, order),
        "Checkout Order Completed",
    )
    return Answer(201, _answer_body(call, order), (KIND, order["id"]))


def authorize(call: Call) -> Answer:
    order = _payable(call, "AUTHORIZE", "ORDER_ALREADY_AUTHORIZED")
    unit = order["purchase_units"][0]
    amount, currency = read_money(unit["amount"], "/amount")
    new_authorization(call.world, order, unit, amount, currency)
    change(call.world, KIND, order, status="COMPLETED")
    return Answer(201, _answer_body(call, order), (KIND, order["id"]))


def _payable(call: Call, intent: str, already: str) -> Json:
    order = _find_live(call.world, call.id)
    if order["intent"] != intent:
        other = order["intent"]
        raise unprocessable(
            "ACTION_DOES_NOT_MATCH_INTENT",
            f"Order was created with an intent to '{other}'. Please use v2/checkout/orders/order_id/{other.lower()} to"
            f" complete the transaction or alternately Create an order with an intent of '{intent}'.",
        )
    if order["status"] == "COMPLETED":
        raise unprocessable(already)
    if order["status"] == "VOIDED":
        # PayPal words an expiry for authorizing only; to a capture an expired order doesn't exist any more.
        raise not_found() if intent == "CAPTURE" else unprocessable("ORDER_EXPIRED")
    if order["status"] != "APPROVED":
        raise unprocessable("ORDER_NOT_APPROVED")
    if call.declined_by_fault:
        change(call.world, KIND, order, status="PAYER_ACTION_REQUIRED" if order["_has_source"] else "CREATED")
        links = [link(base_url(call.world), f"/approve/{order['id']}?world={call.world.name}", "redirect")]
        raise unprocessable(
            "INSTRUMENT_DECLINED",
            links=links,
        )
    return order
