"""Returns over HTTP for the warehouse and for customer service (RMA-16, RMA-17, RMA-18)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rma.owner import broken, confirm, draft, fault_confirmed, guest, mistaken

from api.shop import PARIS, Shop
from store.kernel import db, outbox
from store.rma.find_returns import load_return

pytestmark = [pytest.mark.requirement("RMA-17")]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


@pytest.fixture
def depot(shop: Shop, keys: Any) -> Shop:
    return shop.as_(keys.warehouse)


@pytest.fixture
def desk(shop: Shop, keys: Any) -> Shop:
    return shop.as_(keys.agent)


async def work() -> None:
    for _ in range(6):
        await db.execute("update outbox set due_at = clock_timestamp()")
        if not await outbox.drain():
            return


async def returned(shop: Shop, depot: Shop, *, quantity: int = 1, defective: bool = False) -> dict[str, Any]:
    """A confirmed return of all items of a shipped order: {number, serials, order}."""
    order = await shop.order(("AUR-ONE-BLK", quantity))
    await depot.ship(order["shipments"][0]["number"])
    await work()
    order_id: UUID = await db.fetchval("select id from sales_order where number = $1", order["number"])
    rows = await db.fetch("select serial from unit where order_id = $1 order by serial", order_id)
    serials = [row["serial"] for row in rows]
    asked = []
    for serial in serials:
        if defective:
            await fault_confirmed(serial)
        asked.append(broken(serial) if defective else mistaken(serial))
    rma_id = await draft(guest(order_id), *asked, customer_reference="PO 4711")
    await confirm(rma_id, guest(order_id))
    await work()
    return {"number": (await load_return(rma_id)).rma["number"], "serials": serials, "order": order}


def unit_of(answer: Any, position: int = 1) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return next(unit for unit in answer.json()["units"] if unit["position"] == position)


@pytest.mark.requirement("RMA-2", "RMA-16", "RMA-18")
async def test_from_the_queue_to_the_credit_note(shop: Shop, depot: Shop, desk: Shop) -> None:
    rma = await returned(shop, depot)
    number = rma["number"]
    queue = (await depot.get("/warehouse/returns")).json()["items"]
    assert [each["number"] for each in queue] == [number]
    assert queue[0]["sender_label"][0] == PARIS["name"]
    assert "goods" not in queue[0]["units"][0]
    found = (await depot.get(f"/warehouse/returns/search?query={rma['serials'][0]}")).json()
    assert [each["number"] for each in found] == [number]

    path = f"/warehouse/returns/{number.lower()}"
    scanned = await depot.post(f"{path}/receive", {"units": [{"serial": rma["serials"][0]}]})
    assert unit_of(scanned)["reception"]["code"] == "received"
    photo = await depot.raw("POST", "/attachments", PNG, **{"Content-Type": "image/png", "X-File-Name": "box.png"})
    found = await depot.post(
        f"{path}/units/1/inspect",
        {"verdict": "accepted", "as_new": True, "note": "Sealed.", "photo_ids": [photo.json()["id"]]},
    )
    assert unit_of(found)["acceptance"]["code"] == "accepted"
    await work()
    seen = await desk.get(f"/agent/returns/{number}")
    unit = unit_of(seen)
    assert (unit["outcome"]["code"], seen.json()["status"]) == ("credited", "closed")
    assert (unit["goods"]["amount_minor"], unit["fee"]["amount_minor"]) == (7990, 1199)
    assert unit["refund"].startswith("RF-")
    assert unit["order"] == rma["order"]["number"]
    assert [entry["kind"] for entry in seen.json()["history"]][-4:] == [
        "unit_received", "unit_accepted", "unit_credited", "closed",
    ]  # fmt: skip


@pytest.mark.requirement("RMA-16", "L10N-2")
async def test_what_waits_for_a_decision_is_listed_offered_and_decided(shop: Shop, depot: Shop, desk: Shop) -> None:
    rma = await returned(shop, depot)
    path = f"/warehouse/returns/{rma['number']}"
    await depot.post(f"{path}/receive", {"units": [{"serial": rma["serials"][0]}]})
    await depot.post(f"{path}/units/1/inspect", {"verdict": "needs_decision", "note": "Opened."})
    waiting = (await desk.get("/agent/returns/undecided")).json()["items"]
    assert [(each["number"], each["undecided"]) for each in waiting] == [(rma["number"], 1)]
    unit = unit_of(await desk.get(f"/agent/returns/{rma['number']}"))
    assert [each["code"] for each in unit["offered"]["accepted"]] == ["credited", "sent_back"]
    decide = f"/agent/returns/{rma['number']}/units/1/decide"
    wrong = await desk.post(decide, {"verdict": "accepted", "outcome": "replaced"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "outcome_not_allowed")
    assert unit_of(await desk.post(decide, {"verdict": "rejected", "note": "Used."}))["decided_by"]
    late = await desk.post(decide, {"verdict": "accepted"})
    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_decide")
    await work()
    assert unit_of(await desk.get(f"/agent/returns/{rma['number']}"))["return_shipment"]
    assert await db.fetchval("select count(*) from audit_entry where action = 'decide_return_unit'") == 1


@pytest.mark.requirement("RMA-18")
async def test_the_workshop_reports_a_repair_and_its_parcel_waits_in_the_queue(
    shop: Shop, depot: Shop, desk: Shop
) -> None:
    rma = await returned(shop, depot, defective=True)
    path = f"/warehouse/returns/{rma['number']}"
    early = await depot.post(f"{path}/units/1/repaired")
    assert (early.status_code, early.json()["code"]) == (409, "not_in_repair")
    await depot.post(f"{path}/receive", {"units": [{"serial": rma["serials"][0]}]})
    await depot.post(f"{path}/units/1/inspect", {"verdict": "accepted"})
    await work()
    assert unit_of(await depot.get(path))["in_workshop"] is True
    order = unit_of(await desk.get(f"/agent/returns/{rma['number']}"))["repair_order"]
    parcel = (await depot.get(f"/warehouse/shipments/{order}-1")).json()
    assert (parcel["status"], parcel["status_label"]) == ("waiting", "in our workshop")
    assert rma["serials"][0] in parcel["lines"][0]["name"]
    assert unit_of(await depot.post(f"{path}/units/1/repaired"))["repaired_at"]
    await work()
    assert (await depot.get(f"/warehouse/shipments/{order}-1")).json()["status"] == "ready"
    seen = (await desk.get(f"/agent/orders/{order}")).json()["order"]
    assert (seen["origin"]["code"], seen["return_number"], seen["payment_status"]) == (
        "repair",
        rma["number"],
        "not_required",
    )
    await depot.ship(f"{order}-1")
    await work()
    assert (await desk.get(f"/agent/returns/{rma['number']}")).json()["status"] == "closed"


async def test_only_the_warehouse_receives_and_only_the_desk_decides(shop: Shop, depot: Shop, desk: Shop) -> None:
    rma = await returned(shop, depot)
    body = {"units": [{"serial": rma["serials"][0]}]}
    for other in (shop, desk):
        assert (await other.post(f"/warehouse/returns/{rma['number']}/receive", body)).status_code == 403
    for other in (shop, depot):
        answer = await other.post(f"/agent/returns/{rma['number']}/units/1/decide", {"verdict": "accepted"})
        assert answer.status_code == 403
    assert (await load_return(await db.fetchval("select id from rma"))).rma["status"] == "confirmed"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("RMA-0000-0000/receive", {"units": [{"serial": "A1B2"}]}, 404, "not_found"),
        ("{number}/receive", {"units": []}, 422, "invalid_request"),
        ("{number}/receive", {"units": [{"serial": "X" * 500}]}, 422, "invalid_request"),
        ("{number}/receive", {"units": [{"serial": "A1", "price": 1}]}, 422, "invalid_request"),
        ("{number}/receive", {"units": [{"position": 99}]}, 404, "not_found"),
        ("{number}/receive", {"units": [{"serial": "OTHER1"}]}, 422, "which_return_unit"),
        ("{number}/units/1/inspect", {"verdict": "accepted", "as_new": True}, 409, "return_unit_not_inspectable"),
        ("{number}/units/9/inspect", {"verdict": "accepted"}, 404, "not_found"),
        ("{number}/units/1/inspect", {"verdict": "perhaps"}, 422, "invalid_request"),
        ("{number}/units/1/inspect", {"verdict": "rejected", "rejection": "ugly"}, 422, "invalid_request"),
        ("{number}/units/x/inspect", {"verdict": "accepted"}, 404, "not_found"),
        ("{number}/units/99999999999999999999/inspect", {"verdict": "accepted"}, 404, "not_found"),
    ],
)
async def test_bad_input_is_refused_and_changes_nothing(
    shop: Shop, depot: Shop, path: str, body: Any, status: int, code: str
) -> None:
    rma = await returned(shop, depot, quantity=2)
    events = await db.fetchval("select count(*) from rma_event")
    answer = await depot.post(f"/warehouse/returns/{path.format(number=rma['number'])}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["title"]
    assert await db.fetchval("select count(*) from rma_event") == events


async def test_evidence_of_somebody_else_is_not_taken(shop: Shop, depot: Shop) -> None:
    rma = await returned(shop, depot)
    path = f"/warehouse/returns/{rma['number']}"
    await depot.post(f"{path}/receive", {"units": [{"serial": rma["serials"][0]}]})
    photo = await shop.raw("POST", "/attachments", PNG, **{"Content-Type": "image/png", "X-File-Name": "a.png"})
    answer = await depot.post(
        f"{path}/units/1/inspect", {"verdict": "needs_decision", "photo_ids": [photo.json()["id"]]}
    )
    assert answer.status_code == 404
    assert unit_of(await depot.get(path))["inspected_at"] is None


@pytest.mark.requirement("DSK-1")
async def test_the_desk_finds_returns_page_by_page(shop: Shop, depot: Shop, desk: Shop) -> None:
    rma = [await returned(shop, depot) for _ in range(3)]
    first = (await desk.get("/agent/returns?limit=2")).json()
    second = (await desk.get(f"/agent/returns?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["number"] for each in first["items"] + second["items"]] == [each["number"] for each in rma[::-1]]
    assert second["next_cursor"] is None
    for query in (rma[0]["number"], rma[0]["serials"][0], rma[0]["order"]["number"]):
        found = (await desk.get(f"/agent/returns?query={query}")).json()["items"]
        assert [each["number"] for each in found] == [rma[0]["number"]]
    queue = (await depot.get("/warehouse/returns?limit=2")).json()
    rest = (await depot.get(f"/warehouse/returns?limit=2&cursor={queue['next_cursor']}")).json()
    assert [each["number"] for each in queue["items"] + rest["items"]] == [each["number"] for each in rma]


async def test_an_item_is_lost_and_missing_over_http(shop: Shop, depot: Shop, desk: Shop) -> None:
    rma = await returned(shop, depot, quantity=2)
    lost = await desk.post(f"/agent/returns/{rma['number']}/units/1/lost")
    assert unit_of(lost)["reception"]["code"] == "lost_in_transit"
    missing = await depot.post(f"/warehouse/returns/{rma['number']}/complete")
    assert unit_of(missing, 2)["reception"]["code"] == "missing"
    for position in (1, 2):
        answer = await desk.post(f"/agent/returns/{rma['number']}/units/{position}/decide", {"verdict": "rejected"})
        assert answer.status_code == 200
    await work()
    assert (await desk.get(f"/agent/returns/{rma['number']}")).json()["status"] == "closed"


@pytest.mark.requirement("ACC-4", "RMA-17")
async def test_every_step_of_customer_service_and_of_the_warehouse_stands_in_the_audit(
    shop: Shop, depot: Shop, desk: Shop
) -> None:
    rma = await returned(shop, depot, quantity=2)
    order = await shop.order(("AUR-ONE-BLK", 1))
    await depot.ship(order["shipments"][0]["number"])
    await work()
    serial = await db.fetchval(
        "select u.serial from unit u join sales_order o on o.id = u.order_id where o.number = $1", order["number"]
    )
    item = {"reason": "wrong_order", "serial": serial, "unused": True}
    draft_id = (await desk.post("/returns", {"units": [item]})).json()["id"]
    await desk.patch(f"/returns/{draft_id}", {"email": "office@example.com", "return_address": PARIS})
    await desk.patch(f"/returns/{draft_id}/units/1", {"description": "Sealed."})
    version = (await desk.get(f"/returns/{draft_id}")).json()["terms"]["version"]
    await desk.post(f"/returns/{draft_id}/confirm", {"terms_version": version, "terms_accepted": True})
    await desk.post(f"/returns/{draft_id}/tracking", {"carrier": "La Poste", "tracking_number": "6A123"})
    await desk.post(f"/returns/{draft_id}/paper-label")
    assert await _acts(draft_id) == [
        "open_return", "return_unit_added", "review_return", "return_unit_changed", "confirm_return",
        "return_tracking_reported", "return_paper_label_asked",
    ]  # fmt: skip
    assert "office@example.com" not in str(await db.fetch("select facts from audit_entry"))

    path = f"/warehouse/returns/{rma['number']}"
    await depot.post(f"{path}/receive", {"units": [{"serial": rma["serials"][0]}]})
    await depot.post(f"{path}/units/1/inspect", {"verdict": "rejected", "rejection": "used"})
    await depot.post(f"{path}/complete")
    await desk.post(f"/agent/returns/{rma['number']}/units/2/lost")
    rma_id = await db.fetchval("select id from rma where number = $1", rma["number"])
    assert await _acts(rma_id) == [
        "return_unit_received", "return_unit_rejected", "return_unit_missing", "return_unit_lost",
    ]  # fmt: skip


async def _acts(rma_id: Any) -> list[str]:
    rows = await db.fetch("select action from audit_entry where object_id = $1 order by id", str(rma_id))
    return [row["action"] for row in rows]
