"""Cards, wallets and PayPal over HTTP, against the payment world."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.shop import CARD, simulated
from store.kernel import clock, db, outbox
from store.orders.keep_orders import expire_abandoned

BACK = {"return_url": "https://shop.example/return", "cancel_url": "https://shop.example/cancel"}


def minor(amount: dict) -> int:
    return amount["amount_minor"]


def token(order: dict) -> dict[str, str]:
    return {"X-Order-Token": order["order_token"]}


@pytest.fixture
def settings_changes(world):
    return simulated(world)


async def pay(shop, method="card", payment=None, **fields):
    cart = await shop.cart(payment_method=method, **fields)
    return await shop.place(cart, payment=payment or CARD)


@pytest.mark.requirement("PAY-3", "PAY-1")
async def test_a_card_is_charged_when_goods_ship_and_not_before(shop, keys, world):
    order = (await pay(shop)).json()
    assert (order["status"], order["payment_status"]) == ("confirmed", "authorized")
    assert (order["payment"]["brand"], order["payment"]["last4"]) == ("visa", "4242")
    assert world.books("stripe", "eur")["captured"] == 0
    await shop.as_(keys.warehouse).ship(order["shipments"][0]["number"])
    await outbox.drain()
    seen = await shop.see(order)
    assert seen["payment_status"] == "charged"
    assert minor(seen["payment"]["charged"]) == minor(order["total"]) == world.books("stripe", "eur")["captured"]


@pytest.mark.requirement("PAY-2")
@pytest.mark.parametrize(("method", "wallet"), [("apple_pay", "pm_sim_apple_pay"), ("google_pay", "pm_sim_google_pay")])
async def test_wallets_are_charged_in_full_right_after_placement(shop, world, method, wallet):
    cart = await shop.cart(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1), payment_method=method)
    answer = await shop.place(cart, payment={**CARD, "token": wallet})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert (order["status"], order["payment_status"]) == ("confirmed", "charged")
    assert minor(order["payment"]["charged"]) == minor(order["total"]) == world.books("stripe", "eur")["captured"]


@pytest.mark.requirement("PAY-2", "PAY-7")
async def test_paypal_sends_the_payer_away_and_is_charged_when_they_are_back(shop, world):
    answer = await pay(shop, "paypal", BACK)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert (order["status"], order["payment_status"]) == ("pending", "action_required")
    action = order["payment"]["next_action"]
    assert (action["type"], action["url"].startswith("http")) == ("redirect", True)
    path = f"/orders/{order['number']}/payment/confirm"
    early = (await shop.post(path, **token(order))).json()
    assert early["status"] == "pending"
    paypal_order = await db.fetchval("select provider_ref from payment_authorization")
    world.sim("paypal/approve", order=paypal_order)
    done = (await shop.post(path, **token(order))).json()
    assert (done["status"], done["payment_status"]) == ("confirmed", "charged")
    assert world.books("paypal", "eur")["captured"] == minor(order["total"])
    assert (await shop.post(path, **token(order))).json() == done


@pytest.mark.requirement("PAY-7")
async def test_three_d_secure_is_carried_to_the_storefront_and_back(shop, world):
    payment = {**CARD, "token": "pm_card_authenticationRequired"}
    order = (await pay(shop, payment=payment)).json()
    assert (order["status"], order["payment_status"]) == ("pending", "action_required")
    assert order["payment"]["next_action"]
    intent = await db.fetchval("select provider_ref from payment_authorization")
    world.sim("stripe/3ds", payment_intent=intent, outcome="succeed")
    done = (await shop.post(f"/orders/{order['number']}/payment/confirm", **token(order))).json()
    assert (done["status"], done["payment_status"]) == ("confirmed", "authorized")
    assert done["payment"]["next_action"] is None
    kinds = [e["kind"] for e in (await shop.get(f"/orders/{order['number']}/timeline", **token(order))).json()]
    assert kinds == ["placed", "confirmed"]


@pytest.mark.requirement("PAY-7")
async def test_who_never_comes_back_gives_the_stock_back(shop, world):
    before = await db.fetchval("select sum(reserved) from stock")
    order = (await pay(shop, payment={**CARD, "token": "pm_card_authenticationRequired"})).json()
    clock.set_offset(timedelta(minutes=61))
    await expire_abandoned()
    await outbox.drain()
    await expire_abandoned()
    seen = await shop.see(order)
    assert seen["status"] == "expired"
    assert await db.fetchval("select sum(reserved) from stock") == before
    assert world.books("stripe", "eur")["captured"] == 0


async def test_a_declined_card_leaves_nothing_behind_and_the_cart_open(shop):
    before = await db.fetchval("select sum(reserved) from stock")
    cart = await shop.cart(payment_method="card")
    declined = await shop.place(cart, key="first", payment={**CARD, "token": "pm_card_chargeDeclinedInsufficientFunds"})
    body = declined.json()
    assert (declined.status_code, body["code"], body["decline_code"]) == (402, "payment_declined", "insufficient_funds")
    assert await db.fetchval("select sum(reserved) from stock") == before
    again = await shop.place(cart, key="first", payment={**CARD, "token": "pm_card_chargeDeclinedInsufficientFunds"})
    assert again.content == declined.content
    other = await shop.place(cart, key="second", payment=CARD)
    assert (other.status_code, other.json()["status"]) == (201, "confirmed")


@pytest.mark.requirement("PAY-5")
async def test_keeping_the_card_needs_consent(shop):
    lines = (("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1))
    cart = await shop.cart(*lines, payment_method="card")
    refused = await shop.place(cart, payment={"token": "pm_card_visa"})
    assert (refused.status_code, refused.json()["code"]) == (422, "save_consent_required")
    assert (await shop.place(cart, payment=CARD)).status_code == 201


@pytest.mark.requirement("PAY-5", "PAY-6")
async def test_a_backorder_whose_card_is_declined_is_held_and_paid_by_a_link(shop, keys, world):
    depot, desk = shop.as_(keys.warehouse), shop.as_(keys.agent)
    cart = await shop.cart(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1), payment_method="card")
    placed = await shop.place(cart, payment={**CARD, "token": "pm_sim_decline_off_session"})
    assert placed.status_code == 201, placed.text
    order = placed.json()
    later = order["shipments"][1]["number"]
    warehouse = (await depot.get(f"/warehouse/shipments/{later}")).json()["warehouse"]
    body = {"warehouse": warehouse, "sku": "TON-BAR-BLK", "quantity": 1, "reference": "DN"}
    await depot.post("/warehouse/receipts", body, key="dn")
    await outbox.drain()
    (hold,) = (await desk.get("/agent/holds")).json()["items"]
    assert (hold["shipment"], hold["payment_link_open"]) == (later, True)
    assert hold["hold_reason"] == "insufficient_funds"
    released = await depot.post(f"/warehouse/shipments/{later}/release")
    assert (released.status_code, released.json()["code"]) == (409, "funds_not_secured")
    assert (await shop.see(order))["shipments"][1]["charge"]["payment_link_open"] is True
    link = await link_of(order)
    page = (await shop.client.get(f"/api/v1/payment-links/{link}")).json()
    assert minor(page["amount"]) == minor(order["shipments"][1]["total"])
    bad = await shop.client.post(
        f"/api/v1/payment-links/{link}/pay", json={"token": "pm_card_chargeDeclinedInsufficientFunds"}
    )
    assert (bad.status_code, bad.json()["code"]) == (402, "payment_declined")
    paid = await shop.client.post(f"/api/v1/payment-links/{link}/pay", json={"token": "pm_card_visa"})
    assert (paid.status_code, paid.json()["status"]) == (200, "authorized"), paid.text
    await outbox.drain()
    used = await shop.client.get(f"/api/v1/payment-links/{link}")
    assert (used.status_code, used.json()["code"]) == (409, "payment_link_used")
    await depot.ship(later)
    assert (await desk.get("/agent/holds")).json()["items"] == []


async def link_of(order: dict) -> str:
    from store.payments.payment_links import link_token  # noqa: PLC0415 - what the e-mail carries

    link_id = await db.fetchval(
        "select l.id from payment_link l join sales_order o on o.id = l.order_id where o.number = $1", order["number"]
    )
    return link_token(link_id)


@pytest.mark.requirement("PAY-6", "PAY-7")
async def test_a_payment_link_carries_three_d_secure_too(shop, keys, world):
    depot = shop.as_(keys.warehouse)
    cart = await shop.cart(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1), payment_method="card")
    order = (await shop.place(cart, payment={**CARD, "token": "pm_sim_decline_off_session"})).json()
    later = order["shipments"][1]["number"]
    warehouse = (await depot.get(f"/warehouse/shipments/{later}")).json()["warehouse"]
    body = {"warehouse": warehouse, "sku": "TON-BAR-BLK", "quantity": 1, "reference": "DN"}
    await depot.post("/warehouse/receipts", body, key="dn")
    await outbox.drain()
    path = f"/api/v1/payment-links/{await link_of(order)}"
    paid = await shop.client.post(f"{path}/pay", json={**BACK, "token": "pm_card_authenticationRequired"})
    assert paid.status_code == 422
    body = {"token": "pm_card_authenticationRequired", "return_url": BACK["return_url"]}
    paid = await shop.client.post(f"{path}/pay", json=body)
    assert paid.json()["status"] == "requires_action", paid.text
    assert (await shop.client.post(f"{path}/confirm")).json()["status"] == "pending"
    intent = await db.fetchval(
        "select provider_ref from payment_authorization where status = 'requires_action' and on_session"
    )
    world.sim("stripe/3ds", payment_intent=intent, outcome="succeed")
    for _ in range(2):
        assert (await shop.client.post(f"{path}/confirm")).json()["status"] == "authorized"


@pytest.mark.requirement("ORD-5", "PAY-2")
async def test_cancelling_what_was_charged_gives_the_money_back(shop, world):
    cart = await shop.cart(("AUR-ONE-BLK", 2), payment_method="apple_pay")
    order = (await shop.place(cart, payment={**CARD, "token": "pm_sim_apple_pay"})).json()
    done = (await shop.post(f"/orders/{order['number']}/cancel", **token(order))).json()
    assert (done["outcome"], minor(done["refunded"]), minor(done["released"])) == ("canceled", minor(order["total"]), 0)
    await outbox.drain()
    seen = await shop.see(order)
    assert (seen["status"], seen["payment_status"]) == ("canceled", "refunded")
    assert [refund["status"] for refund in seen["refunds"]] == ["succeeded"]
    assert world.books("stripe", "eur")["refunded"] == minor(order["total"])


@pytest.mark.requirement("ORD-5")
async def test_cancelling_what_was_held_lets_it_go(shop, world):
    order = (await pay(shop)).json()
    await shop.post(f"/orders/{order['number']}/cancel", **token(order))
    await outbox.drain()
    assert (await shop.see(order))["payment_status"] == "canceled"
    assert await db.fetchval("select status from payment_authorization") == "voided"
    assert world.books("stripe", "eur")["captured"] == 0


@pytest.mark.requirement("PAY-6")
async def test_a_wrong_payment_link_opens_nothing(shop):
    answer = await shop.client.get("/api/v1/payment-links/pay_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.requirement("PAY-14")
async def test_card_numbers_are_refused_wherever_they_stand_in_a_payment(shop):
    cart = await shop.cart(payment_method="card")
    for number in ("4242424242424242", "4242 4242 4242 4242"):
        answer = await shop.place(cart, payment={"token": number})
        assert (answer.status_code, answer.json()["code"]) == (422, "card_number_refused")
    link = await shop.client.post("/api/v1/payment-links/pay_x/pay", json={"token": "4242424242424242"})
    assert (link.status_code, link.json()["code"]) == (422, "card_number_refused")
    kept = await db.fetchval("select count(*) from idempotency_key where body is not null")
    assert kept == 0


@pytest.mark.requirement("PAY-1")
@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("pm_card_nothing_like_this", 422, "payment_token_invalid"),
        ("../v1/customers", 422, "payment_token_invalid"),
        ("", 422, "payment_token_invalid"),
        ("pm_card_unionpay", 422, "card_network_not_accepted"),
        ("pm_sim_apple_pay", 409, "payment_method_differs"),
    ],
)
async def test_what_can_not_be_paid_with_is_refused_before_anything_is_written(shop, token, status, code):
    answer = await pay(shop, payment={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await db.fetchval("select count(*) from sales_order") == 0


@pytest.mark.requirement("PAY-8")
async def test_a_provider_out_of_reach_is_told_and_nothing_is_charged(shop, world):
    cart = await shop.cart(payment_method="card")
    world.fault("stripe", "payment_methods.retrieve", "drop_before", times=10)
    answer = await shop.place(cart, payment=CARD)
    assert (answer.status_code, answer.json()["code"]) == (503, "payment_provider_unavailable")
    assert await db.fetchval("select count(*) from sales_order") == 0


@pytest.mark.requirement("PAY-8")
async def test_an_answer_that_was_lost_is_found_and_charged_once(shop, world):
    cart = await shop.cart(payment_method="card")
    world.fault("stripe", "payment_intents.create", "drop_after", times=1)
    order = (await shop.place(cart, payment=CARD)).json()
    if order["status"] == "pending":
        await shop.post(f"/orders/{order['number']}/payment/confirm", **token(order))
    seen = await shop.see(order)
    assert (seen["status"], seen["payment_status"]) == ("confirmed", "authorized")
    assert await db.fetchval("select count(*) from payment_authorization") == 1
