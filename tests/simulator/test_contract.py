"""The simulator answers, and refuses, as the providers' own descriptions say."""

import json
from typing import Any

import pytest

from simulator.contract import (
    ContractBroken,
    requires_contract,
    stripe_parameters,
    validate_paypal_request,
    validate_paypal_response,
    validate_stripe_object,
    validate_stripe_request,
    validate_stripe_response,
)
from simulator.world_client import RETURN_URL, WorldClient
from store.simulator.stripe_api.parameters import NOT_SIMULATED, PARAMETERS, REQUIRED
from store.simulator.stripe_api.routes import _TABLE

pytestmark = requires_contract


class Checked:
    """Stripe calls whose parameters and answers are both held against the description."""

    def __init__(self, world: WorldClient) -> None:
        self._world = world

    def __call__(self, method: str, template: str, form: dict[str, Any] | None = None, **ids: str) -> dict[str, Any]:
        status, body = self.any(method, template, form, **ids)
        assert status == 200, body
        return body

    def any(
        self, method: str, template: str, form: dict[str, Any] | None = None, **ids: str
    ) -> tuple[int, dict[str, Any]]:
        validate_stripe_request(template, method, form or {})
        path = template.format(**ids)
        answer = self._world.raw(method, path, dict(flat(form or {})))
        validate_stripe_response(template, method, answer.status_code, answer.json())
        return answer.status_code, answer.json()


def flat(form: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in form.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, dict):
            pairs += flat(value, key)
        elif isinstance(value, list):
            pairs += [(f"{key}[{number}]", item) for number, item in enumerate(value)]
        else:
            pairs.append((key, str(value).lower() if isinstance(value, bool) else value))
    return pairs


@pytest.fixture
def call(world: WorldClient) -> Checked:
    return Checked(world)


@pytest.mark.parametrize(("method", "template", "operation"), [row[:3] for row in _TABLE])
def test_every_operation_knows_exactly_the_parameters_of_the_description(
    method: str, template: str, operation: str
) -> None:
    if template == "/v1/confirmation_tokens":
        pytest.skip("Stripe.js's own address isn't in the public description")
    known = set(PARAMETERS[operation]) | NOT_SIMULATED.get(operation, frozenset())
    assert known == stripe_parameters(template, method)
    assert not set(PARAMETERS[operation]) & NOT_SIMULATED.get(operation, frozenset())
    assert set(REQUIRED.get(operation, ())) <= set(PARAMETERS[operation])


def test_the_life_of_a_card_payment(call: Checked, world: WorldClient) -> None:
    customer = call("POST", "/v1/customers", {"email": "a@example.com", "metadata": {"customer": "1"}})["id"]
    call("POST", "/v1/customers/{customer}", {"name": "A", "address": {"city": "X"}}, customer=customer)
    call("GET", "/v1/customers/{customer}", customer=customer)
    card = call("POST", "/v1/payment_methods", {"type": "card", "card": {"token": "tok_visa"}})["id"]
    call("POST", "/v1/payment_methods/{payment_method}/attach", {"customer": customer}, payment_method=card)
    intent = call(
        "POST",
        "/v1/payment_intents",
        {
            "amount": 5000,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "capture_method": "manual",
            "metadata": {"operation": "o-1"},
            "payment_method_options": {"card": {"request_multicapture": "if_available"}},
        },
    )["id"]
    call("POST", "/v1/payment_intents/{intent}", {"description": "an order"}, intent=intent)
    form = {"return_url": RETURN_URL, "expand": ["latest_charge", "customer", "payment_method"]}
    call("POST", "/v1/payment_intents/{intent}/confirm", form, intent=intent)
    call("POST", "/v1/payment_intents/{intent}/capture", {"amount_to_capture": 4000}, intent=intent)
    call("GET", "/v1/payment_intents/{intent}", {"expand": ["latest_charge.balance_transaction"]}, intent=intent)
    call("GET", "/v1/payment_intents", {"customer": customer})
    call("GET", "/v1/payment_intents/search", {"query": "metadata['operation']:'o-1'"})
    charge = call("GET", "/v1/charges", {"payment_intent": intent})["data"][0]["id"]
    call("GET", "/v1/charges/{charge}", {"expand": ["refunds", "balance_transaction"]}, charge=charge)
    refund = call("POST", "/v1/refunds", {"charge": charge, "amount": 100, "metadata": {"r": "1"}})["id"]
    call("GET", "/v1/refunds/{refund}", {"expand": ["charge"]}, refund=refund)
    call("GET", "/v1/refunds", {"payment_intent": intent})
    world.sim("dashboard/refund/fail", provider="stripe", refund=refund)
    call("GET", "/v1/refunds/{refund}", {"expand": ["failure_balance_transaction"]}, refund=refund)
    dispute = world.sim("dashboard/dispute", provider="stripe", charge_or_capture=charge)["id"]
    call("GET", "/v1/disputes/{dispute}", dispute=dispute)
    call("GET", "/v1/disputes", {"charge": charge})
    call("POST", "/v1/disputes/{dispute}/close", dispute=dispute)
    rows = call("GET", "/v1/balance_transactions", {"limit": 100, "expand": ["data.source"]})["data"]
    call("GET", "/v1/balance_transactions/{id}", id=rows[0]["id"])
    call("GET", "/v1/customers/{customer}/payment_methods", {"type": "card"}, customer=customer)
    call("POST", "/v1/payment_methods/{payment_method}/detach", payment_method=card)


def test_setups_tokens_and_authentication(call: Checked, world: WorldClient) -> None:
    customer = call("POST", "/v1/customers")["id"]
    form: dict[str, Any] = {"customer": customer, "usage": "off_session"}
    setup = call("POST", "/v1/setup_intents", form)["id"]
    form = {"payment_method": "pm_card_authenticationRequiredOnSetup", "return_url": RETURN_URL}
    asked = call("POST", "/v1/setup_intents/{intent}/confirm", form, intent=setup)
    assert asked["status"] == "requires_action"
    world.sim("stripe/3ds", setup_intent=setup, outcome="fail")
    call("GET", "/v1/setup_intents/{intent}", intent=setup)
    call("POST", "/v1/setup_intents/{intent}/cancel", {"cancellation_reason": "abandoned"}, intent=setup)
    form = {"payment_method": "pm_sim_apple_pay", "return_url": RETURN_URL}
    token = call("POST", "/v1/test_helpers/confirmation_tokens", form)["id"]
    call("GET", "/v1/confirmation_tokens/{confirmation_token}", confirmation_token=token)
    form = {"amount": 700, "currency": "eur", "confirm": True, "confirmation_token": token}
    paid = call("POST", "/v1/payment_intents", {**form, "expand": ["latest_charge"]})
    assert paid["latest_charge"]["payment_method_details"]["card"]["wallet"]["type"] == "apple_pay"
    form = {"amount": 700, "currency": "eur", "confirm": True, "return_url": RETURN_URL}
    asked = call("POST", "/v1/payment_intents", {**form, "payment_method": "pm_card_authenticationRequired"})
    world.sim("stripe/3ds", payment_intent=asked["id"], outcome="fail")
    call("GET", "/v1/payment_intents/{intent}", intent=asked["id"])
    call("POST", "/v1/payment_intents/{intent}/cancel", intent=asked["id"])


def test_refusals_have_stripes_shape(call: Checked) -> None:
    form = {"amount": 700, "currency": "usd", "confirm": True, "return_url": RETURN_URL}
    declined = {**form, "payment_method": "pm_card_chargeDeclined"}
    assert call.any("POST", "/v1/payment_intents", declined)[0] == 402
    assert call.any("POST", "/v1/payment_intents", {"amount": 1, "currency": "usd"})[0] == 400
    assert call.any("GET", "/v1/charges/{charge}", charge="ch_none")[0] == 404
    assert call.any("POST", "/v1/refunds", {})[0] == 400


def test_events_carry_objects_of_the_description(call: Checked, world: WorldClient) -> None:
    charge = world.pay("pm_card_refundFail").latest_charge.id
    world.stripe.refunds.create({"charge": charge, "amount": 1_00})
    world.advance(3601)
    world.sim("dashboard/dispute", provider="stripe", charge_or_capture=charge)
    world.hold()
    world.advance(8 * 86_400)
    events = call("GET", "/v1/events", {"limit": 100})["data"]
    call("GET", "/v1/events/{id}", id=events[0]["id"])
    for event in events:
        validate_stripe_object(event["data"]["object"]["object"], event["data"]["object"])
    assert {"charge.expired", "payment_intent.canceled", "refund.failed"} <= {event["type"] for event in events}


def test_webhook_endpoints(call: Checked) -> None:
    made = call("POST", "/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    call("GET", "/v1/webhook_endpoints/{webhook_endpoint}", webhook_endpoint=made["id"])
    call("GET", "/v1/webhook_endpoints")
    call("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}", webhook_endpoint=made["id"])


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"amount": "abc", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "100", "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": "100", "currency": "USD"}, None, "currency"),
        ({"amount": "100", "currency": "usd", "capture_method": "later"}, None, "capture_method"),
        ({"amount": "100", "currency": "usd", "confirm": "yes"}, None, "confirm"),
        ({"amount": "100", "currency": "usd", "shipping[planet]": "x"}, "parameter_unknown", "shipping[planet]"),
        ({"amount": "49", "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": "100000000", "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": "100", "currency": "usd", "transfer_group": "g"}, "parameter_not_simulated", "transfer_group"),
        ({"amount": "100", "currency": "usd", "off_session": "true"}, None, "off_session"),
    ],
)
def test_what_the_description_refuses_is_refused(
    world: WorldClient, form: dict[str, str], code: str | None, param: str
) -> None:
    answer = world.raw("POST", "/v1/payment_intents", form)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error.get("code"), error["param"]) == (code, param)
    validate_stripe_response("/v1/payment_intents", "post", 400, answer.json())


def test_the_contract_itself_refuses_what_is_wrong() -> None:
    validate_stripe_request("/v1/refunds", "post", {"charge": "ch_1", "amount": "100"})
    with pytest.raises(ContractBroken):
        validate_stripe_request("/v1/refunds", "post", {"charge": "ch_1", "colour": "red"})
    with pytest.raises(ContractBroken):
        validate_stripe_request("/v1/refunds", "post", {"amount": "much"})
    with pytest.raises(ContractBroken):
        validate_stripe_response("/v1/refunds", "post", 200, {"id": "re_1", "object": "refund"})
    with pytest.raises(ContractBroken):
        validate_paypal_request("/v2/checkout/orders", "post", {"intent": "CAPTURE"})


class CheckedPayPal:
    def __init__(self, world: WorldClient) -> None:
        self._world = world
        token = world.paypal.get_access_token()
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def __call__(
        self, method: str, template: str, body: dict[str, Any] | None = None, query: str = "", **ids: str
    ) -> tuple[int, Any]:
        if method == "POST" and template != "/v2/checkout/orders/{id}/capture":
            validate_paypal_request(template, method, body or {})
        path = f"/paypal{template.format(**ids)}{query}"
        headers = {**self._headers, "prefer": "return=representation"}
        answer = self._world.http.request(method, path, content=json.dumps(body or {}), headers=headers)
        shown = answer.json() if answer.content else None
        validate_paypal_response(template, method, answer.status_code, shown)
        return answer.status_code, shown


def test_the_life_of_a_paypal_payment(world: WorldClient) -> None:
    call = CheckedPayPal(world)
    unit = {"amount": {"currency_code": "EUR", "value": "20.00"}, "custom_id": "c-1", "invoice_id": "i-1"}
    status, order = call("POST", "/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [unit]})
    assert status == 201
    ids = {"id": order["id"]}
    assert call("POST", "/v2/checkout/orders/{id}/capture", **ids)[0] == 422
    world.sim("paypal/approve", order=order["id"])
    call("GET", "/v2/checkout/orders/{id}", **ids)
    status, paid = call("POST", "/v2/checkout/orders/{id}/capture", **ids)
    assert status == 201
    capture = paid["purchase_units"][0]["payments"]["captures"][0]["id"]
    call("GET", "/v2/payments/captures/{capture_id}", capture_id=capture)
    body = {"amount": {"currency_code": "EUR", "value": "5.00"}, "note_to_payer": "Sorry"}
    status, refund = call("POST", "/v2/payments/captures/{capture_id}/refund", body, capture_id=capture)
    assert status == 201
    call("GET", "/v2/payments/refunds/{refund_id}", refund_id=refund["id"])
    body = {"amount": {"currency_code": "EUR", "value": "99.00"}}
    assert call("POST", "/v2/payments/captures/{capture_id}/refund", body, capture_id=capture)[0] == 422
    assert call("GET", "/v2/payments/captures/{capture_id}", capture_id="NONE")[0] == 404
    call("GET", "/v2/checkout/orders/{id}", **ids)
    opened = world.sim("dashboard/dispute", provider="paypal", charge_or_capture=capture, reason="UNAUTHORISED")
    call("GET", "/v1/customer/disputes")
    call("GET", "/v1/customer/disputes/{id}", id=opened["dispute_id"])
    world.sim("dashboard/dispute/close", provider="paypal", dispute=opened["dispute_id"], outcome="lost")
    call("GET", "/v1/customer/disputes/{id}", id=opened["dispute_id"])
    day = world.advance(0)["now"][:10]
    query = f"?start_date={day}T00:00:00Z&end_date={day}T23:59:59Z"
    call("GET", "/v1/reporting/transactions", query=query)


def test_the_life_of_a_paypal_authorisation(world: WorldClient) -> None:
    call = CheckedPayPal(world)
    unit = {"amount": {"currency_code": "USD", "value": "20.00"}}
    order = call("POST", "/v2/checkout/orders", {"intent": "AUTHORIZE", "purchase_units": [unit]})[1]["id"]
    world.sim("paypal/approve", order=order)
    held = call("POST", "/v2/checkout/orders/{id}/authorize", id=order)[1]
    ids = {"authorization_id": held["purchase_units"][0]["payments"]["authorizations"][0]["id"]}
    call("GET", "/v2/payments/authorizations/{authorization_id}", **ids)
    body = {"amount": {"currency_code": "USD", "value": "5.00"}}
    assert call("POST", "/v2/payments/authorizations/{authorization_id}/capture", body, **ids)[0] == 201
    assert call("POST", "/v2/payments/authorizations/{authorization_id}/void", **ids)[0] == 200
    assert call("POST", "/v2/payments/authorizations/{authorization_id}/capture", body, **ids)[0] == 422
