"""Orders as their owners see them, and nobody else."""

from __future__ import annotations

import re

import pytest

from api.shop import EMAIL, PARIS, signed_in
from store.kernel import db


@pytest.mark.requirement("ORD-1")
async def test_numbers_carry_the_market_and_can_not_be_guessed(shop):
    numbers = [(await shop.order())["number"] for _ in range(5)]
    assert len(set(numbers)) == 5
    assert all(re.fullmatch(r"FR-[0-9A-Y]{4}-[0-9A-Y]{4}", number) for number in numbers)
    bodies = [number[3:].replace("-", "")[:7] for number in numbers]
    assert sorted(bodies) != bodies or sorted(bodies, reverse=True) != bodies
    assert (await shop.order(market="US"))["number"].startswith("US-")


@pytest.mark.requirement("ORD-2", "SHP-7", "ACC-2")
async def test_customers_see_their_orders_page_by_page(shop):
    mine = shop.as_(await signed_in())
    other = shop.as_(await signed_in(email="other@example.com"))
    placed = [
        (await mine.order())["number"],
        (await mine.order(("QUO-AIR-1TX", 1)))["number"],
        (await mine.order(("TON-BAR-BLK", 1)))["number"],
    ]
    theirs = (await other.order())["number"]
    first = (await mine.get("/orders?limit=2")).json()
    assert [item["number"] for item in first["items"]] == [placed[2], placed[1]]
    second = (await mine.get(f"/orders?limit=2&cursor={first['next_cursor']}")).json()
    assert ([item["number"] for item in second["items"]], second["next_cursor"]) == ([placed[0]], None)
    assert [item["shipments"][0]["kind"]["code"] for item in first["items"]] == ["backorder", "preorder"]
    assert all(item["fulfillment_status"] == "unfulfilled" for item in first["items"])
    assert (await mine.get(f"/orders/{theirs}")).status_code == 404
    assert (await shop.get("/orders")).status_code == 403


@pytest.mark.requirement("ORD-2", "ACC-4")
async def test_another_customers_order_does_not_exist(shop, keys):
    mine = shop.as_(await signed_in())
    other = shop.as_(await signed_in(email="other@example.com"))
    order = await mine.order()
    number = order["number"]
    assert "order_token" not in order
    stranger = await other.get(f"/orders/{number}")
    absent = await other.get("/orders/FR-0000-0000")
    assert stranger.status_code == absent.status_code == 404
    without_id = [{k: v for k, v in each.json().items() if k != "request_id"} for each in (stranger, absent)]
    assert without_id[0] == without_id[1]
    for attempt in (
        other.post(f"/orders/{number}/cancel"),
        other.post(f"/orders/{number}/address", PARIS),
        other.post(f"/orders/{number}/refund-requests"),
        other.post(f"/orders/{number}/payment/confirm"),
        other.get(f"/orders/{number}/timeline"),
        other.get(f"/orders/{number}/eligibility/refund"),
        other.patch(f"/orders/{number}", {}),
        shop.get(f"/orders/{number}", **{"X-Order-Token": "order_wrong"}),
    ):
        answer = await attempt
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.request.url
    assert (await shop.as_(keys.agent).get(f"/orders/{number}")).status_code == 200
    assert (await shop.as_(keys.warehouse).get(f"/orders/{number}")).status_code == 403


@pytest.mark.requirement("ORD-2")
async def test_a_partner_sees_the_orders_of_its_company(shop, keys):
    partner = (await shop.as_(keys.admin).post("/agent/partners", {"name": "R", "currency": "EUR"})).json()["id"]
    one = shop.as_(await signed_in("partner", email="one@r.example", partner_id=partner))
    two = shop.as_(await signed_in("partner", email="two@r.example", partner_id=partner))
    order = await one.order()
    assert [item["number"] for item in (await two.get("/orders")).json()["items"]] == [order["number"]]
    assert (await two.get(f"/orders/{order['number']}")).status_code == 200


@pytest.mark.requirement("ORD-2")
async def test_a_guest_finds_the_order_by_number_and_email(shop):
    order = await shop.order()
    number = order["number"]
    typed = number.lower().replace("-", " ", 1).replace(" ", "-")
    found = await shop.post("/orders/lookup", {"number": f" {typed} ", "email": EMAIL.upper()})
    assert found.status_code == 200, found.text
    assert found.json() == order
    assert (await shop.see(found.json()))["number"] == number
    wrong = [
        await shop.post("/orders/lookup", {"number": number, "email": "x@example.com"}),
        await shop.post("/orders/lookup", {"number": "FR-0000-0000", "email": EMAIL}),
    ]
    bodies = [{k: v for k, v in each.json().items() if k != "request_id"} for each in wrong]
    assert [each.status_code for each in wrong] == [404, 404]
    assert bodies[0] == bodies[1]


async def test_guessing_orders_is_slowed_down(shop):
    order = await shop.order()
    tries = [await shop.post("/orders/lookup", {"number": "FR-0000-0000", "email": EMAIL}) for _ in range(11)]
    assert [answer.status_code for answer in tries] == [404] * 10 + [429]
    assert int(tries[-1].headers["retry-after"]) > 0
    right = {"number": order["number"], "email": EMAIL}
    assert (await shop.post("/orders/lookup", right)).status_code == 429
    await db.execute("truncate throttle")
    assert all([(await shop.post("/orders/lookup", right)).status_code == 200 for _ in range(15)])


async def test_one_orders_token_opens_no_other(shop):
    first, second = await shop.order(), await shop.order()
    answer = await shop.get(f"/orders/{first['number']}", **{"X-Order-Token": second["order_token"]})
    assert answer.status_code == 404


@pytest.mark.requirement("ORD-3")
async def test_a_placed_order_can_not_be_edited_and_the_answer_says_what_can_be_done(shop):
    order = await shop.order()
    before = await db.fetchrow("select * from sales_order")
    token = {"X-Order-Token": order["order_token"]}
    for method in ("PATCH", "PUT"):
        answer = await shop.raw(method, f"/orders/{order['number']}", b'{"email": "x@example.com"}', **token)
        assert (answer.status_code, answer.json()["code"]) == (409, "order_not_editable")
        assert "cancel" in answer.json()["detail"]
    assert await db.fetchrow("select * from sales_order") == before


@pytest.mark.requirement("ORD-2", "ORD-7")
async def test_the_timeline_tells_what_happened_in_the_readers_language(shop, keys):
    order = await shop.order()
    token = {"X-Order-Token": order["order_token"]}
    await shop.post(f"/orders/{order['number']}/address", {**PARIS, "line1": "14 rue de Rivoli"}, **token)
    timeline = (await shop.get(f"/orders/{order['number']}/timeline", **token)).json()
    assert [entry["kind"] for entry in timeline] == ["placed", "address_changed"]
    assert all(entry["text"] and entry["at"] for entry in timeline)
    whole = (await shop.as_(keys.agent).get(f"/agent/orders/{order['number']}")).json()["history"]
    assert [entry["actor"].partition(":")[0] for entry in whole] == ["storefront", "storefront"]
    assert whole[0]["facts"]["total"]["amount_minor"] == order["total"]["amount_minor"]


async def test_an_unchanged_order_costs_no_body(shop):
    order = await shop.order()
    token = {"X-Order-Token": order["order_token"]}
    first = await shop.get(f"/orders/{order['number']}", **token)
    assert first.headers["cache-control"].startswith("private")
    again = await shop.get(f"/orders/{order['number']}", **token, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.requirement("ORD-2")
async def test_an_order_says_what_can_be_done_with_it_and_why_not(shop):
    order = await shop.order()
    actions = {action["action"]: action for action in order["actions"]}
    assert actions["cancel"]["possible"]
    assert actions["change_address"]["possible"]
    assert not actions["request_refund"]["possible"]
    assert actions["request_refund"]["reason"]["code"] == "not_dispatched"


@pytest.mark.requirement("ORD-8", "REF-4")
async def test_an_order_from_a_marketplace_is_pointed_to_where_it_was_bought(shop, keys):
    desk = shop.as_(keys.agent)
    body = {
        "market": "FR",
        "channel": "ebay",
        "reference": "12-34567-89",
        "email": EMAIL,
        "address": PARIS,
        "lines": [{"sku": "AUR-ONE-BLK", "quantity": 1, "paid_minor": 7500}],
    }
    imported = await desk.post("/agent/channel-orders", body)
    assert imported.status_code == 201, imported.text
    again = await desk.post("/agent/channel-orders", body)
    assert (again.status_code, again.json()["code"]) == (409, "channel_order_known")
    number = imported.json()["order"]["number"]
    found = (await shop.post("/orders/lookup", {"number": number, "email": EMAIL})).json()
    assert (found["channel"], found["channel_reference"], found["payment"]) == ("ebay", "12-34567-89", None)
    assert {action["reason"]["code"] for action in found["actions"]} == {"bought_elsewhere"}
    token = {"X-Order-Token": found["order_token"]}
    for path in ("refund-requests", "cancel"):
        answer = await shop.post(f"/orders/{number}/{path}", **token)
        assert (answer.status_code, answer.json()["code"]) == (409, "bought_elsewhere")
        assert answer.json()["url"].startswith("https://www.ebay.fr/")
    verdict = (await shop.get(f"/orders/{number}/eligibility/refund", **token)).json()["verdict"]
    assert (verdict["eligible"], verdict["rule"], verdict["code"]) == (False, "REF-4", "bought_elsewhere")
