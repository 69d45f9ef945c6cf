"""Customer service's other work over HTTP: bank statements, disputes, everything about an order."""

from __future__ import annotations

import pytest

from api.shop import CARD, simulated
from store.kernel import db, outbox


def minor(amount: dict) -> int:
    return amount["amount_minor"]


@pytest.fixture
def settings_changes(world):
    return simulated(world)


@pytest.fixture
def desk(shop, keys):
    return shop.as_(keys.agent)


async def bank(desk, *lines: str):
    head = "booked_on;amount;currency;reference;payer"
    content = "\n".join([head, *lines]).encode("utf-8-sig")
    answer = await desk.raw("POST", "/agent/bank-statements", content, **{"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.requirement("PAY-10")
async def test_a_statement_pays_what_it_names_and_the_rest_waits_for_a_person(shop, keys, desk):
    order = await shop.order()
    await shop.as_(keys.warehouse).ship(order["shipments"][0]["number"])
    await outbox.drain()
    reference = order["payment"]["transfer"]["reference"]
    total = minor(order["total"])
    paid = f"2026-01-05;{total / 100:.2f};EUR;{reference.lower()} thank you;C. Moreau"
    short = f"2026-01-06;1.00;EUR;{reference};C. Moreau"
    stranger = "2026-01-07;12.00;EUR;hello;Nobody"
    report = await bank(desk, short, paid, stranger, "yesterday;x;EUR;y;z")
    assert (report["matched"], report["short"] + report["over"], report["unknown"]) == (1, 1, 1)
    assert [error["reason"] for error in report["errors"]] == ["booked_on"]
    assert (await bank(desk, paid, stranger))["known"] == 2
    await outbox.drain()
    seen = await shop.see(order)
    assert (seen["payment_status"], minor(seen["payment"]["charged"])) == ("charged", total)
    assert seen["payment"]["transfer"] is None
    queue = (await desk.get("/agent/exceptions")).json()
    assert {item["facts"]["status"] for item in queue if item["kind"] == "bank_line"} >= {"unknown"}
    line = next(item for item in queue if item["facts"]["status"] == "unknown")["subject"]
    assert (await desk.post(f"/agent/bank-lines/{line}/dismissal", {"note": "not ours"})).status_code == 204


@pytest.mark.requirement("PAY-10")
async def test_a_person_allocates_a_transfer_without_reference(shop, keys, desk):
    order = await shop.order()
    await shop.as_(keys.warehouse).ship(order["shipments"][0]["number"])
    await bank(desk, f"2026-01-05;{minor(order['total']) / 100:.2f};EUR;no reference;C. Moreau")
    (item,) = (await desk.get("/agent/exceptions")).json()
    (charge,) = (await desk.get(f"/agent/orders/{order['number']}")).json()["charges"]
    done = await desk.post(f"/agent/bank-lines/{item['subject']}/allocation", {"charge_id": charge["id"]})
    assert done.status_code == 204, done.text
    assert (await shop.see(order))["payment_status"] == "charged"
    assert (await desk.get("/agent/exceptions")).json() == []


@pytest.mark.requirement("PAY-12")
async def test_a_chargeback_is_shown_and_blocks_its_refund(shop, keys, desk, world):
    placed = await shop.order(payment_method="card", payment=CARD)
    await shop.as_(keys.warehouse).ship(placed["shipments"][0]["number"])
    await outbox.drain()
    reference = await db.fetchval("select provider_ref from capture")
    world.sim("dashboard/dispute", provider="stripe", charge_or_capture=reference, reason="fraudulent")
    snapshot = await dispute_of(world)
    await apply(snapshot)
    (dispute,) = (await desk.get("/agent/disputes")).json()
    assert (dispute["order_number"], dispute["reason"]) == (placed["number"], "fraudulent")
    assert (await shop.see(placed))["payment_status"] == "disputed"
    body = {"lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}], "reason": "withdrawal"}
    refused = await desk.post(f"/agent/orders/{placed['number']}/refunds/preview", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "money_disputed")


async def dispute_of(world) -> dict:
    (dispute,) = world.stripe.disputes.list().data
    return dispute.to_dict()


async def apply(dispute: dict) -> None:
    """What the worker does with the provider's report."""
    from store.payments.apply_snapshot import apply_snapshot  # noqa: PLC0415 - stands in for the webhook
    from store.payments.port import get_provider  # noqa: PLC0415

    payload = {"data": {"object": dispute}}
    for snapshot in await get_provider("stripe").read_webhook("charge.dispute.created", payload):
        await apply_snapshot(snapshot)


@pytest.mark.requirement("ORD-7", "DSK-1")
async def test_everything_about_an_order_is_on_one_page(shop, keys, desk):
    order = await shop.order(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1), payment_method="card", payment=CARD)
    await shop.as_(keys.warehouse).ship(order["shipments"][0]["number"])
    await outbox.drain()
    page = (await desk.get(f"/agent/orders/{order['number']}")).json()
    assert [each["warehouse"] for each in page["shipments"]]
    assert [charge["status"] for charge in page["charges"]] == ["captured", "planned"]
    kinds = [entry["kind"] for entry in page["history"]]
    assert kinds[:2] == ["placed", "confirmed"]
    assert {"shipment_released", "shipment_dispatched", "charged"} <= set(kinds)
    assert all(entry["text"] for entry in page["history"])
    assert {entry["actor"].partition(":")[0] for entry in page["history"]} >= {"storefront", "store", "warehouse"}
