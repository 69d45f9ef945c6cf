"""The PayPal side: orders, approval, captures, authorizations, refunds, disputes, reports."""

import paypalrestsdk.exceptions
import pytest

from simulator.world_client import RETURN_URL, WorldClient

DAY = 86_400
Invalid = paypalrestsdk.exceptions.ResourceInvalid


def test_an_order_is_captured_only_after_its_payer_agreed(world: WorldClient) -> None:
    order = world.order("20.00", invoice_id="inv-1", custom_id="order-1")
    with pytest.raises(Invalid, match="ORDER_NOT_APPROVED"):
        world.paypal.post(f"v2/checkout/orders/{order['id']}/capture", {})
    page = next(link["href"] for link in order["links"] if link["rel"] == "approve")
    assert "20.00 USD" in world.http.get(page).text
    back = world.http.post(page, data={"answer": "approve"})
    assert back.status_code == 303
    assert back.headers["location"].startswith(f"{RETURN_URL}?token={order['id']}&PayerID=")
    done = world.paypal.post(f"v2/checkout/orders/{order['id']}/capture", {})
    capture = done["purchase_units"][0]["payments"]["captures"][0]
    assert (capture["status"], capture["invoice_id"], capture["custom_id"]) == ("COMPLETED", "inv-1", "order-1")
    # 2.9 % + 35 cents of 20.00 is 0.93.
    assert capture["seller_receivable_breakdown"]["net_amount"]["value"] == "19.07"
    with pytest.raises(Invalid, match="ORDER_ALREADY_CAPTURED"):
        world.paypal.post(f"v2/checkout/orders/{order['id']}/capture", {})
    assert world.books("paypal") == {
        "authorized_open": 0, "captured": 20_00, "refunded": 0, "disputed": 0, "fees": 93, "net": 19_07,
    }  # fmt: skip


def test_a_payer_may_turn_back(world: WorldClient) -> None:
    order = world.order()
    page = next(link["href"] for link in order["links"] if link["rel"] == "approve")
    back = world.http.post(page, data={"answer": "cancel"})
    assert back.headers["location"] == f"https://shop.example/cancel?token={order['id']}"
    assert world.paypal.get(f"v2/checkout/orders/{order['id']}")["status"] == "CREATED"


def test_a_payment_source_makes_a_payer_action(world: WorldClient) -> None:
    body = {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": {"currency_code": "JPY", "value": "1200"}}],
        "payment_source": {"paypal": {"experience_context": {"return_url": RETURN_URL, "cancel_url": RETURN_URL}}},
    }
    refused = world.paypal.post("v2/checkout/orders", body)
    assert refused["error"]["details"][0]["issue"] == "PAYPAL_REQUEST_ID_REQUIRED"
    order = world.paypal.post("v2/checkout/orders", body, {"PayPal-Request-Id": "k"})
    assert order["status"] == "PAYER_ACTION_REQUIRED"
    assert "payer-action" in {link["rel"] for link in order["links"]}


@pytest.mark.parametrize(
    ("money", "issue"),
    [
        ({"currency_code": "USD", "value": "1.001"}, "DECIMAL_PRECISION"),
        ({"currency_code": "JPY", "value": "1.50"}, "DECIMAL_PRECISION"),
        ({"currency_code": "XXX", "value": "1.00"}, "INVALID_CURRENCY_CODE"),
        ({"currency_code": "USD", "value": "0.00"}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (
            {
                "currency_code": "USD",
                "value": "10.00",
                "breakdown": {"item_total": {"currency_code": "USD", "value": "9.99"}},
            },
            "AMOUNT_MISMATCH",
        ),
    ],
)
def test_amounts_that_paypal_refuses(world: WorldClient, money: dict[str, object], issue: str) -> None:
    with pytest.raises(Invalid, match=issue):
        world.paypal.post("v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [{"amount": money}]})


def test_an_invoice_is_paid_once(world: WorldClient) -> None:
    world.captured(invoice_id="inv-1")
    with pytest.raises(Invalid, match="DUPLICATE_INVOICE_ID"):
        world.captured(invoice_id="inv-1")


def test_a_declined_instrument_sends_the_payer_back(world: WorldClient) -> None:
    order = world.order()["id"]
    world.sim("paypal/approve", order=order)
    world.fault("paypal", "orders.capture", "decline")
    with pytest.raises(Invalid, match="INSTRUMENT_DECLINED"):
        world.paypal.post(f"v2/checkout/orders/{order}/capture", {})
    world.sim("paypal/approve", order=order)
    assert world.paypal.post(f"v2/checkout/orders/{order}/capture", {})["status"] == "COMPLETED"


def test_refunds_never_exceed_the_capture(world: WorldClient) -> None:
    capture = world.captured("20.00")
    refund = world.refund_capture(capture, "5.00", custom_id="refund-1")
    assert set(refund) == {"id", "status", "links"}
    whole = world.paypal.get(f"v2/payments/refunds/{refund['id']}")
    assert (whole["amount"]["value"], whole["custom_id"]) == ("5.00", "refund-1")
    assert world.paypal.get(f"v2/payments/captures/{capture}")["status"] == "PARTIALLY_REFUNDED"
    with pytest.raises(Invalid, match="REFUND_AMOUNT_EXCEEDED"):
        world.refund_capture(capture, "15.01")
    world.refund_capture(capture)
    assert world.paypal.get(f"v2/payments/captures/{capture}")["status"] == "REFUNDED"
    with pytest.raises(Invalid, match="CAPTURE_FULLY_REFUNDED"):
        world.refund_capture(capture, "0.01")
    assert world.books("paypal")["refunded"] == 20_00


def test_refunds_end_after_180_days(world: WorldClient) -> None:
    capture = world.captured()
    world.advance(180 * DAY - 60)
    world.refund_capture(capture, "1.00")
    world.advance(120)
    with pytest.raises(Invalid, match="REFUND_TIME_LIMIT_EXCEEDED"):
        world.refund_capture(capture, "1.00")


def test_a_pending_capture_is_not_paid_until_paypal_decides(world: WorldClient) -> None:
    world.sim("settings", paypal_capture_pending=True)
    first, second = world.captured(), world.captured()
    shown = world.paypal.get(f"v2/payments/captures/{first}")
    assert (shown["status"], shown["status_details"]["reason"]) == ("PENDING", "PENDING_REVIEW")
    assert world.look("books")["paypal"] == {}
    with pytest.raises(Invalid, match="PENDING_CAPTURE"):
        world.refund_capture(first)
    world.sim("paypal/capture", capture=second, outcome="declined")
    world.advance(3601)
    assert world.paypal.get(f"v2/payments/captures/{first}")["status"] == "COMPLETED"
    assert world.paypal.get(f"v2/payments/captures/{second}")["status"] == "DECLINED"
    assert world.books("paypal")["captured"] == 20_00


def test_an_authorisation_is_captured_in_parts_or_voided_or_runs_out(world: WorldClient) -> None:
    def authorised() -> str:
        order = world.order("30.00", intent="AUTHORIZE")["id"]
        world.sim("paypal/approve", order=order)
        done = world.paypal.post(f"v2/checkout/orders/{order}/authorize", {})
        return done["purchase_units"][0]["payments"]["authorizations"][0]["id"]

    first = authorised()
    part = {"amount": {"currency_code": "USD", "value": "10.00"}, "invoice_id": "part-1"}
    world.paypal.post(f"v2/payments/authorizations/{first}/capture", part)
    assert world.paypal.get(f"v2/payments/authorizations/{first}")["status"] == "PARTIALLY_CAPTURED"
    assert world.books("paypal")["authorized_open"] == 20_00
    with pytest.raises(Invalid, match="MAX_CAPTURE_AMOUNT_EXCEEDED"):
        world.paypal.post(
            f"v2/payments/authorizations/{first}/capture", {"amount": {"currency_code": "USD", "value": "20.01"}}
        )
    world.paypal.post(f"v2/payments/authorizations/{first}/void", {})
    second = authorised()
    world.advance(29 * DAY + 1)
    with pytest.raises(Invalid, match="AUTHORIZATION_EXPIRED"):
        world.paypal.post(f"v2/payments/authorizations/{second}/capture", {})
    assert world.books("paypal")["authorized_open"] == 0


@pytest.mark.parametrize(("outcome", "disputed"), [("won", 0), ("lost", 20_00)])
def test_a_dispute_holds_the_money_until_it_is_resolved(world: WorldClient, outcome: str, disputed: int) -> None:
    capture = world.captured("20.00")
    reason = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"
    dispute = world.sim("dashboard/dispute", provider="paypal", charge_or_capture=capture, reason=reason)["dispute_id"]
    listed = world.paypal.get(f"v1/customer/disputes?disputed_transaction_id={capture}")
    assert [row["dispute_id"] for row in listed["items"]] == [dispute]
    with pytest.raises(Invalid, match="TRANSACTION_DISPUTED"):
        world.refund_capture(capture)
    world.sim("dashboard/dispute/close", provider="paypal", dispute=dispute, outcome=outcome)
    shown = world.paypal.get(f"v1/customer/disputes/{dispute}")
    assert shown["status"] == "RESOLVED"
    assert shown["dispute_outcome"]["outcome_code"] == (
        "RESOLVED_SELLER_FAVOUR" if outcome == "won" else "RESOLVED_BUYER_FAVOUR"
    )
    assert world.books("paypal")["disputed"] == disputed


def test_dashboard_refunds_and_failed_refunds_reach_the_books(world: WorldClient) -> None:
    capture = world.captured("20.00")
    refund = world.sim("dashboard/refund", provider="paypal", charge_or_capture=capture, amount_minor=7_00)
    assert world.books("paypal")["refunded"] == 7_00
    world.sim("dashboard/refund/fail", provider="paypal", refund=refund["id"])
    assert world.paypal.get(f"v2/payments/refunds/{refund['id']}")["status"] == "FAILED"
    assert world.books("paypal")["refunded"] == 0


def test_the_transaction_report_pages_and_adds_up(world: WorldClient) -> None:
    captures = [world.captured("20.00", invoice_id=f"inv-{number}") for number in range(3)]
    world.refund_capture(captures[0], "5.00")
    now = world.advance(0)["now"]
    span = f"start_date={now[:10]}T00:00:00Z&end_date={now[:10]}T23:59:59%2B0000"
    rows = []
    for page in (1, 2):
        answer = world.paypal.get(f"v1/reporting/transactions?{span}&page_size=3&page={page}&fields=all")
        assert (answer["total_items"], answer["total_pages"]) == (4, 2)
        rows += [row["transaction_info"] for row in answer["transaction_details"]]
    assert [row["transaction_event_code"] for row in rows] == ["T0006", "T0006", "T0006", "T1107"]
    assert rows[3]["transaction_amount"]["value"] == "-5.00"
    assert rows[3]["paypal_reference_id"] == captures[0]
    net = sum(
        float(row["transaction_amount"]["value"]) + float(row.get("fee_amount", {}).get("value", 0)) for row in rows
    )
    assert round(net * 100) == world.books("paypal")["net"]


def test_tokens_end_and_are_asked_for_again(world: WorldClient) -> None:
    world.order()
    token = world.paypal.token_hash["access_token"]
    world.advance(32_401)
    assert world.order()["status"] == "CREATED"
    assert world.paypal.token_hash["access_token"] != token
    refused = world.http.get("/paypal/v2/checkout/orders/X", headers={"authorization": "Bearer nonsense"})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


def test_an_unknown_resource_is_not_found(world: WorldClient) -> None:
    with pytest.raises(paypalrestsdk.exceptions.ResourceNotFound, match="RESOURCE_NOT_FOUND"):
        world.paypal.get("v2/payments/captures/NOSUCHCAPTURE")
