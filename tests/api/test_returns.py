"""Returns over HTTP: from "can this be returned?" to the label, as guests, customers and agents meet it."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from api.shop import EMAIL, PARIS, Shop, signed_in
from store.kernel import clock, db, outbox

SKU, TICKET, PORTAL, CABLE = "AUR-ONE-BLK", "LIN-L4-BLK", "SAL-GW-2", "PIN-FLAT-1M"
LOCALES = ["en", "fr", "zh-Hans"]


@pytest.fixture
def desk(shop: Shop, keys: Any) -> Shop:
    return shop.as_(keys.agent)


@pytest.fixture
def sold(shop: Shop, keys: Any):
    """Sell and send; gives the order and the serial numbers of its serialised goods."""

    async def sell(*lines: tuple[str, int], buyer: Shop | None = None, **fields: Any) -> tuple[dict, list[str]]:
        order = await (buyer or shop).order(*(lines or [(SKU, 1)]), **fields)
        await shop.as_(keys.warehouse).ship(f"{order['number']}-1")
        await outbox.drain()
        rows = await db.fetch(
            "select u.serial from unit u join sales_order o on o.id = u.order_id where o.number = $1 order by 1",
            order["number"],
        )
        return order, [row["serial"] for row in rows]

    return sell


def mistaken(serial: str, **facts: Any) -> dict[str, Any]:
    return {"reason": "wrong_order", "serial": serial, "unused": True, **facts}


def guest_of(shop: Shop, order: dict[str, Any]) -> Shop:
    return shop.with_(**{"X-Order-Token": order["order_token"]})


async def register(shop: Shop, *units: dict[str, Any], status: int = 201, **fields: Any) -> dict[str, Any]:
    answer = await shop.post("/returns", {"units": list(units), **fields})
    assert answer.status_code == status, answer.text
    return answer.json()


async def confirmed(shop: Shop, draft: dict[str, Any]) -> dict[str, Any]:
    body = {"terms_version": draft["terms"]["version"], "terms_accepted": True}
    answer = await shop.post(f"/returns/{draft['id']}/confirm", body)
    assert answer.status_code == 200, answer.text
    await outbox.drain()
    return answer.json()


def guest_with(shop: Shop, draft: dict[str, Any]) -> Shop:
    return shop.with_(**{"X-Return-Token": draft["return_token"]})


async def letters(kind: str) -> list[db.Row]:
    return await db.fetch("select * from email where kind = $1 order by created_at", kind)


@pytest.mark.requirement("RMA-6", "RMA-12", "RMA-13", "RMA-14", "RMA-16")
async def test_a_guest_returns_a_wrong_order_from_question_to_label(shop, sold, desk):
    order, (serial,) = await sold()
    guest = guest_of(shop, order)
    asked = (await guest.get(f"/returns/eligibility?reason=wrong_order&serial={serial}")).json()
    assert asked["verdict"]["eligible"], asked
    assert asked["verdict"]["rule"] == "RMA-2"
    assert asked["restocking_fee"]["amount_minor"] == 1199
    assert asked["warranty"]["in_warranty"]
    assert [need["code"] for need in asked["needs"]] == ["unused"]

    draft = await register(guest, mistaken(serial), customer_reference="Job 12")
    assert draft["number"] is None
    assert draft["actions"] == ["change", "cancel"]  # an address is missing
    holder = guest_with(shop, draft)
    early = await holder.get(f"/returns/{draft['id']}/label.pdf")
    assert (early.status_code, early.json()["code"]) == (409, "label_not_ready")
    reviewed = await holder.patch(f"/returns/{draft['id']}", {"return_address": PARIS, "email": "office@example.com"})
    assert reviewed.json()["actions"] == ["change", "confirm", "cancel"]
    done = await confirmed(holder, draft)
    assert done["number"].startswith("RMA-")
    assert done["units"][0]["reception"]["code"] == "awaited"
    assert done["restocking_fees"]["amount_minor"] == 1199

    label = await holder.get(f"/returns/{draft['id']}/label.pdf")
    assert label.headers["content-type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(label.content)).pages)
    for expected in (done["number"], serial, "Job 12", "Camille Moreau"):
        assert expected in text
    advice = await holder.get(f"/returns/{draft['id']}/packing-advice")
    assert done["number"] in advice.text
    assert advice.headers["content-type"].startswith("text/html")

    found = (await desk.get(f"/agent/returns?query={done['number']}")).json()["items"]
    assert [item["number"] for item in found] == [done["number"]]


@pytest.mark.requirement("RMA-10", "RMA-13", "DOC-1")
async def test_two_emails_follow_with_links_that_open_in_a_browser(shop, sold):
    order, (serial,) = await sold()
    draft = await register(
        guest_of(shop, order), mistaken(serial), customer_reference="Job 12", return_address=PARIS, email=EMAIL
    )
    done = await confirmed(guest_with(shop, draft), draft)
    (first,), (second,) = await letters("rma_confirmed"), await letters("rma_label")
    for letter in (first, second):
        assert done["number"] in letter["subject"]
        assert "Job 12" in letter["text_body"]
        assert letter["recipient"] == EMAIL
    assert serial in first["text_body"]
    links = re.findall(r"http\S+/api/v1(/return-links/\S+)", second["text_body"])
    assert len(links) == 2
    nobody = shop.as_({})
    label, advice = [await nobody.get(link) for link in links]
    assert (label.status_code, advice.status_code) == (200, 200)
    forged = links[0].replace("token=rma_", "token=rma_x")
    assert (await nobody.get(forged)).status_code == 404


@pytest.mark.requirement("RMA-13")
async def test_the_table_of_emails_holds_no_token_until_they_leave(shop, sold, monkeypatch):
    order, (serial,) = await sold()
    draft = await register(guest_of(shop, order), mistaken(serial), return_address=PARIS)
    monkeypatch.setattr(sys.modules["store.notifications.deliver_email"], "_keep_locally", _raise)
    body = {"terms_version": draft["terms"]["version"], "terms_accepted": True}
    await guest_with(shop, draft).post(f"/returns/{draft['id']}/confirm", body)
    await outbox.drain()
    for kind in ("rma_confirmed", "rma_label"):
        (letter,) = await letters(kind)
        assert draft["return_token"] not in letter["text_body"] + letter["html_body"]


async def _raise(*_: Any) -> None:
    raise OSError


@pytest.mark.requirement("RMA-12", "CRT-6")
async def test_the_same_key_registers_and_confirms_once(shop, sold):
    order, (serial,) = await sold()
    guest = guest_of(shop, order)
    body = {"units": [mistaken(serial)], "return_address": PARIS}
    first, second = [await guest.post("/returns", body, key="one") for _ in range(2)]
    assert first.json() == second.json()
    draft = first.json()
    holder = guest_with(shop, draft)
    terms = {"terms_version": draft["terms"]["version"], "terms_accepted": True}
    path = f"/returns/{draft['id']}/confirm"
    answers = [await holder.post(path, terms, key="two") for _ in range(2)] + [await holder.post(path, terms)]
    assert len({answer.json()["number"] for answer in answers}) == 1
    await outbox.drain()
    assert len(await letters("rma_confirmed")) == 1


@pytest.mark.requirement("RMA-6")
async def test_two_tabs_confirm_the_same_unit_and_one_of_them_gets_it(shop, sold):
    order, (serial,) = await sold()
    guest = guest_of(shop, order)
    drafts = [await register(guest, mistaken(serial), return_address=PARIS) for _ in range(4)]

    async def confirm(draft: dict[str, Any]) -> httpx.Response:
        body = {"terms_version": draft["terms"]["version"], "terms_accepted": True}
        return await guest_with(shop, draft).post(f"/returns/{draft['id']}/confirm", body)

    answers = await asyncio.gather(*map(confirm, drafts))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            (unit,) = answer.json()["units"]
            assert unit["code"] == "unit_in_open_return"
            assert unit["number"] is None  # a guest's tabs don't know of each other


@pytest.mark.requirement("RMA-4", "RMA-5", "RMA-7", "L10N-2")
@pytest.mark.parametrize("locale", LOCALES)
async def test_each_route_is_refused_with_what_to_do_instead(shop, sold, locale):
    order, serials = await sold((TICKET, 1), (PORTAL, 1), (SKU, 1))
    rows = await db.fetch("select u.serial, v.sku from unit u join variant v on v.id = u.variant_id")
    serial = {row["sku"]: row["serial"] for row in rows}
    guest = guest_of(shop, order).with_(**{"X-Locale": locale, "X-Order-Token": order["order_token"]})
    expected = {
        TICKET: (422, "ticket_required", "https://helpdesk.grandstream.com"),
        PORTAL: (409, "manufacturer_handles", "https://rma.innovaphone.com"),
        SKU: (409, "fault_not_confirmed", serial[SKU]),
    }
    for sku, (status, code, shown) in expected.items():
        body = {"reason": "defective", "serial": serial[sku], "symptom": "no_audio"}
        answer = await register(guest, body, status=status)
        assert answer["code"] == code
        assert shown in answer["detail"]
        assert "{" not in answer["detail"]
    unreadable = await register(guest, {"reason": "defective", "no_readable_serial": True}, status=422)
    assert unreadable["code"] == "serial_unreadable"
    ticketed = {"reason": "defective", "serial": serial[TICKET], "symptom": "display", "ticket_number": "GS-1029"}
    assert (await register(guest, ticketed))["units"][0]["route"]["code"] == "manufacturer_confirms"
    assert serials


@pytest.mark.requirement("RMA-4", "RMA-5", "RMA-11")
async def test_technical_support_confirms_a_fault_and_the_return_opens(shop, sold, desk):
    order, (serial,) = await sold()
    guest = guest_of(shop, order)
    body = {"serial": serial, "symptom": "no_audio", "description": "The left side is silent."}
    asked = await guest.post("/fault-reports", body)
    assert asked.status_code == 201, asked.text
    report = asked.json()
    assert report["status"] == "open"
    assert report["faq"]
    twice = await guest.post("/fault-reports", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "fault_report_open")
    seen = await shop.get(f"/fault-reports/{report['number']}", **{"X-Return-Token": report["report_token"]})
    assert seen.status_code == 200
    assert (await shop.get(f"/fault-reports/{report['number']}")).status_code == 404
    (waiting,) = (await desk.get("/agent/fault-reports")).json()["items"]
    assert waiting["number"] == report["number"]
    decided = await desk.post(
        f"/agent/fault-reports/{report['number']}/decide", {"confirmed": True, "decision": "The cable is broken."}
    )
    assert decided.json()["status"] == "confirmed"
    again = await desk.post(f"/agent/fault-reports/{report['number']}/decide", {"confirmed": False, "decision": "No."})
    assert again.status_code in {409, 422}
    await outbox.drain()
    (letter,) = await letters("fault_report_decided")
    assert "The cable is broken." in letter["text_body"]
    draft = await register(guest, {"reason": "defective", "serial": serial, "symptom": "no_audio"})
    assert draft["units"][0]["quote"] == {
        "applicable": False,
        "total": {"amount_minor": 0, "currency": "EUR", "formatted": draft["quotes_open"]["formatted"]},
        "tax": {"amount_minor": 0, "currency": "EUR", "formatted": draft["quotes_open"]["formatted"]},
        "accepted": None,
    }
    audited = [row["action"] for row in await db.fetch("select action from audit_entry")]
    assert "fault_report_confirmed" in audited


@pytest.mark.requirement("RMA-4")
async def test_a_fault_is_declined_with_a_reason_and_opens_nothing(shop, sold, desk):
    order, (serial,) = await sold()
    guest = guest_of(shop, order)
    body = {"serial": serial, "symptom": "no_audio", "description": "Silent."}
    report = (await guest.post("/fault-reports", body)).json()
    path = f"/agent/fault-reports/{report['number']}/decide"
    assert (await desk.post(path, {"confirmed": False, "decision": ""})).status_code == 422
    await desk.post(path, {"confirmed": False, "decision": "It was muted."})
    refused = await register(guest, {"reason": "defective", "serial": serial, "symptom": "no_audio"}, status=409)
    assert refused["code"] == "fault_not_confirmed"
    direct = await desk.post("/agent/fault-reports", {**body, "decision": "Broken after all.", "valid_days": 3})
    assert direct.status_code == 201, direct.text
    await register(guest, {"reason": "defective", "serial": serial, "symptom": "no_audio"})


@pytest.mark.requirement("RMA-8", "RMA-9", "RMA-10")
async def test_a_customer_accepts_one_quote_of_two_and_gets_one_invoice(shop, sold):
    customer = shop.as_(await signed_in())
    _, (first, second) = await sold((SKU, 2), buyer=customer)
    clock.set_offset(clock.offset() + timedelta(days=800))
    customer = shop.as_(await fresh_session())
    broken = [{"reason": "defective", "serial": serial, "symptom": "battery"} for serial in (first, second)]
    draft = await register(customer, *broken, return_address=PARIS, customer_reference="Job 12")
    assert draft["quotes_open"]["amount_minor"] == 2 * 3196
    assert [unit["selected"] for unit in draft["units"]] == [False, False]
    accepted = await customer.patch(f"/returns/{draft['id']}/units/1", {"accept_quote": True})
    assert accepted.json()["quotes_accepted"]["amount_minor"] == 3196
    await customer.patch(f"/returns/{draft['id']}/units/2", {"accept_quote": False})
    done = await confirmed(customer, draft)
    one, two = done["units"]
    assert one["repair_order"]
    assert (two["outcome"]["code"], two["repair_order"]) == ("not_sent", None)
    invoices = await db.fetch(
        "select i.* from invoice i join sales_order o on o.id = i.order_id where origin = 'repair'"
    )
    assert [row["amount_minor"] for row in invoices] == [3196]
    (summary,) = (await customer.get("/returns")).json()["items"]
    assert (summary["number"], summary["items"], summary["waiting"]) == (done["number"], 2, 1)


async def fresh_session() -> dict[str, str]:
    from store.customers import open_session  # noqa: PLC0415

    account_id = await db.fetchval("select id from account where email = $1", EMAIL)
    return {"Authorization": f"Bearer {(await open_session(account_id)).token}"}


@pytest.mark.requirement("ACC-3", "RMA-12")
async def test_the_return_address_comes_from_the_address_book(shop, sold):
    customer = shop.as_(await signed_in())
    kept = await customer.post("/me/addresses", {"label": "Home", "address": PARIS, "default_returns": True})
    office = {**PARIS, "line1": "1 place Vendôme"}
    other = await customer.post("/me/addresses", {"label": "Office", "address": office})
    assert kept.status_code == 201, kept.text
    _, (serial,) = await sold(buyer=customer)
    draft = await register(customer, mistaken(serial))
    assert draft["return_address"]["line1"] == PARIS["line1"]
    changed = await customer.patch(f"/returns/{draft['id']}", {"return_address_id": other.json()["id"]})
    assert changed.json()["return_address"]["line1"] == "1 place Vendôme"
    foreign = shop.as_(await signed_in(email="other@example.com"))
    theirs = (await foreign.post("/me/addresses", {"label": "Home", "address": PARIS})).json()["id"]
    refused = await customer.patch(f"/returns/{draft['id']}", {"return_address_id": theirs})
    assert refused.status_code == 404
    boxed = await customer.patch(f"/returns/{draft['id']}", {"return_address": {**PARIS, "line1": "BP 12"}})
    assert boxed.json()["code"] == "post_box_refused"


@pytest.mark.requirement("ACC-4")
async def test_a_foreign_return_does_not_exist(shop, sold):
    order, (serial,) = await sold()
    draft = await register(guest_of(shop, order), mistaken(serial), return_address=PARIS)
    stranger = shop.as_(await signed_in(email="stranger@example.com"))
    for caller in (stranger, shop, shop.with_(**{"X-Return-Token": "rma_nothing"})):
        paths = [f"/returns/{draft['id']}", f"/returns/{draft['id']}/label.pdf"]
        assert [(await caller.get(path)).status_code for path in paths] == [404, 404]
        body = {"terms_version": "2026-01", "terms_accepted": True}
        assert (await caller.post(f"/returns/{draft['id']}/confirm", body)).status_code == 404
        assert (await caller.post(f"/returns/{draft['id']}/cancel")).status_code == 404
    refused = await register(stranger, mistaken(serial), status=409)
    assert refused["code"] == "unit_not_yours"
    assert EMAIL not in str(refused)
    asked = (await stranger.get(f"/returns/eligibility?reason=wrong_order&serial={serial}")).json()
    assert asked["verdict"]["code"] == "unit_not_yours"
    assert asked["paid"] is None
    assert asked["restocking_fee"] is None


@pytest.mark.requirement("RMA-6")
async def test_bad_input_is_refused_field_by_field_and_leaves_nothing(shop, sold):
    order, (serial,) = await sold()
    guest = guest_of(shop, order)
    for body, status, code in [
        ({"units": []}, 422, "invalid_request"),
        ({"units": [mistaken(serial)] * 51}, 422, "invalid_request"),
        ({"units": [{**mistaken(serial), "quantity": 2}]}, 422, "invalid_request"),
        ({"units": [{**mistaken(serial), "reason": "because"}]}, 422, "invalid_request"),
        ({"units": [{**mistaken(serial), "wish": "repair"}]}, 422, "wish_not_offered"),
        ({"units": [mistaken("HD 1005")]}, 422, "invalid_serial"),
        ({"units": [mistaken("XX99")]}, 422, "serial_not_known"),
        ({"units": [mistaken(serial), mistaken(serial)]}, 409, "unit_twice"),
        ({"units": [mistaken(serial)], "email": "nobody"}, 422, "invalid_request"),
        ({"units": [mistaken(serial)], "return_address": {"country": "FR"}}, 422, "invalid_address"),
        ({"units": [{**mistaken(serial), "accessories": ["gold"]}]}, 422, "unknown_accessory"),
        (
            {"units": [{"reason": "wrong_order", "order_number": order["number"], "sku": "NO"}]},
            422,
            "unknown_return_item",
        ),
        (
            {"units": [{"reason": "wrong_order", "order_number": "FR-0000-0000", "sku": SKU}]},
            422,
            "unknown_return_item",
        ),
    ]:
        answer = await guest.post("/returns", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await db.fetchval("select count(*) from rma") == 0


@pytest.mark.requirement("WAR-1", "ACC-4")
async def test_numbers_cannot_be_found_out_by_trying_to_return_them(shop, sold):
    order, (serial,) = await sold()
    for guess in range(20):
        await shop.get(f"/returns/eligibility?reason=wrong_order&serial=XX{guess:03}")
    await register(shop, *[mistaken(f"YY{guess:03}") for guess in range(39)], status=409)
    assert (await register(shop, mistaken(serial), status=409))["code"] == "unit_not_yours"
    for answer in (
        await shop.post("/returns", {"units": [mistaken(serial)]}),
        await shop.get(f"/returns/eligibility?reason=wrong_order&serial={serial}"),
        await shop.post("/fault-reports", {"serial": serial, "symptom": "other", "description": "?"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")
    await register(guest_of(shop, order), mistaken(serial))  # who has the right to it is no guesser


@pytest.mark.requirement("RMA-6")
async def test_several_refusals_are_listed_with_their_positions(shop, sold):
    order, (serial,) = await sold()
    guest = guest_of(shop, order).with_(**{"X-Locale": "fr", "X-Order-Token": order["order_token"]})
    units = [mistaken(serial), mistaken("XX99"), {"reason": "wrong_order", "serial": "S1"}]
    answer = await register(guest, *units, status=409)
    assert answer["code"] == "units_not_returnable"
    assert [(unit["position"], unit["code"]) for unit in answer["units"]] == [
        (1, "serial_not_known"),
        (2, "invalid_serial"),
    ]


@pytest.mark.requirement("RMA-15")
async def test_accessories_are_ticked_and_stand_on_the_packing_list(shop, sold):
    order, (serial,) = await sold((SKU, 1))
    guest = guest_of(shop, order)
    everything = await register(guest, mistaken(serial))
    listed = everything["units"][0]["accessories"]
    assert listed
    assert all(each["sent"] for each in listed)
    only = next(each["code"] for each in listed if each["needed"])
    changed = await guest_with(shop, everything).patch(f"/returns/{everything['id']}/units/1", {"accessories": [only]})
    assert [each["code"] for each in changed.json()["units"][0]["accessories"] if each["sent"]] == [only]


@pytest.mark.requirement("RMA-15", "RMA-16")
async def test_the_parcel_is_tracked_a_paper_label_is_posted_and_each_step_is_told(shop, sold, desk):
    order, (serial,) = await sold()
    draft = await register(guest_of(shop, order), mistaken(serial), return_address=PARIS)
    holder = guest_with(shop, draft)
    done = await confirmed(holder, draft)
    told = await holder.post(f"/returns/{draft['id']}/tracking", {"carrier": "La Poste", "tracking_number": "8R00123"})
    assert told.json()["tracking"]["tracking_number"] == "8R00123"
    wrong = await holder.post(f"/returns/{draft['id']}/tracking", {"carrier": " ", "tracking_number": "?"})
    assert wrong.status_code == 422
    await holder.post(f"/returns/{draft['id']}/paper-label")
    (waiting,) = (await desk.get("/agent/returns/paper-labels")).json()["items"]
    assert waiting["number"] == done["number"]
    assert any("Rivoli" in line for line in waiting["address_lines"])
    assert (await desk.post(f"/agent/returns/{done['number']}/paper-label/sent")).status_code == 200
    assert (await desk.get("/agent/returns/paper-labels")).json()["items"] == []
    canceled = await holder.post(f"/returns/{draft['id']}/cancel", {"reason": "found another use"})
    assert canceled.json()["status"] == "canceled"
    await outbox.drain()
    assert len(await letters("rma_tracking")) == 1
    assert len(await letters("rma_canceled")) == 1
    assert (await holder.get(f"/returns/{draft['id']}/label.pdf")).status_code == 409
    kinds = [entry["kind"] for entry in canceled.json()["timeline"]]
    assert kinds == [
        "started",
        "unit_added",
        "confirmed",
        "tracking_reported",
        "paper_label_asked",
        "paper_label_sent",
        "canceled",
    ]


@pytest.mark.requirement("RMA-1", "RMA-2")
async def test_agents_ask_for_any_day_and_admins_change_the_conditions(shop, sold, desk, keys):
    order, (serial,) = await sold()
    path = f"/agent/returns/eligibility?reason=wrong_order&serial={serial}"
    assert (await desk.get(path)).json()["verdict"]["eligible"]
    late = (clock.now() + timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    then = (await desk.get(f"{path}&as_of={late}")).json()
    assert then["verdict"]["code"] == "return_deadline_over"
    assert then["verdict"]["rule"] == "RMA-2"

    draft = await register(guest_of(shop, order), mistaken(serial))
    admin = shop.as_(keys.admin)
    body = {"market": "FR", "category": "headsets", "terms": {"restocking_fee_ppm": 250_000, "wrong_order_days": 60}}
    assert (await desk.post("/agent/return-policies", body)).status_code == 403
    made = await admin.post("/agent/return-policies", body)
    assert made.status_code == 201, made.text
    effective = (await desk.get("/agent/return-policies/effective?market=FR&category=headsets")).json()
    assert (effective["terms"]["restocking_fee_ppm"], effective["version"]) == (250_000, made.json()["version"])
    assert (await desk.get(f"{path}&as_of={late}")).json()["verdict"]["eligible"]
    # What was registered before keeps its conditions.
    kept = await guest_with(shop, draft).get(f"/returns/{draft['id']}")
    assert kept.json()["units"][0]["restocking_fee"]["amount_minor"] == 1199
    later = await register(guest_of(shop, order), mistaken(serial))
    assert later["units"][0]["restocking_fee"]["amount_minor"] == 1998
    assert [row["version"] for row in (await desk.get("/agent/return-policies")).json()["items"]]
    for terms in ({"nonsense": 1}, {"restocking_fee_ppm": -1}, {"wishes": {"defective": []}}, {"quote_days": "x"}):
        refused = await admin.post("/agent/return-policies", {"market": "FR", "terms": terms})
        assert (refused.status_code, refused.json()["code"]) == (422, "return_policy_invalid")
    no_currency = await admin.post("/agent/return-policies", {"terms": {"repair_flat_minor": 100}})
    assert no_currency.json()["errors"][0]["field"] == "terms.repair_flat_minor"
    assert (await admin.post("/agent/return-policies", {"category": "nothing", "terms": {}})).status_code == 422


@pytest.mark.requirement("RMA-1")
async def test_an_orders_lines_say_what_can_be_returned(shop, sold):
    order, _ = await sold((SKU, 1), (CABLE, 2))
    guest = guest_of(shop, order)
    lines = (await guest.get(f"/orders/{order['number']}/eligibility/return")).json()
    assert {(line["sku"], line["reason"]["code"]) for line in lines} == {
        (sku, reason) for sku in (SKU, CABLE) for reason in ("wrong_order", "wrong_delivery")
    }
    assert all(line["verdict"]["eligible"] for line in lines)
    assert (await shop.get(f"/orders/{order['number']}/eligibility/return")).status_code == 404


@pytest.mark.requirement("L10N-2", "RMA-1")
@pytest.mark.parametrize("locale", LOCALES)
async def test_what_can_be_chosen_is_said_in_the_readers_language(shop, locale):
    options = (await shop.get(f"/returns/options?locale={locale}")).json()
    assert [reason["code"] for reason in options["reasons"]] == ["wrong_order", "wrong_delivery", "defective"]
    assert len(options["symptoms"]) == 10
    assert len(options["terms"]["sentences"]) == 6


@pytest.mark.requirement("RMA-13", "DOC-1", "L10N-3")
@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ("confirmed", "What you send us", "Open the label")),
        ("fr", ("confirmation", "Bonjour", "étiquette")),
        ("zh-Hans", ("已确认", "您", "标签")),
    ],
)
async def test_the_letters_are_in_the_language_the_return_was_registered_in(shop, sold, locale, words):
    order, (serial,) = await sold()
    guest = guest_of(shop, order).with_(**{"X-Locale": locale, "X-Order-Token": order["order_token"]})
    draft = await register(guest, mistaken(serial), return_address=PARIS)
    await confirmed(guest_with(shop, draft), draft)
    (first,), (second,) = await letters("rma_confirmed"), await letters("rma_label")
    told = "".join(letter[part] for letter in (first, second) for part in ("subject", "text_body", "html_body"))
    for word in words:
        assert word in told, told
    assert "{" not in first["text_body"] + second["text_body"]
    assert ("Hello" in told) == (locale == "en")


@pytest.mark.requirement("RMA-6", "L10N-2")
@pytest.mark.parametrize("locale", LOCALES)
async def test_why_a_number_can_t_be_one_is_said_in_words(shop, locale):
    asked = await shop.get("/returns/eligibility?reason=defective&serial=HD%201001", **{"Accept-Language": locale})
    register = await shop.with_(**{"Accept-Language": locale}).post(
        "/returns", {"units": [{"reason": "defective", "serial": "HD 1001", "symptom": "no_audio"}]}
    )
    assert asked.json()["verdict"]["message"] == register.json()["detail"]
    assert "has_space" not in asked.json()["verdict"]["message"]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00%2B14:00"])
async def test_a_day_beyond_every_calendar_is_refused(shop, sold, desk, moment):
    _, (serial,) = await sold()
    answer = await desk.get(f"/agent/returns/eligibility?reason=defective&serial={serial}&as_of={moment}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.text


@pytest.mark.requirement("ACC-4", "RMA-15")
async def test_nobody_has_us_write_to_others_without_end(shop, sold):
    order, (serial,) = await sold()
    drafts = await asyncio.gather(
        *(
            guest_of(shop, order).post("/returns", {"units": [mistaken(serial)], "return_address": PARIS})
            for _ in range(70)
        )
    )
    assert sorted({answer.status_code for answer in drafts}) == [201, 429]
    assert sum(answer.status_code == 201 for answer in drafts) == 60
    draft = next(answer.json() for answer in drafts if answer.status_code == 201)
    holder = guest_with(shop, draft)
    await confirmed(holder, draft)
    told = [
        await holder.post(
            f"/returns/{draft['id']}/tracking", {"carrier": "La Poste", "tracking_number": f"6A{number:03}"}
        )
        for number in range(12)
    ]
    assert [answer.status_code for answer in told] == [200] * 10 + [429] * 2


@pytest.mark.requirement("ACC-4", "RMA-6")
async def test_when_somebody_elses_parcel_left_is_not_told(shop, sold, desk):
    order, (serial,) = await sold()
    question = f"/returns/eligibility?reason=wrong_order&serial={serial}"
    own, foreign = (await guest_of(shop, order).get(question)).json(), (await shop.get(question)).json()
    assert foreign["verdict"]["code"] == "unit_not_yours"
    assert own["deadline"] != foreign["deadline"] == own["warranty"]["until"]
    earlier = await desk.get(f"/agent{question}&as_of=2020-02-29T12:00:00Z")
    assert earlier.json()["verdict"]["code"] == "return_before_dispatch"
