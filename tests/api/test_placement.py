"""From a cart, or in one call, to an order: once, at the price that was shown, and never oversold."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from api.shop import EMAIL, PARIS, signed_in
from store.kernel import db


def minor(amount: dict) -> int:
    return amount["amount_minor"]


def in_one_call(**changes):
    return {
        "market": "FR",
        "lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}],
        "email": EMAIL,
        "address": PARIS,
        "shipping_method": "standard",
        "payment_method": "wire",
        "expected_total": {"amount_minor": 8580, "currency": "EUR"},
        **changes,
    }


@pytest.mark.requirement("MKT-6", "ORD-1")
async def test_the_order_is_what_the_cart_showed(shop):
    cart = await shop.cart(("AUR-ONE-BLK", 3), ("TON-BAR-BLK", 2), ("SVC-CARE-12M-1U", 1), coupon="WELCOME10")
    placed = await shop.place(cart, customer_reference="PO of my own")
    order = placed.json()
    assert placed.status_code == 201
    assert placed.headers["location"] == f"/api/v1/orders/{order['number']}"
    assert order["totals"] == cart["totals"]
    assert order["number"].startswith("FR-")
    assert order["customer_reference"] == "PO of my own"
    assert [(s["ship_on"], s["promised_on"], s["total"]) for s in order["shipments"]] == [
        (s["ship_on"], s["promised_on"], s["total"]) for s in cart["shipments"]
    ]
    assert [c["amount"] for c in order["payment"]["charges"]] == [c["amount"] for c in cart["charge_plan"]]
    total = minor(order["totals"]["total"])
    assert sum(minor(line["total"]) for line in order["lines"]) + minor(order["totals"]["shipping"]) == total
    for line in order["lines"]:
        shares = [p for s in order["shipments"] for p in s["lines"] if p["order_line_id"] == line["id"]]
        assert sum(minor(share["total"]) for share in shares) == minor(line["total"])
    seen = await shop.see(order)
    assert {**seen, "order_token": order["order_token"]} == order


@pytest.mark.requirement("CRT-8", "MKT-6")
async def test_a_changed_price_is_told_and_must_be_confirmed(shop):
    cart = await shop.cart()
    await db.execute("update price set amount_minor = amount_minor + 500")
    refused = await shop.place(cart)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_changed")
    assert minor(refused.json()["total"]) == minor(cart["totals"]["total"]) + 500
    assert await db.fetchval("select count(*) from sales_order") == 0
    again = (await shop.get(f"/carts/{cart['id']}")).json()
    assert again["quote"] == refused.json()["quote"]
    order = (await shop.place(again)).json()
    await db.execute("update price set amount_minor = amount_minor + 500")
    assert (await shop.see(order))["totals"] == again["totals"]


@pytest.mark.requirement("CRT-8")
async def test_a_changed_date_is_told_too(shop):
    cart = await shop.cart(("HAL-DVID-BLK", 1))
    await db.execute("update inbound_delivery set expected_on = expected_on + 10")
    assert (await shop.place(cart)).json()["code"] == "quote_changed"


async def test_an_incomplete_cart_says_what_is_missing(shop):
    cart = await shop.cart(email=None, shipping_method=None)
    answer = await shop.place(cart)
    assert (answer.status_code, answer.json()["code"]) == (422, "checkout_incomplete")
    assert answer.json()["missing"] == ["email", "shipping_method"]


@pytest.mark.requirement("CRT-6")
async def test_an_order_in_one_call_is_placed_once_per_key(shop):
    first = await shop.post("/orders", in_one_call(), key="one")
    assert first.status_code == 201, first.text
    again = await shop.post("/orders", in_one_call(), key="one")
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    other = await shop.post("/orders", in_one_call(customer_reference="x"), key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert (await shop.post("/orders", in_one_call(), key="two")).status_code == 201
    assert await db.fetchval("select count(*) from sales_order") == 2
    missing = await shop.post("/orders", in_one_call())
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.requirement("CRT-6")
async def test_a_request_that_died_half_way_is_taken_up_not_doubled(shop):
    first = (await shop.post("/orders", in_one_call(), key="one")).json()
    await db.execute("delete from idempotency_key")
    again = await shop.post("/orders", in_one_call(), key="one")
    assert (again.status_code, again.json()["number"]) == (201, first["number"])
    assert await db.fetchval("select count(*) from sales_order") == 1


@pytest.mark.requirement("CRT-8")
@pytest.mark.parametrize(
    "expected", [{"amount_minor": 8579, "currency": "EUR"}, {"amount_minor": 8580, "currency": "USD"}]
)
async def test_another_total_or_currency_than_expected_is_refused(shop, expected):
    answer = await shop.post("/orders", in_one_call(expected_total=expected), key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "quote_changed")
    assert minor(answer.json()["total"]) == 8580


@pytest.mark.requirement("CRT-6")
async def test_twenty_requests_with_one_key_make_one_order(shop):
    cart = await shop.cart()
    answers = await asyncio.gather(*(shop.place(cart, key="same") for _ in range(20)))
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {201, 409}
    assert codes[201] >= 1
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 201}) == 1
    assert all(answer.json()["code"] == "request_in_flight" for answer in answers if answer.status_code == 409)
    assert (await shop.place(cart, key="same")).status_code == 201
    assert await db.fetchval("select count(*) from sales_order") == 1


@pytest.mark.requirement("CRT-6")
async def test_twenty_requests_with_one_key_make_one_order_without_a_cart(shop):
    answers = await asyncio.gather(*(shop.post("/orders", in_one_call(), key="same") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 201}) == 1
    assert await db.fetchval("select count(*) from sales_order") == 1


@pytest.mark.requirement("CRT-6", "ACC-4")
async def test_a_key_that_is_used_again_after_its_time_does_not_open_an_older_order(shop):
    """All guests of a storefront share its key, so that their keys for repeating may meet one day."""
    first = (await shop.post("/orders", in_one_call(), key="order-1")).json()
    await db.execute("delete from idempotency_key")  # as the schedule does after 30 days
    again = await shop.post("/orders", in_one_call(), key="order-1")
    assert (again.status_code, again.json()["number"]) == (201, first["number"])
    await db.execute("delete from idempotency_key")
    other = await shop.post("/orders", in_one_call(email="other@example.com"), key="order-1")
    assert other.status_code == 201, other.text
    assert other.json()["number"] != first["number"]
    assert other.json()["email"] == "other@example.com"


@pytest.mark.requirement("CRT-6")
async def test_a_cart_becomes_one_order_whatever_races(shop):
    cart = await shop.cart()
    answers = await asyncio.gather(*(shop.place(cart) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert len({answer.json()["order_token"] for answer in answers}) == 1
    assert await db.fetchval("select count(*) from sales_order") == 1
    changed = await shop.patch(f"/carts/{cart['id']}", {"coupon": None})
    assert (changed.status_code, changed.json()["code"]) == (409, "cart_placed")
    assert (await shop.get(f"/carts/{cart['id']}")).json()["code"] == "cart_placed"


@pytest.mark.requirement("CRT-7")
async def test_fifty_checkouts_of_ten_units_sell_exactly_ten(shop):
    free = await db.fetchval(
        "select sum(s.on_hand - s.reserved) from stock s join variant v on v.id = s.variant_id"
        " join warehouse_market m on m.warehouse = s.warehouse and m.market = 'FR' where v.sku = 'AUR-ONE-SAND'"
    )
    assert free == 10
    await db.execute("update variant set sells = 'stock' where sku = 'AUR-ONE-SAND'")
    carts = await asyncio.gather(*(shop.cart(("AUR-ONE-SAND", 1)) for _ in range(50)))
    answers = await asyncio.gather(*(shop.place(cart) for cart in carts))
    codes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert codes[201, None] == 10, codes
    assert codes[409, "stock_gone"] + codes[409, "quote_changed"] == 40, codes
    assert await db.fetchval("select count(*) from sales_order") == 10
    left = await db.fetch(
        "select s.on_hand, s.reserved from stock s join variant v on v.id = s.variant_id where v.sku = 'AUR-ONE-SAND'"
    )
    assert all(row["reserved"] <= row["on_hand"] for row in left)
    assert await db.fetchval("select coalesce(sum(reserved_quantity), 0) from shipment_line") == 10


@pytest.mark.requirement("CRT-7")
async def test_whoever_comes_late_is_told_that_the_dates_changed(shop):
    """What can be back-ordered is not sold twice either: the late ones have to agree to the later date."""
    carts = await asyncio.gather(*(shop.cart(("AUR-ONE-SAND", 6)) for _ in range(4)))
    answers = await asyncio.gather(*(shop.place(cart) for cart in carts))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"quote_changed", "stock_gone"}


@pytest.mark.requirement("PAY-11")
async def test_a_purchase_order_is_for_approved_partners_within_their_credit(shop, keys):
    desk = shop.as_(keys.admin)
    partner = (
        await desk.post("/agent/partners", {"name": "Reseller", "currency": "EUR", "credit_limit_minor": 20_000})
    ).json()
    buyer = shop.as_(await signed_in("partner", partner_id=partner["id"]))
    cart = await buyer.cart(payment_method="purchase_order")
    number = {"payment": {"purchase_order_number": "PO-1"}}
    refused = await buyer.place(cart, **number)
    assert (refused.status_code, refused.json()["code"]) == (403, "partner_not_approved")
    guest = await shop.place(await shop.cart(payment_method="purchase_order"), **number)
    assert (guest.status_code, guest.json()["code"]) == (403, "purchase_order_not_allowed")
    approved = await desk.patch(f"/agent/partners/{partner['id']}", {"approved": True})
    assert approved.json()["approved"] is True
    without = await buyer.place(cart)
    assert (without.status_code, without.json()["missing"]) == (422, ["purchase_order_number"])
    order = (await buyer.place(cart, **number)).json()
    assert (order["payment"]["purchase_order_number"], order["payment"]["net_days"]) == ("PO-1", 30)
    assert order["payment_status"] == "on_terms"
    used = await buyer.place(await buyer.cart(payment_method="purchase_order"), **number)
    assert (used.status_code, used.json()["code"]) == (409, "purchase_order_number_used")
    too_much = await buyer.place(
        await buyer.cart(("AUR-ONE-BLK", 2), payment_method="purchase_order"),
        payment={"purchase_order_number": "PO-2"},
    )
    assert (too_much.status_code, too_much.json()["code"]) == (409, "credit_limit_exceeded")
    credit = (await desk.get(f"/agent/partners/{partner['id']}")).json()
    assert minor(credit["credit_used"]) == minor(order["total"])
    lower = await desk.patch(f"/agent/partners/{partner['id']}", {"credit_limit_minor": 1})
    assert (lower.status_code, lower.json()["code"]) == (409, "limit_below_use")


@pytest.mark.requirement("PAY-11")
async def test_the_credit_limit_holds_when_orders_race(shop, keys):
    desk = shop.as_(keys.admin)
    body = {"name": "Reseller", "currency": "EUR", "credit_limit_minor": 3 * 8580, "approved": True}
    partner = (await desk.post("/agent/partners", body)).json()
    buyer = shop.as_(await signed_in("partner", partner_id=partner["id"]))
    carts = await asyncio.gather(*(buyer.cart(payment_method="purchase_order") for _ in range(8)))
    answers = await asyncio.gather(
        *(buyer.place(cart, payment={"purchase_order_number": uuid4().hex}) for cart in carts)
    )
    codes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert codes == {(201, None): 3, (409, "credit_limit_exceeded"): 5}


@pytest.mark.requirement("PAY-10", "MKT-6")
async def test_a_transfer_has_a_reference_and_the_account_of_the_seller(shop):
    order = await shop.order()
    transfer = order["payment"]["transfer"]
    assert transfer["reference"].startswith("RF")
    assert transfer["reference"].endswith(order["number"].replace("-", ""))
    assert transfer["amount"] == order["total"]
    assert transfer["bank"]["holder"] == "Exemple Commerce SAS"
    assert transfer["bank"]["bic"]


@pytest.mark.requirement("CRT-6")
async def test_a_cart_that_another_process_changed_is_placed_as_it_is_now(shop):
    cart = await shop.cart()
    await db.execute("update cart set version = version + 1, email = 'else@example.com' where id = $1", cart["id"])
    placed = await shop.place(cart)
    assert (placed.status_code, placed.json()["email"]) == (201, "else@example.com")


@pytest.mark.requirement("CRT-6", "ACC-4")
async def test_a_cart_that_became_an_accounts_elsewhere_is_no_longer_the_guests_to_place(shop):
    cart = await shop.cart()
    await db.execute("update cart set version = version + 1, account_id = $2 where id = $1", cart["id"], uuid4())
    assert (await shop.place(cart)).status_code == 404
    assert await db.fetchval("select count(*) from sales_order") == 0
