"""What happens when a call is repeated, and when it goes wrong before or after it was applied."""

import threading
import time

import httpx
import paypalrestsdk.exceptions
import pytest
import requests
import stripe

from simulator.world_client import WorldClient

DAY = 86_400


def test_a_repeated_key_gets_the_first_answer_and_no_second_payment(world: WorldClient) -> None:
    form = {"amount": "1000", "currency": "usd"}
    first = world.raw("POST", "/v1/payment_intents", form, idempotency_key="k")
    second = world.raw("POST", "/v1/payment_intents", form, idempotency_key="k")
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.json() == first.json()
    assert len(world.stripe.payment_intents.list().data) == 1


def test_a_key_belongs_to_its_parameters(world: WorldClient) -> None:
    world.pay(amount=10_00, key="k")
    with pytest.raises(stripe.IdempotencyError) as refused:
        world.pay(amount=11_00, key="k")
    assert refused.value.http_status == 400


def test_a_decline_is_remembered_with_its_key(world: WorldClient) -> None:
    for _attempt in range(2):
        with pytest.raises(stripe.CardError):
            world.pay("pm_card_chargeDeclined", key="k")
    assert len(world.stripe.charges.list().data) == 1


def test_a_key_is_forgotten_after_a_day_by_the_worlds_clock(world: WorldClient) -> None:
    first = world.pay(key="k")
    world.advance(DAY - 60)
    assert world.pay(key="k").id == first.id
    world.advance(120)
    assert world.pay(key="k").id != first.id


def test_a_malformed_call_does_not_use_its_key_up(world: WorldClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        world.pay(key="k", nonsense="1")
    assert world.pay(key="k").status == "succeeded"


def test_a_call_dropped_before_was_not_applied(world: WorldClient) -> None:
    world.fault("stripe", "payment_intents.create", "drop_before")
    with pytest.raises(stripe.APIConnectionError):
        world.pay(key="k")
    assert world.stripe.payment_intents.list().data == []
    assert world.pay(key="k").status == "succeeded"


def test_a_call_dropped_after_was_applied_and_its_key_tells(world: WorldClient) -> None:
    world.fault("stripe", "payment_intents.create", "drop_after")
    with pytest.raises(stripe.APIConnectionError):
        world.pay(key="k")
    assert world.books("stripe")["captured"] == 10_00
    assert world.pay(key="k").status == "succeeded"
    assert world.books("stripe")["captured"] == 10_00


@pytest.mark.parametrize(("mode", "captured"), [("error_500_before", 0), ("error_500_after", 10_00)])
def test_a_500_is_replayed_for_good_whatever_became_of_the_payment(
    world: WorldClient, mode: str, captured: int
) -> None:
    intent = world.hold(amount=10_00)
    world.fault("stripe", "payment_intents.capture", mode)
    for _attempt in range(3):
        with pytest.raises(stripe.APIError) as failed:
            world.stripe.payment_intents.capture(intent.id, {}, {"idempotency_key": "k"})
        assert failed.value.http_status == 500
    assert world.books("stripe")["captured"] == captured


def test_a_slow_call_holds_its_key_and_is_applied_though_its_caller_left(world: WorldClient) -> None:
    world.fault("stripe", "payment_intents.create", "delay", seconds=1.0)
    form = {"amount": "1000", "currency": "usd"}
    headers = {"authorization": f"Bearer sk_test_{world.name}", "idempotency-key": "k"}
    with httpx.Client(base_url=world.url, timeout=0.4, trust_env=False) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.post("/stripe/v1/payment_intents", data=form, headers=headers)
    busy = world.raw("POST", "/v1/payment_intents", form, idempotency_key="k")
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    time.sleep(0.8)
    assert world.raw("POST", "/v1/payment_intents", form, idempotency_key="k").headers["idempotent-replayed"] == "true"
    assert len(world.stripe.payment_intents.list().data) == 1


def test_a_rate_limit_is_an_answer_that_may_be_tried_again(world: WorldClient) -> None:
    world.fault("stripe", "*", "rate_limit_429", times=2)
    for _attempt in range(2):
        with pytest.raises(stripe.RateLimitError):
            world.pay(key="k")
    assert world.pay(key="k").status == "succeeded"


def test_a_decline_on_demand_waits_for_a_confirmation(world: WorldClient) -> None:
    world.fault("stripe", "*", "decline")
    world.stripe.customers.create({})
    with pytest.raises(stripe.CardError):
        world.pay()
    assert world.pay().status == "succeeded"


def test_faults_can_be_cleared(world: WorldClient) -> None:
    world.fault("stripe", "*", "drop_before", times=99)
    world.http.request("DELETE", "/_sim/faults", params={"world": world.name})
    assert world.pay().status == "succeeded"


def test_parallel_captures_take_the_money_once(world: WorldClient) -> None:
    intent = world.hold(amount=10_00)
    statuses: list[int] = []

    def capture() -> None:
        with httpx.Client(base_url=world.url, timeout=20, trust_env=False) as client:
            headers = {"authorization": f"Bearer sk_test_{world.name}"}
            answer = client.post(f"/stripe/v1/payment_intents/{intent.id}/capture", headers=headers)
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=capture) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 9
    assert world.books("stripe")["captured"] == 10_00


def test_paypal_answers_a_repeated_request_id_with_the_resource_as_it_is_by_now(world: WorldClient) -> None:
    first = world.order(key="k")
    world.sim("paypal/approve", order=first["id"])
    again = world.order(key="k")
    assert (again["id"], again["status"]) == (first["id"], "APPROVED")
    with pytest.raises(paypalrestsdk.exceptions.ResourceInvalid, match="DUPLICATE_REQUEST_ID"):
        world.order("21.00", key="k")
    world.advance(6 * 3600 + 1)
    assert world.order(key="k")["id"] != first["id"]


def test_paypal_keeps_the_request_id_of_a_refund_for_45_days(world: WorldClient) -> None:
    capture = world.captured("20.00")
    first = world.refund_capture(capture, "5.00", key="r")
    world.advance(45 * DAY - 60)
    assert world.refund_capture(capture, "5.00", key="r")["id"] == first["id"]
    assert world.books("paypal")["refunded"] == 5_00
    world.advance(120)
    assert world.refund_capture(capture, "5.00", key="r")["id"] != first["id"]


@pytest.mark.parametrize(("mode", "captured"), [("drop_before", 0), ("drop_after", 20_00)])
def test_a_dropped_paypal_capture_is_resolved_by_its_request_id(world: WorldClient, mode: str, captured: int) -> None:
    order = world.order("20.00")["id"]
    world.sim("paypal/approve", order=order)
    world.fault("paypal", "orders.capture", mode)
    headers = {"PayPal-Request-Id": "c"}
    with pytest.raises(requests.exceptions.ConnectionError):
        world.paypal.post(f"v2/checkout/orders/{order}/capture", {}, headers)
    assert world.look("books")["paypal"].get("usd", {"captured": 0})["captured"] == captured
    assert world.paypal.post(f"v2/checkout/orders/{order}/capture", {}, headers)["status"] == "COMPLETED"
    assert world.books("paypal")["captured"] == 20_00


@pytest.mark.parametrize(("mode", "refunded"), [("error_500_before", 0), ("error_500_after", 5_00)])
def test_a_failed_paypal_refund_may_be_sent_again(world: WorldClient, mode: str, refunded: int) -> None:
    capture = world.captured("20.00")
    world.fault("paypal", "captures.refund", mode)
    with pytest.raises(paypalrestsdk.exceptions.ServerError):
        world.refund_capture(capture, "5.00", key="r")
    assert world.books("paypal")["refunded"] == refunded
    world.refund_capture(capture, "5.00", key="r")
    assert world.books("paypal")["refunded"] == 5_00
