"""Service certificates over HTTP: one's own, by number, lost ones, and the service desk."""

from __future__ import annotations

import json

import pytest
from warranty.certified import device, use

from api.shop import EMAIL, signed_in
from store.customers import create_partner
from store.kernel import db, outbox
from store.kernel.ids import new_id
from store.warranty.certificate_number import new_certificate_number
from store.warranty.certificates import find_certificate
from store.web.storefront import try_limits

SERVICE, FIVE = "SVC-SETUP-1U", "SVC-CARE-24M-5U"


async def bought(shop, sku=FIVE, quantity=1, **fields) -> dict:
    """The order with the numbers of its certificates."""
    order = await shop.order((sku, quantity), **fields)
    await outbox.drain()
    rows = await db.fetch("select number from certificate where order_number = $1", order["number"])
    assert rows
    return {**order, "certificates": [row["number"] for row in rows]}


@pytest.fixture
def desk(shop, keys):
    return shop.as_(keys.agent)


@pytest.mark.requirement("CER-1", "CER-2")
async def test_buyers_see_their_certificates_with_what_is_used_and_left(shop):
    camille = shop.as_(await signed_in())
    orders = [await bought(camille) for _ in range(3)]
    newest = orders[-1]["certificates"][0]
    unit, registration_id = await device()
    await use(await find_certificate(newest), unit, registration_id)
    page = (await camille.get("/certificates?limit=2")).json()
    shown = page["items"][0]
    assert (shown["number"], shown["units"], shown["used"], shown["left"]) == (newest, 5, 1, 4)
    assert [each["serial"] for each in shown["devices"]] == [unit.serial]
    assert shown["order_number"] == orders[-1]["number"]
    rest = (await camille.get(f"/certificates?limit=2&cursor={page['next_cursor']}")).json()
    numbers = [each["number"] for each in page["items"] + rest["items"]]
    assert numbers == [order["certificates"][0] for order in reversed(orders)]
    assert rest["next_cursor"] is None


@pytest.mark.requirement("CER-1", "ACC-4")
async def test_nobody_sees_the_list_of_others(shop, keys):
    camille, robin = shop.as_(await signed_in()), shop.as_(await signed_in(email="robin@example.com"))
    await bought(camille)
    assert (await robin.get("/certificates")).json() == {"items": [], "next_cursor": None}
    assert (await shop.get("/certificates")).status_code == 403
    assert (await shop.as_(keys.agent).get("/certificates")).status_code == 403


@pytest.mark.requirement("CER-1", "ACC-4")
async def test_a_partner_sees_what_its_company_bought(shop):
    made = await create_partner(name="Reseller", currency="EUR", credit_limit_minor=1_000_000, approved=True)
    buyer = shop.as_(await signed_in("partner", email="one@reseller.example.com", partner_id=made.id))
    other = shop.as_(await signed_in("partner", email="two@reseller.example.com", partner_id=made.id))
    await bought(buyer)
    assert len((await other.get("/certificates")).json()["items"]) == 1


@pytest.mark.requirement("CER-1", "WAR-1")
async def test_the_number_alone_shows_the_service_and_nothing_of_its_buyer(shop):
    order = await bought(shop, SERVICE)
    (number,) = order["certificates"]
    typed = number.lower().replace("-", " ")
    answer = await shop.client.get(f"/api/v1/certificates/{typed}", headers={**shop.headers, "Accept-Language": "fr"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown == {
        "number": number,
        "reference": "SETUP-REMOTE",
        "name": "Mise en service à distance First Steps – 1 appareil",
        "extends_warranty_months": 0,
        "months": None,
        "units": 1,
        "left": 1,
    }
    row = await db.fetchrow("select * from sales_order where number = $1", order["number"])
    told = json.dumps([row["shipping_address"], row["billing_address"]], ensure_ascii=False)
    for secret in (row["email"], row["number"], row["phone"], row["shipping_address"]["name"], str(row["id"])):
        assert secret not in answer.text, told


@pytest.mark.requirement("CER-3", "WAR-11")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_unknown_and_mistyped_numbers_are_refused_in_the_readers_language(shop, locale):
    for number in (new_certificate_number(), "CERT-1", "%00", "x" * 300, "'; drop table certificate; --"):
        answer = await shop.get(f"/certificates/{number}", **{"Accept-Language": locale})
        assert answer.status_code in {404, 422}, answer.text
        if answer.json()["code"] == "unknown_certificate":
            assert answer.json()["mistyped"] is not (len(number) == 24)
            assert "{" not in answer.json()["detail"]


@pytest.mark.requirement("CER-3")
async def test_guessing_numbers_ends_soon_and_looking_up_ones_own_never_does(shop, monkeypatch):
    (number,) = (await bought(shop))["certificates"]
    monkeypatch.setattr("store.web.storefront.certificates.CERTIFICATE_BY_CLIENT", try_limits.Limit("c", 3, 600))
    for _ in range(6):
        assert (await shop.get(f"/certificates/{number}")).status_code == 200
    guesses = [(await shop.get(f"/certificates/{new_certificate_number()}")).status_code for _ in range(5)]
    assert guesses == [422, 422, 422, 429, 429]


@pytest.mark.requirement("CER-4")
async def test_asking_again_tells_nothing_and_sends_to_the_buyer_alone(shop):
    order = await bought(shop)
    bodies = (
        {"email": EMAIL},
        {"order_number": order["number"]},
        {"email": EMAIL, "order_number": order["number"].lower().replace("-", " - ")},
        {"email": "nobody@example.com"},
        {"order_number": "FR-0000-0000"},
        {"email": "nobody@example.com", "order_number": order["number"]},
    )
    answers = [await shop.post("/certificates/resend", body) for body in bodies]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    await outbox.drain()
    sent = await db.fetch("select recipient from email where kind = 'certificate_resent'")
    assert [row["recipient"] for row in sent] == [EMAIL] * 3


@pytest.mark.requirement("CER-4")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "no address"},
        {"email": None},
        {"number": "CERT"},
        {"email": EMAIL, "to": "x@example.com"},
        {"order_number": "x" * 50},
        [],
    ],
)
async def test_a_request_that_names_nothing_is_refused(shop, body):
    answer = await shop.post("/certificates/resend", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.requirement("CER-4")
async def test_a_mailbox_is_not_flooded(shop):
    answers = [(await shop.post("/certificates/resend", {"email": EMAIL.upper()})).status_code for _ in range(6)]
    assert answers == [202] * 5 + [429]
    assert (await shop.post("/certificates/resend", {"email": "other@example.com"})).status_code == 202


@pytest.mark.requirement("CER-2", "CER-4", "DSK-1")
async def test_the_desk_finds_sends_and_withdraws_certificates(shop, desk):
    order = await bought(shop)
    (number,) = order["certificates"]
    for query in (
        f"number={number.lower()}",
        f"email={EMAIL.upper()}",
        f"order_number={order['number'].lower()}",
        f"email={EMAIL}&order_number={order['number']}",
    ):
        (found,) = (await desk.get(f"/agent/certificates?{query}")).json()
        assert (found["number"], found["email"]) == (number, EMAIL)
    for query in ("", "?email=nobody@example.com", f"?number={new_certificate_number()}"):
        assert (await desk.get(f"/agent/certificates{query}")).json() == []
    assert (await desk.post(f"/agent/certificates/{number}/resend")).status_code == 202
    await outbox.drain()
    assert await db.fetchval("select recipient from email where kind = 'certificate_resent'") == EMAIL

    answer = await desk.post(f"/agent/certificates/{number}/revoke", {"reason": "stolen", "units": 2})
    assert (answer.status_code, answer.json()["left"], answer.json()["revoked_units"]) == (200, 3, 2)
    refused = await desk.post(f"/agent/certificates/{number}/revoke", {"reason": "stolen", "units": 4})
    assert (refused.status_code, refused.json()["code"]) == (409, "certificate_used_up")
    assert (await desk.post(f"/agent/certificates/{number}/revoke", {})).status_code == 422
    await desk.post(f"/agent/certificates/{number}/revoke", {"reason": "all of it"})
    assert (await desk.get(f"/agent/certificates/{number}")).json()["left"] == 0
    actors = await db.fetch("select actor from audit_entry where action = 'revoke_certificate'")
    assert [row["actor"].partition(":")[0] for row in actors] == ["agent", "agent"]


@pytest.mark.requirement("ACC-4")
async def test_the_desks_endpoints_are_the_desks(shop, desk):
    (number,) = (await bought(shop))["certificates"]
    camille = shop.as_(await signed_in())
    for caller in (shop, camille):
        for path in ("", f"/{number}"):
            assert (await caller.get(f"/agent/certificates{path}")).status_code == 403
        for act in ("resend", "revoke"):
            assert (await caller.post(f"/agent/certificates/{number}/{act}", {"reason": "mine"})).status_code == 403


@pytest.mark.requirement("CER-1", "SHP-7")
async def test_an_order_of_services_is_delivered_by_email(shop):
    order = await bought(shop, SERVICE)
    (shipment,) = (await shop.see(order))["shipments"]
    assert (shipment["status"], shipment["tracking"]) == ("delivered", None)


@pytest.mark.requirement("CER-2", "REF-6")
async def test_a_used_service_is_not_refunded_over_http(shop, desk):
    order = await bought(shop, SERVICE)
    await use(await find_certificate(order["certificates"][0]), *await device())
    body = {"lines": [{"sku": SERVICE, "quantity": 1}], "reason": "withdrawal"}
    refused = await desk.post(f"/agent/orders/{order['number']}/refunds/preview", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "service_used")
    assert await db.fetchval("select count(*) from refund") == 0


@pytest.mark.requirement("CER-2", "RMA-1")
@pytest.mark.parametrize("reason", ["wrong_order", "wrong_delivery"])
async def test_a_service_is_refunded_not_sent_back(shop, reason):
    camille = shop.as_(await signed_in())
    order = await bought(camille, SERVICE)
    item = {"order_number": order["number"], "sku": SERVICE, "reason": reason, "unused": True}
    refused = await camille.post("/returns", {"units": [item]})
    assert (refused.status_code, refused.json()["code"]) == (409, "service_not_returned")
    asked = await camille.get(f"/returns/eligibility?order={order['number']}&sku={SERVICE}&reason={reason}")
    assert (asked.json()["verdict"]["eligible"], asked.json()["verdict"]["rule"]) == (False, "REF-2")


@pytest.mark.requirement("CER-2")
async def test_lists_and_look_ups_are_read_off_indexes(shop):
    order = await bought(shop)
    row = await db.fetchrow("select * from certificate where order_number = $1", order["number"])
    await db.execute(
        "insert into certificate (id, number, reference, names, terms, units, order_id, shipment_line_id, order_number,"
        " account_id, email, locale, market, issued_at) select gen_random_uuid(), 'N' || n, reference, names, terms, 1,"
        " gen_random_uuid(), gen_random_uuid(), 'X', gen_random_uuid(), n || '@example.com', locale, market, issued_at"
        " from certificate, generate_series(1, 5000) n where id = $1",
        row["id"],
    )
    await db.execute("analyze certificate")
    statements = [
        (f"select * from certificate where account_id = '{new_id()}' order by issued_at desc, id desc limit 26", ()),
        ("select * from certificate where lower(email) = lower($1)", (EMAIL,)),
        ("select * from certificate where number = any($1)", ([row["number"]],)),
        ("select * from certificate where order_id = (select id from sales_order where number = $1)", ("X",)),
        ("select * from certificate c where c.shipment_line_id = $1", (row["id"],)),
    ]
    for sql, args in statements:
        plan = "\n".join(line[0] for line in await db.fetch(f"explain {sql}", *args))
        assert "Seq Scan on certificate" not in plan, plan
