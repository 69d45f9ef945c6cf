"""Refunds: asking, previewing, committing, approving, over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from api.shop import CARD, PARIS, simulated
from store.customers import create_account, open_session
from store.kernel import clock, outbox

PDF = b"%PDF-1.7\nproof of posting"


def minor(amount: dict) -> int:
    return amount["amount_minor"]


def token(order: dict) -> dict[str, str]:
    return {"X-Order-Token": order["order_token"]}


@pytest.fixture
def settings_changes(world):
    return simulated(world)


@pytest.fixture
def desk(shop, keys):
    return shop.as_(keys.agent)


@pytest.fixture
async def order(shop, keys):
    """Two units that were paid by card and have left."""
    placed = await shop.order(("AUR-ONE-BLK", 2), payment_method="card", payment=CARD)
    await shop.as_(keys.warehouse).ship(placed["shipments"][0]["number"])
    await outbox.drain()
    seen = await shop.see(placed)
    assert seen["payment_status"] == "charged", seen["payment"]
    return {**seen, "order_token": placed["order_token"]}


async def preview(desk, order, quantity=1, **facts):
    body = {"lines": [{"sku": "AUR-ONE-BLK", "quantity": quantity}], "reason": "withdrawal", **facts}
    answer = await desk.post(f"/agent/orders/{order['number']}/refunds/preview", body)
    assert answer.status_code == 200, answer.text
    return body, answer.json()


async def commit(desk, order, body, shown, key=None, **facts):
    return await desk.post(
        f"/agent/orders/{order['number']}/refunds",
        {**body, "fingerprint": shown["fingerprint"], **facts},
        key=key or uuid4().hex,
    )


@pytest.mark.requirement("REF-1", "REF-2")
async def test_a_customer_asks_and_a_case_is_opened(shop, desk, order):
    path = f"/orders/{order['number']}"
    verdict = (await shop.get(f"{path}/eligibility/refund", **token(order))).json()
    assert verdict["verdict"]["eligible"]
    assert verdict["shipments"][0]["lines"][0]["left"] == 2
    body = {"reason": "withdrawal", "lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}], "message": "too loud"}
    opened = await shop.post(f"{path}/refund-requests", body, **token(order))
    assert opened.status_code == 201, opened.text
    case = opened.json()
    assert (case["status"], case["lines"][0]["quantity"]) == ("open", 1)
    assert (await shop.post(f"{path}/refund-requests", body, **token(order))).json()["number"] == case["number"]
    (listed,) = (await desk.get("/agent/refund-requests")).json()["items"]
    assert (listed["number"], listed["order_number"]) == (case["number"], order["number"])
    declined = await desk.post(f"/agent/refund-requests/{case['number']}/decline", {"reason": "It was used."})
    assert declined.json()["decision"] == "It was used."
    (seen,) = (await shop.get(f"{path}/refund-requests", **token(order))).json()
    assert (seen["status"], seen["decision"]) == ("declined", "It was used.")


@pytest.mark.requirement("REF-5")
async def test_the_instructions_say_who_pays_and_the_proof_is_kept(shop, desk, order):
    path = f"/orders/{order['number']}/refund-requests"
    case = (await shop.post(path, {"reason": "withdrawal"}, **token(order))).json()
    instructions = case["instructions"]
    assert instructions["buyer_pays"] is True
    assert instructions["carrier"] == "La Poste"
    assert len(instructions["sentences"]) == 3
    ours = (await shop.post(path, {"reason": "wrong_delivery"}, **token(order))).json()
    assert ours["instructions"]["buyer_pays"] is False
    upload = f"{path}/{case['number']}/proofs?name=posting.pdf"
    headers = {**token(order), "Content-Type": "application/pdf"}
    proof = await shop.raw("POST", upload, PDF, **headers)
    assert proof.status_code == 201, proof.text
    assert (await shop.raw("POST", upload, PDF, **headers)).json() == proof.json()
    for content in (b"MZ\x90 a program", b"", b"<html>"):
        refused = await shop.raw("POST", upload, content, **headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "proof_refused")
    shown = await desk.get(f"/agent/refund-requests/{case['number']}/proofs/{proof.json()['id']}")
    assert shown.content == PDF
    assert shown.headers["content-disposition"].startswith("attachment")


@pytest.mark.requirement("REF-1")
async def test_the_deadline_is_the_end_of_the_last_day(shop, desk, order):
    path = f"/orders/{order['number']}"
    clock.set_offset(timedelta(days=31))
    late = await shop.post(f"{path}/refund-requests", {}, **token(order))
    assert (late.status_code, late.json()["code"]) == (409, "refund_deadline_over")
    until = order["shipments"][0]["refundable_until"].replace("+00:00", "Z")
    then = (await desk.get(f"{path}/eligibility/refund?as_of={until}")).json()
    assert then["verdict"]["eligible"]
    refused = await shop.get(f"{path}/eligibility/refund?as_of={until}", **token(order))
    assert refused.status_code == 403
    action = next(each for each in (await shop.see(order))["actions"] if each["action"] == "request_refund")
    assert (action["possible"], action["reason"]["code"]) == (False, "refund_deadline_over")


@pytest.mark.requirement("REF-6", "REF-8")
async def test_a_refund_is_previewed_to_the_cent_and_then_made(shop, desk, order):
    body, shown = await preview(desk, order)
    unit = minor(order["lines"][0]["unit_price"])
    assert (minor(shown["total"]), minor(shown["goods_total"]), minor(shown["shipping_total"])) == (unit, unit, 0)
    assert shown["lines"][0]["reason"]["code"] == "withdrawal"
    assert [part["how"] for part in shown["split"]] == ["provider"]
    done = await commit(desk, order, body, shown, key="refund-1")
    assert done.status_code == 201, done.text
    again = await commit(desk, order, body, shown, key="refund-1")
    assert again.content == done.content
    await outbox.drain()
    seen = await shop.see(order)
    (refund,) = seen["refunds"]
    assert (refund["status"], minor(refund["amount"])) == ("succeeded", unit)
    assert refund["credit_note"] == seen["credit_notes"][0]["number"]
    assert seen["payment_status"] == "partly_refunded"


@pytest.mark.requirement("REF-6")
async def test_a_stale_preview_is_refused_with_the_new_one(desk, order):
    body, shown = await preview(desk, order)
    assert (await commit(desk, order, body, shown)).status_code == 201
    stale = await commit(desk, order, body, shown)
    assert (stale.status_code, stale.json()["code"]) == (409, "preview_is_stale")
    assert stale.json()["preview"]["fingerprint"] != shown["fingerprint"]


@pytest.mark.requirement("REF-7")
async def test_racing_refunds_never_give_back_more_than_was_sold(desk, order):
    body, shown = await preview(desk, order, quantity=2)
    answers = await asyncio.gather(*(commit(desk, order, body, shown) for _ in range(6)))
    codes = Counter(answer.status_code for answer in answers)
    assert codes[201] == 1
    assert set(codes) <= {201, 409, 422}
    (only,) = (await desk.get(f"/agent/orders/{order['number']}/refunds")).json()
    assert minor(only["refund"]["amount"]) == 2 * minor(order["lines"][0]["unit_price"])


@pytest.mark.requirement("REF-9")
async def test_outside_the_policy_a_second_person_decides(shop, desk, order):
    clock.set_offset(timedelta(days=40))
    body, shown = await preview(desk, order)
    assert [verdict["code"] for verdict in shown["outside_policy"]] == ["refund_deadline_over"]
    refused = await commit(desk, order, body, shown)
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_outside_policy")
    waiting = await commit(desk, order, body, shown, override_reason="was ill")
    assert waiting.json()["refund"]["status"] == "awaiting_approval"
    number = waiting.json()["refund"]["number"]
    queue = (await desk.get("/agent/refunds?status=awaiting_approval")).json()["items"]
    assert [each["refund"]["number"] for each in queue] == [number]
    assert (await shop.see(order))["refunds"] == []
    own = await desk.post(f"/agent/refunds/{number}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    account = await create_account(kind="agent", email="lead@example.com", name="Lead")
    session = await open_session(account.id)
    lead = shop.as_({"Authorization": f"Bearer {session.token}"})
    approved = await lead.post(f"/agent/refunds/{number}/approve", {"note": "fine"})
    assert approved.status_code == 200, approved.text
    assert approved.json()["approved_by"].endswith("Lead")
    await outbox.drain()
    assert (await shop.see(order))["refunds"][0]["status"] == "succeeded"
    rejected = await lead.post(f"/agent/refunds/{number}/reject", {"reason": "too late"})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "wrong_state")


@pytest.mark.requirement("REF-9", "ACC-4")
async def test_customers_and_warehouses_make_no_refunds(shop, keys, order):
    for caller in (shop, shop.as_(keys.warehouse)):
        for answer in (
            await caller.post(f"/agent/orders/{order['number']}/refunds/preview", {}),
            await caller.post(f"/agent/orders/{order['number']}/refunds", {}, key="k"),
            await caller.get("/agent/refunds"),
            await caller.get("/agent/refund-requests"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.requirement("REF-11")
async def test_what_was_not_charged_is_not_refunded(shop, desk):
    order = await shop.order()
    path = f"/orders/{order['number']}"
    verdict = (await shop.get(f"{path}/eligibility/refund", **token(order))).json()["verdict"]
    assert (verdict["eligible"], verdict["rule"], verdict["code"]) == (False, "REF-11", "not_charged")
    answer = await shop.post(f"{path}/refund-requests", {}, **token(order))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_charged")
    body = {"lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}], "reason": "withdrawal"}
    assert (await desk.post(f"/agent/orders/{order['number']}/refunds/preview", body)).status_code == 422


@pytest.mark.requirement("REF-4", "ORD-8")
async def test_customer_service_is_told_where_a_marketplaces_order_is_refunded(shop, desk):
    imported = await desk.post(
        "/agent/channel-orders",
        {
            "market": "FR",
            "channel": "ebay",
            "reference": "27-0123456789",
            "email": "lina@example.com",
            "address": PARIS,
            "lines": [{"sku": "AUR-ONE-BLK", "quantity": 1, "paid_minor": 7490}],
        },
    )
    number = imported.json()["order"]["number"]
    body = {"lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}], "reason": "goodwill"}
    for path in (f"/agent/orders/{number}/refunds/preview", f"/agent/orders/{number}/refunds"):
        refused = await desk.post(path, {**body, "fingerprint": "f"} if path.endswith("refunds") else body, key=path)
        assert (refused.status_code, refused.json()["code"]) == (409, "bought_elsewhere"), refused.text
        assert refused.json()["place"] == "eBay"
