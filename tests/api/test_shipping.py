"""From the shelf to the customer, and back when nobody was at home; cancelling and moving until the release."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.shop import PARIS, signed_in
from store.kernel import clock, db, outbox


def minor(amount: dict) -> int:
    return amount["amount_minor"]


@pytest.fixture
def depot(shop, keys):
    return shop.as_(keys.warehouse)


def token(order: dict) -> dict[str, str]:
    return {"X-Order-Token": order["order_token"]}


@pytest.mark.requirement("SHP-1", "PAY-3", "PAY-4")
async def test_an_order_is_split_and_each_shipment_has_its_own_status_tracking_and_charge(shop, depot):
    order = await shop.order(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1))
    first, second = order["shipments"]
    assert [first["status"], second["status"]] == ["ready", "waiting"]
    assert minor(first["shipping"]) + minor(second["shipping"]) == minor(order["totals"]["shipping"])
    await depot.ship(first["number"], tracking="TRACK123")
    seen = await shop.see(order)
    assert [each["status"] for each in seen["shipments"]] == ["dispatched", "waiting"]
    assert [each["charge"]["status"] for each in seen["shipments"]] == ["invoiced", "secured"]
    assert [each["tracking"] and each["tracking"]["number"] for each in seen["shipments"]] == ["TRACK123", None]
    assert (seen["fulfillment_status"], seen["payment_status"]) == ("partly_shipped", "invoiced")
    assert minor(first["charge"]["amount"]) + minor(second["charge"]["amount"]) == minor(order["total"])


@pytest.mark.requirement("SHP-4", "SHP-8")
async def test_dispatch_keeps_tracking_serials_and_the_deadline(shop, depot):
    order = await shop.order(("HAL-D400-BLK", 2))
    number = order["shipments"][0]["number"]
    card = (await depot.get(f"/warehouse/shipments/{number}")).json()
    assert card["lines"][0]["serialized"] is True
    assert card["address_label"][0] == PARIS["name"]
    early = await depot.post(f"/warehouse/shipments/{number}/dispatch", {"tracking_number": "T-1"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    await depot.post(f"/warehouse/shipments/{number}/release")
    few = await depot.post(
        f"/warehouse/shipments/{number}/dispatch", {"tracking_number": "T-1", "serials": {"HAL-D400-BLK": ["HD1001"]}}
    )
    assert (few.status_code, few.json()["code"]) == (422, "serials_mismatch")
    sent = {"tracking_number": "6A12345678901", "serials": {"HAL-D400-BLK": ["hd1001", "HD1002"]}}
    assert (await depot.post(f"/warehouse/shipments/{number}/dispatch", sent)).status_code == 200
    assert (await depot.post(f"/warehouse/shipments/{number}/dispatch", sent)).status_code == 200
    (shipment,) = (await shop.see(order))["shipments"]
    assert shipment["lines"][0]["serials"] == ["HD1001", "HD1002"]
    assert shipment["tracking"] == {
        "carrier": "Colissimo",
        "number": "6A12345678901",
        "url": "https://www.laposte.fr/outils/suivre-vos-envois?code=6A12345678901",
    }
    paris = ZoneInfo("Europe/Paris")
    left = datetime.fromisoformat(shipment["dispatched_at"]).astimezone(paris)
    until = datetime.fromisoformat(shipment["refundable_until"]).astimezone(paris)
    assert (until.date() - left.date()).days == 30
    assert (until.hour, until.minute) == (23, 59)
    other = await shop.order(("HAL-D400-BLK", 1))
    again = other["shipments"][0]["number"]
    await depot.post(f"/warehouse/shipments/{again}/release")
    taken = await depot.post(
        f"/warehouse/shipments/{again}/dispatch", {"tracking_number": "T-2", "serials": {"HAL-D400-BLK": ["HD1001"]}}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "serial_taken")


@pytest.mark.requirement("SHP-3")
async def test_backorders_ship_when_goods_arrive_the_oldest_first(shop, depot):
    free = await db.fetchval(
        "select coalesce(sum(on_hand - reserved), 0) from stock s join variant v on v.id = s.variant_id"
        " where sku = 'TON-BAR-BLK'"
    )
    assert free == 0
    orders = [await shop.order(("TON-BAR-BLK", 2)) for _ in range(3)]
    warehouse = (await depot.get("/warehouse/shipments?status=waiting")).json()["items"][0]["warehouse"]
    received = await depot.post(
        "/warehouse/receipts",
        {"warehouse": warehouse, "sku": "TON-BAR-BLK", "quantity": 5, "reference": "DN-1"},
        key="dn-1",
    )
    assert received.status_code == 201, received.text
    await outbox.drain()
    statuses = [(await shop.see(order))["shipments"][0]["status"] for order in orders]
    assert statuses == ["ready", "ready", "waiting"]
    queue = (await depot.get("/warehouse/shipments?limit=1")).json()
    assert queue["items"][0]["order_number"] == orders[0]["number"]
    rest = (await depot.get(f"/warehouse/shipments?limit=1&cursor={queue['next_cursor']}")).json()
    assert (rest["items"][0]["order_number"], rest["next_cursor"]) == (orders[1]["number"], None)


@pytest.mark.requirement("SHP-3")
async def test_an_announced_delivery_is_received_once(shop, depot):
    order = await shop.order(("HAL-DVID-BLK", 1))
    card = (await depot.get(f"/warehouse/shipments/{order['shipments'][0]['number']}")).json()
    coming = (await depot.get(f"/warehouse/inbound?warehouse={card['warehouse']}")).json()
    inbound = [each for each in coming if each["sku"] == "HAL-DVID-BLK"]
    path = f"/warehouse/inbound/{inbound[0]['id']}/receive"
    assert (await depot.post(path)).json()["received_at"]
    again = await depot.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "delivery_already_received")
    await outbox.drain()
    assert (await shop.see(order))["shipments"][0]["status"] == "ready"


@pytest.mark.requirement("SHP-7")
async def test_a_preorder_does_not_leave_before_its_day(shop, depot):
    order = await shop.order(("QUO-AIR-1TX", 1))
    (shipment,) = order["shipments"]
    assert shipment["kind"]["code"] == "preorder"
    card = (await depot.get("/warehouse/shipments?status=waiting")).json()["items"][0]
    body = {"warehouse": card["warehouse"], "sku": "QUO-AIR-1TX", "quantity": 1, "reference": "DN"}
    await depot.post("/warehouse/receipts", body, key="dn")
    await outbox.drain()
    refused = await depot.post(f"/warehouse/shipments/{shipment['number']}/release")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yet_releasable")
    assert refused.json()["not_before"] == shipment["not_before"]


@pytest.mark.requirement("SHP-6")
async def test_a_parcel_that_comes_back_is_credited_without_asking(shop, depot):
    order = await shop.order()
    number = order["shipments"][0]["number"]
    await depot.ship(number)
    back = await depot.post(f"/warehouse/shipments/{number}/undeliverable")
    assert back.json()["status"] == "returned"
    await outbox.drain()
    seen = await shop.see(order)
    (refund,) = seen["refunds"]
    assert refund["reason"]["code"] == "undeliverable"
    assert minor(refund["amount"]) == minor(order["total"])
    late = await depot.post(f"/warehouse/shipments/{number}/deliver")
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


async def test_a_delivery_is_reported(shop, depot):
    order = await shop.order()
    number = order["shipments"][0]["number"]
    await depot.ship(number)
    for _ in range(2):
        assert (await depot.post(f"/warehouse/shipments/{number}/deliver")).json()["status"] == "delivered"
    assert (await shop.see(order))["fulfillment_status"] == "delivered"


async def test_counts_are_corrected_but_never_below_what_is_reserved(shop, keys, depot):
    await shop.order(("AUR-ONE-SAND", 1))
    boss = shop.as_(keys.admin)
    warehouse = await db.fetchval("select warehouse from stock where reserved > 0")
    body = {"warehouse": warehouse, "sku": "AUR-ONE-SAND", "difference": -1, "reason": "broken"}
    assert (await depot.post("/warehouse/stock/adjust", body, key="a")).status_code == 403
    adjusted = await boss.post("/warehouse/stock/adjust", body, key="a")
    level = adjusted.json()
    assert level["free"] == level["on_hand"] - level["reserved"]
    too_far = await boss.post("/warehouse/stock/adjust", {**body, "difference": -1000}, key="b")
    assert (too_far.status_code, too_far.json()["code"]) == (409, "stock_mismatch")
    nowhere = await boss.post("/warehouse/stock/adjust", {**body, "warehouse": "XXX", "difference": 1}, key="c")
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown_warehouse")
    unknown = await boss.post("/warehouse/stock/adjust", {**body, "sku": "NONE"}, key="d")
    assert unknown.status_code == 404


@pytest.mark.requirement("ORD-4", "ORD-5")
async def test_an_order_is_cancelled_on_its_day_and_the_stock_is_free_again(shop):
    before = await db.fetchval("select sum(reserved) from stock")
    order = await shop.order(("AUR-ONE-BLK", 2), ("TON-BAR-BLK", 1))
    done = await shop.post(f"/orders/{order['number']}/cancel", {"reason": "changed my mind"}, **token(order))
    assert done.status_code == 200, done.text
    body = done.json()
    assert body["outcome"] == "canceled"
    assert body["message"]
    assert set(body["canceled_shipments"]) == {each["number"] for each in order["shipments"]}
    assert minor(body["released"]) == minor(order["total"])
    assert minor(body["refunded"]) == 0
    assert await db.fetchval("select sum(reserved) from stock") == before
    seen = await shop.see(order)
    assert (seen["status"], seen["payment_status"]) == ("canceled", "canceled")
    assert {each["charge"]["status"] for each in seen["shipments"]} == {"released"}
    again = await shop.post(f"/orders/{order['number']}/cancel", **token(order))
    assert (again.status_code, again.json()["code"]) == (409, "order_not_confirmed")


@pytest.mark.requirement("ORD-4")
async def test_what_is_with_the_warehouse_stays_and_the_answer_says_so(shop, depot):
    order = await shop.order(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1))
    first, second = (each["number"] for each in order["shipments"])
    await depot.post(f"/warehouse/shipments/{first}/release")
    done = (await shop.post(f"/orders/{order['number']}/cancel", **token(order))).json()
    assert (done["outcome"], done["canceled_shipments"], done["kept_shipments"]) == (
        "partly_canceled",
        [second],
        [first],
    )
    late = await shop.post(f"/orders/{order['number']}/cancel", **token(order))
    assert (late.status_code, late.json()["code"]) == (409, "cancellation_too_late")
    cancel = next(each for each in (await shop.see(order))["actions"] if each["action"] == "cancel")
    assert (cancel["possible"], cancel["reason"]["code"]) == (False, "cancellation_too_late")


@pytest.mark.requirement("ORD-4")
async def test_some_units_are_cancelled_by_sku_or_line(shop):
    order = await shop.order(("AUR-ONE-BLK", 3), ("AUR-DUO-BLK", 1))
    line = order["lines"][0]
    path = f"/orders/{order['number']}/cancel"
    done = (await shop.post(path, {"lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}]}, **token(order))).json()
    assert (done["outcome"], minor(done["released"])) == ("partly_canceled", minor(line["unit_price"]))
    body = {"lines": [{"order_line_id": line["id"], "quantity": 1}]}
    assert (await shop.post(path, body, **token(order))).status_code == 200
    seen = await shop.see(order)
    assert seen["lines"][0]["canceled_quantity"] == 2
    left = sum(minor(each["charge"]["amount"]) for each in seen["shipments"])
    assert left == minor(order["total"]) - 2 * minor(line["unit_price"])
    too_many = await shop.post(path, {"lines": [{"sku": "AUR-ONE-BLK", "quantity": 2}]}, **token(order))
    assert (too_many.status_code, too_many.json()["code"]) == (422, "nothing_to_cancel")
    foreign = await shop.post(path, {"lines": [{"sku": "AUR-ONE-SAND", "quantity": 1}]}, **token(order))
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (422, "lines.0.sku")


@pytest.mark.requirement("ORD-4")
async def test_the_day_after_only_customer_service_cancels(shop, keys):
    order = await shop.order()
    clock.set_offset(timedelta(days=1))
    late = await shop.post(f"/orders/{order['number']}/cancel", **token(order))
    assert (late.status_code, late.json()["code"]) == (409, "cancellation_day_over")
    desk = shop.as_(keys.agent)
    done = await desk.post(f"/agent/orders/{order['number']}/cancel", {"reason": "customer called"})
    assert done.json()["outcome"] == "canceled"
    audit = (await shop.as_(keys.admin).get(f"/agent/audit?object=order&object_id={order['number']}")).json()["items"]
    assert audit[0]["action"] == "cancel_order"
    assert audit[0]["actor"].startswith("agent:")


@pytest.mark.requirement("ORD-4")
async def test_cancelling_and_releasing_at_once_leaves_one_winner(shop, depot):
    for _ in range(5):
        order = await shop.order()
        number = order["shipments"][0]["number"]
        canceled, released = await asyncio.gather(
            shop.post(f"/orders/{order['number']}/cancel", **token(order)),
            depot.post(f"/warehouse/shipments/{number}/release"),
        )
        assert sorted([canceled.status_code, released.status_code]) == [200, 409]
        seen = await shop.see(order)
        expected = ("canceled", "canceled") if canceled.status_code == 200 else ("confirmed", "released")
        assert (seen["status"], seen["shipments"][0]["status"]) == expected


@pytest.mark.requirement("ORD-6")
async def test_the_address_changes_until_the_release_if_the_price_stays(shop, depot):
    order = await shop.order(shipping_method="two_day")
    path = f"/orders/{order['number']}/address"
    lyon = {**PARIS, "line1": "1 place Bellecour", "postcode": "69002", "city": "Lyon"}
    moved = await shop.post(path, {**lyon, "reason": "moved house"}, **token(order))
    assert moved.status_code == 200, moved.text
    assert moved.json()["shipping_address"]["city"] == "Lyon"
    belgium = {**PARIS, "line1": "Rue Neuve 1", "postcode": "1000", "city": "Bruxelles", "country": "BE", "phone": ""}
    for body, status, code in (
        (belgium, 409, "address_change_refused"),
        ({**lyon, "line1": "BP 12"}, 422, "post_box_refused"),
        ({**lyon, "country": "JP"}, 422, "country_not_supported"),
        ({**lyon, "postcode": "1"}, 422, "invalid_address"),
    ):
        answer = await shop.post(path, body, **token(order))
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await depot.post(f"/warehouse/shipments/{order['shipments'][0]['number']}/release")
    late = await shop.post(path, PARIS, **token(order))
    assert (late.status_code, late.json()["code"]) == (409, "address_change_too_late")
    assert (await shop.see(order))["shipping_address"]["city"] == "Lyon"


@pytest.mark.requirement("ACC-2")
async def test_a_customer_cancels_without_a_token(shop):
    mine = shop.as_(await signed_in())
    order = await mine.order()
    assert (await mine.post(f"/orders/{order['number']}/cancel")).json()["outcome"] == "canceled"
