"""Warranties over HTTP: the public look-up, eligibility, registration, and the service desk."""

from __future__ import annotations

import json
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from warranty.made import known_unit, registered, with_service

from api.shop import EMAIL, PARIS, row_counts, signed_in
from store.customers import create_partner
from store.kernel import clock, db, outbox
from store.kernel.ids import new_id
from store.warranty import find_units, get_unit
from store.warranty.units import _UNIT
from store.web.storefront import registrations
from store.web.storefront.try_limits import Limit

SKU = "AUR-ONE-BLK"
HOLDER = {
    "first_name": "Camille",
    "last_name": "Moreau",
    "email": "owner@example.com",
    "address": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "+33 1 42 60 00 00",
    "contact_preference": "email",
}
LOCALES = ["en", "fr", "zh-Hans"]
PDF = b"%PDF-1.7\nthe invoice"


def today() -> date:
    return clock.today("Europe/Paris")


def body(*serials: str, **changes) -> dict:
    return {"market": "FR", "holder": HOLDER, "units": [{"serial": serial} for serial in serials], **changes}


@pytest.fixture
def public(shop):
    """Somebody without any key."""
    return shop.as_({})


@pytest.fixture
def desk(shop, keys):
    return shop.as_(keys.agent)


@pytest.fixture
def sold(shop, keys):
    """Sell and send units with these serial numbers; gives the order."""

    async def sell(*serials: str, buyer=None, **fields) -> dict:
        order = await (buyer or shop).order((SKU, len(serials)), **fields)
        await shop.as_(keys.warehouse).ship(f"{order['number']}-1", serials={SKU: list(serials)})
        await outbox.drain()
        return order

    return sell


async def upload(shop, content: bytes = PDF) -> str:
    answer = await shop.raw("POST", "/attachments", content, **{"Content-Type": "application/pdf"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.mark.requirement("WAR-1", "WAR-5")
async def test_anybody_sees_product_and_warranty_of_a_unit_that_was_just_sent(public, sold):
    await sold("AB1001")
    answer = await public.get("/warranty/ab1001")
    assert answer.status_code == 200
    (item,) = answer.json()["items"]
    assert answer.json()["serial"] == "AB1001"
    assert item["device"] == {
        "name": item["device"]["name"],
        "sku": SKU,
        "product": "aurelvo-one",
        "manufacturer": "aurelvo",
        "manufacturer_name": item["device"]["manufacturer_name"],
    }
    warranty = item["warranty"]
    assert (warranty["in_warranty"], warranty["rule"], warranty["code"]) == (True, "WAR-4", "unregistered_running")
    assert warranty["starts_on"] == today().isoformat()
    assert (item["registered"], item["services"]) == (False, [])


@pytest.mark.requirement("WAR-1", "L10N-2")
@pytest.mark.parametrize("locale", LOCALES)
async def test_the_answer_speaks_the_readers_language(public, sold, locale):
    await sold("AB1001")
    (item,) = (await public.get(f"/warranty/AB1001?locale={locale}")).json()["items"]
    assert "{" not in item["warranty"]["message"]
    assert item["status_label"] not in {"", "active"}


@pytest.mark.requirement("WAR-1", "ACC-4")
async def test_the_public_look_up_tells_nothing_of_buyers_and_owners(public, shop, sold):
    order = await sold("AB1001", email="buyer.person@example.com")
    proof = await upload(shop)
    holder = {**HOLDER, "email": "owner.person@example.com", "company": "Moreau SARL", "address": "99 avenue Foch"}
    registration = await shop.post("/registrations", body("AB1001", holder=holder, attachment_ids=[proof]))
    assert registration.status_code == 201, registration.text
    unit = (await find_units("AB1001"))[0]
    await with_service(unit.id, today(), today() + timedelta(days=400))
    certificate = await db.fetchrow("select * from certificate")
    secrets = [
        *(value for name, value in holder.items() if name not in {"contact_preference", "country"}),
        *PARIS.values(),
        "+33142600000",
        "buyer.person@example.com",
        order["number"],
        order["order_token"],
        proof,
        str(unit.id),
        str(unit.order_id),
        str(unit.shipment_line_id),
        str(certificate["id"]),
        certificate["number"],
        certificate["email"],
        certificate["order_number"],
        registration.json()["units"][0]["registration_id"],
    ]
    for path in ("/warranty/AB1001", "/warranty?serial=AB1001"):
        answer = await public.get(path)
        assert answer.status_code == 200
        assert [each for each in secrets if each in answer.text and each != "FR"] == []
        assert answer.json()["items"][0]["services"][0]["reference"] == "CARE-12M"
        assert answer.json()["items"][0]["registered"] is True


@pytest.mark.requirement("WAR-2")
async def test_an_unknown_serial_gets_look_alikes_of_what_was_typed_and_never_of_what_we_have(public):
    nobody = (await public.get("/warranty/HDO1001")).json()["suggestions"]
    await known_unit("HD01001", SKU)
    await known_unit("HD7777", SKU)
    answer = await public.get("/warranty/HDO1001")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_serial")
    assert "HD01001" in answer.json()["suggestions"]
    assert "HD01001" in answer.json()["detail"]
    assert answer.json()["suggestions"] == nobody, "made from the text alone"
    plain = await public.get("/warranty/HD7774")
    assert (plain.status_code, plain.json()["suggestions"]) == (404, [])


@pytest.mark.requirement("WAR-2")
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("typed", "reason", "suggestion"),
    [("HDS001", "has_letter_s", "HD5001"), ("HD 1001", "has_space", "HD1001"), ("A", "too_short", None)],
)
async def test_what_can_be_no_serial_is_refused_with_what_is_meant(public, typed, reason, suggestion, locale):
    answer = await public.get(f"/warranty/{quote(typed)}?locale={locale}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_serial")
    assert (problem["reason"], problem["suggestion"]) == (reason, suggestion)
    assert typed in problem["detail"]


@pytest.mark.requirement("WAR-2")
async def test_full_width_digits_and_slashes_are_understood(public):
    await known_unit("HD10/01", SKU)
    assert (await public.get(f"/warranty?serial={quote('ＨＤ１０／０１')}")).status_code == 200
    assert (await public.get("/warranty")).status_code == 422


@pytest.mark.requirement("WAR-1")
async def test_a_serial_of_two_products_shows_both(public):
    await known_unit("AB1001", SKU)
    await known_unit("AB1001", "HAL-D400-BLK")
    items = (await public.get("/warranty/AB1001")).json()["items"]
    assert {item["device"]["sku"] for item in items} == {SKU, "HAL-D400-BLK"}


@pytest.mark.requirement("WAR-1")
async def test_who_tries_serial_numbers_out_is_stopped_whatever_they_find(public):
    await known_unit("AB1001", SKU)
    seen = [(await public.get(f"/warranty/{serial}")).status_code for serial in ("AB1001", "HDS001", "ZZ9") * 30]
    assert seen[:3] == [200, 422, 404]
    assert seen[59] != 429
    assert set(seen[60:]) == {429}
    limited = await public.get("/warranty/AB1001")
    assert limited.json()["retry_after_seconds"] > 0


@pytest.mark.requirement("WAR-1")
async def test_a_look_up_among_many_units_reads_indexes_only(public):
    product = await known_unit("AB0", SKU)
    await db.execute(
        "insert into unit (id, serial, product_id, variant_id, manufacturer_id, origin, status, status_at, market,"
        " warranty_starts_on, warranty_months, created_at) select gen_random_uuid(), 'AB' || n, product_id, variant_id,"
        " manufacturer_id, origin, status, status_at, market, warranty_starts_on, warranty_months, created_at"
        " from unit, generate_series(1, 30000) n where id = $1",
        product.id,
    )
    await db.execute(
        "insert into registration (id, unit_id, batch_id, holder, holder_email, purchased_on, locale, market,"
        " registered_by, registered_at) select gen_random_uuid(), id, gen_random_uuid(), '{}', serial, now(), 'fr', 'FR',"
        " 'test', now() from unit"
    )
    await db.execute("analyze unit, registration, unit_service")
    rows = await db.fetch(f"explain (format json) {_UNIT} where u.serial = $1 order by u.created_at, u.id", "AB777")
    plan = json.dumps(json.loads(rows[0][0]) if isinstance(rows[0][0], str) else rows[0][0])
    assert "unit_serial" in plan
    for table in ("unit", "registration"):
        assert f'"Seq Scan", "Parallel Aware": false, "Async Capable": false, "Relation Name": "{table}"' not in plan


@pytest.mark.requirement("WAR-1", "WAR-4")
async def test_eligibility_says_yes_or_no_with_rule_facts_and_deadline(shop, desk):
    unit = await known_unit("AB1001", SKU, warranty_starts_on=today() - timedelta(days=400))
    await registered(unit.id)
    seen = (await shop.get("/warranty/AB1001/eligibility")).json()
    (verdict,) = seen["items"]
    assert (seen["eligible"], verdict["rule"], verdict["code"]) == (False, "WAR-4", "standard_over")
    assert verdict["deadline"] == verdict["facts"]["until"]
    assert verdict["message"]
    earlier = (today() - timedelta(days=300)).isoformat()
    then = (await desk.get(f"/warranty/AB1001/eligibility?as_of={earlier}")).json()
    assert (then["eligible"], then["as_of"], then["items"][0]["code"]) == (True, earlier, "standard_running")
    refused = await shop.get(f"/warranty/AB1001/eligibility?as_of={earlier}")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await shop.get("/warranty/AB1001/eligibility?as_of=yesterday")).status_code == 422


@pytest.mark.requirement("WAR-1", "ACC-1")
async def test_an_account_finds_out_no_more_serial_numbers_than_a_guest(shop, monkeypatch):
    monkeypatch.setattr(registrations, "DEVICES_BY_ACCOUNT", Limit("register_devices_account", 3, 3600))
    monkeypatch.setattr(registrations, "DEVICES_BY_PARTNER", Limit("register_devices_partner", 5, 3600))
    customer = shop.as_(await signed_in())
    codes = [(await customer.post("/registrations", body(f"AB{number}001"))).status_code for number in range(5)]
    assert codes == [422, 422, 422, 429, 429]
    partner = await create_partner(name="Reseller", currency="EUR", approved=True)
    people = [
        shop.as_(await signed_in("partner", email=f"{name}@reseller.example.com", partner_id=partner.id))
        for name in ("ada", "bo")
    ]
    codes = [(await person.post("/registrations", body("AB9001"))).status_code for person in people for _ in range(3)]
    assert codes == [422] * 5 + [429], "its people are counted together"


@pytest.mark.requirement("WAR-3", "ACC-4")
async def test_what_staff_register_is_audited_once(shop, desk):
    await known_unit("AB1001")
    proof = await upload(shop)
    wanted = body(units=[{"serial": "AB1001", "purchased_on": today().isoformat(), "attachment_ids": [proof]}])
    for status in (201, 201):
        assert (await desk.post("/registrations", wanted)).status_code == status
    (entry,) = await db.fetch("select actor, facts from audit_entry where action = 'register_units'")
    assert (entry["actor"].partition(":")[0], entry["facts"]) == ("agent", {"serials": ["AB1001"]})
    await known_unit("AB1002")
    await shop.post("/registrations", body(units=[{**wanted["units"][0], "serial": "AB1002"}]))
    assert await db.fetchval("select count(*) from audit_entry where action = 'register_units'") == 1


@pytest.mark.requirement("WAR-11")
@pytest.mark.parametrize("day", ["0001-01-01", "0206-07-05", "1970-01-01"])
async def test_a_day_of_purchase_before_all_devices_is_a_slip(shop, day):
    proof = await upload(shop)
    unit = {"serial": "AB1001", "product": "aurelvo-one", "purchased_on": day, "attachment_ids": [proof]}
    answer = await shop.post("/registrations", body(units=[unit]))
    assert [error["code"] for error in answer.json()["errors"]] == ["purchased_too_long_ago"]
    assert await find_units("AB1001") == []
    await known_unit("AB1001")
    answer = await shop.post("/registrations", body(units=[unit]))
    assert "purchased_too_long_ago" in [error["code"] for error in answer.json()["errors"]]


@pytest.mark.requirement("WAR-3", "WAR-10")
async def test_a_guest_registers_devices_and_the_owner_is_told(shop, public, sold):
    await sold("AB1001", "AB1002")
    answer = await shop.post("/registrations", body("AB1001", "ab1002"))
    assert answer.status_code == 201, answer.text
    done = answer.json()
    assert done["confirmation_sent_to"] == HOLDER["email"]
    assert [(unit["position"], unit["serial"], unit["new"]) for unit in done["units"]] == [
        (0, "AB1001", True),
        (1, "AB1002", True),
    ]
    assert [note["code"] for note in done["units"][0]["notes"]] == ["services_until"]
    assert (await public.get("/warranty/AB1001")).json()["items"][0]["registered"] is True
    await outbox.drain()
    (mail,) = await db.fetch("select * from email where kind = 'unit_registered'")
    assert mail["recipient"] == HOLDER["email"]
    for text in (mail["text_body"], mail["html_body"]):
        assert "AB1001" in text
        assert "AB1002" in text
        assert "{" not in text.rpartition("</style>")[2]
        assert "Moreau" not in text, "a guest's words don't reach an address that nobody has proven"
    again = await shop.post("/registrations", body("AB1001", "ab1002"))
    assert [unit["new"] for unit in again.json()["units"]] == [False, False]
    await outbox.drain()
    assert await db.fetchval("select count(*) from email where kind = 'unit_registered'") == 1


@pytest.mark.requirement("WAR-10", "L10N-2")
@pytest.mark.parametrize("locale", LOCALES)
async def test_the_confirmation_is_in_the_language_of_the_form(shop, locale, sold):
    await sold("AB1001")
    unit = (await find_units("AB1001"))[0]
    await with_service(unit.id, today() - timedelta(days=3), today(), extends_months=0)
    answer = await shop.post(f"/registrations?locale={locale}", body("AB1001"))
    assert answer.status_code == 201
    await outbox.drain()
    mail = await db.fetchrow("select * from email where kind = 'unit_registered'")
    assert mail["locale"] == locale
    assert "{" not in mail["text_body"]
    assert mail["text_body"].startswith({"en": "Hello", "fr": "Bonjour", "zh-Hans": "您好"}[locale])


@pytest.mark.requirement("WAR-3", "WAR-11")
async def test_every_mistake_is_listed_with_its_place_and_nothing_is_registered(shop, sold):
    await sold("AB1001")
    await known_unit("CD1001", SKU)
    before = await row_counts()
    units = [
        {"serial": "AB1001", "certificates": ["CERT-NONE"]},
        {"serial": "HDS001"},
        {"serial": "CD1001"},
        {"serial": "HDO777"},
    ]
    answer = await shop.post("/registrations", body(units=units), key="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "registration_refused")
    assert {(each["field"], each["code"]) for each in answer.json()["errors"]} == {
        ("units.0.certificates.0", "unknown_certificate"),
        ("units.1.serial", "invalid_serial"),
        ("units.2.purchased_on", "purchase_date_missing"),
        ("units.2.attachment_ids", "proof_of_purchase_missing"),
        ("units.3.serial", "device_not_known"),
    }
    assert all(each["message"] and "{" not in each["message"] for each in answer.json()["errors"])
    assert "HD5001" in next(each["message"] for each in answer.json()["errors"] if each["field"] == "units.1.serial")
    assert await row_counts() == before


@pytest.mark.requirement("WAR-11", "WAR-8")
async def test_a_device_bought_elsewhere_is_registered_with_its_proof(shop, desk, keys):
    proof = await upload(shop)
    bought = (today() - timedelta(days=40)).isoformat()
    units = [{"serial": "NEW77", "product": SKU, "purchased_on": bought, "attachment_ids": [proof]}]
    answer = await shop.post("/registrations", body(units=units))
    assert answer.status_code == 201, answer.text
    (unit,) = answer.json()["units"]
    assert unit["warranty"]["starts_on"] == bought
    assert {note["code"] for note in unit["notes"]} == {"registered_late", "services_until"}
    (shown,) = (await desk.get("/agent/units/new77")).json()
    assert (shown["origin"], shown["registrations"][0]["attachment_ids"]) == ("registered", [proof])
    assert (await desk.get(f"/agent/attachments/{proof}")).content == PDF
    stolen = [{**units[0], "serial": "NEW78", "attachment_ids": [proof]}]
    other = await shop.as_(await signed_in(email="other@example.com")).post("/registrations", body(units=stolen))
    assert [each["code"] for each in other.json()["errors"]] == ["attachment_unknown"]


@pytest.mark.requirement("WAR-7")
async def test_fifty_one_devices_are_pointed_to_the_file(shop):
    answer = await shop.post("/registrations", body(*(f"AB{number:04}" for number in range(51))))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_for_form")
    assert "CSV" in answer.json()["detail"]


@pytest.mark.requirement("WAR-3", "CRT-6")
async def test_the_same_request_sent_again_is_answered_again(shop, sold):
    await sold("AB1001")
    first = await shop.post("/registrations", body("AB1001"), key="k1")
    again = await shop.post("/registrations", body("AB1001"), key="k1")
    assert again.json() == first.json()
    other = await shop.post("/registrations", body("AB1001", market="DE"), key="k1")
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.requirement("WAR-3")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"market": "XX"}, "unknown_market"),
        ({"units": []}, "invalid_request"),
        ({"units": [{"serial": "AB1001", "purchased_on": "31/01/2026"}]}, "invalid_request"),
        ({"units": [{"serial": "AB1001", "attachment_ids": ["x"]}]}, "invalid_request"),
        ({"units": [{"serial": "A" * 300}]}, "invalid_request"),
        ({"units": "AB1001"}, "invalid_request"),
        ({"holder": {**HOLDER, "phone": "12"}}, "invalid_holder"),
        ({"holder": {**HOLDER, "email": "no"}}, "invalid_request"),
        ({"holder": {**HOLDER, "contact_preference": "pigeon"}}, "invalid_request"),
        ({"holder": {}}, "invalid_request"),
        ({"more": 1}, "invalid_request"),
    ],
)
async def test_bad_input_is_refused_whole(shop, sold, changes, code):
    await sold("AB1001")
    before = await row_counts()
    answer = await shop.post("/registrations", {**body("AB1001"), **changes})
    assert (answer.json()["code"], answer.status_code) == (code, 404 if code == "unknown_market" else 422)
    if code == "invalid_holder":
        assert [each["field"] for each in answer.json()["errors"]] == ["holder.phone"]
    assert await row_counts() == before


@pytest.mark.requirement("WAR-3", "ACC-4")
async def test_customers_see_their_own_registrations_and_those_for_their_confirmed_address(shop, sold):
    await sold("AB1001", "AB1002", "AB1003", "AB1004")
    camille = shop.as_(await signed_in(email="owner@example.com"))
    robin = shop.as_(await signed_in(email="robin@example.com"))
    for serial in ("AB1001", "AB1002"):
        assert (await camille.post("/registrations", body(serial))).status_code == 201
    guests = await shop.post("/registrations", body("AB1003"))
    assert guests.status_code == 201
    page = (await camille.get("/registrations?limit=1")).json()
    rest = (await camille.get(f"/registrations?limit=1&cursor={page['next_cursor']}")).json()
    assert [each["serial"] for each in page["items"] + rest["items"]] == ["AB1002", "AB1001"]
    assert rest["next_cursor"] is None
    assert page["items"][0]["holder"]["last_name"] == "Moreau"
    assert page["items"][0]["warranty"]["in_warranty"] is True
    await db.execute("update account set email_verified_at = now() where email = 'owner@example.com'")
    own = (await camille.get("/registrations")).json()["items"]
    assert [each["serial"] for each in own] == ["AB1003", "AB1002", "AB1001"]
    assert (await robin.get("/registrations")).json() == {"items": [], "next_cursor": None}
    assert (await shop.get("/registrations")).status_code == 403


@pytest.mark.requirement("WAR-3", "WAR-10")
async def test_a_partner_registers_for_its_customers_and_both_are_told(shop, sold):
    partner = await create_partner(name="Reseller", currency="EUR", approved=True)
    people = [
        shop.as_(await signed_in("partner", email=f"{name}@reseller.example.com", partner_id=partner.id))
        for name in ("ann", "bob")
    ]
    await sold("AB1001", "AB1002")
    for serial, email in (("AB1001", "one@example.com"), ("AB1002", "two@example.com")):
        answer = await people[0].post("/registrations", body(serial, holder={**HOLDER, "email": email}))
        assert answer.status_code == 201, answer.text
    taken = await people[1].post("/registrations", body("AB1001", holder={**HOLDER, "email": "two@example.com"}))
    assert [each["code"] for each in taken.json()["errors"]] == ["registered_before"]
    seen = (await people[1].get("/registrations")).json()["items"]
    assert [each["holder"]["email"] for each in seen] == ["two@example.com", "one@example.com"]
    await outbox.drain()
    told = await db.fetch("select recipient from email where kind = 'unit_registered' order by recipient")
    assert [row["recipient"] for row in told] == [
        "ann@reseller.example.com",
        "ann@reseller.example.com",
        "one@example.com",
        "two@example.com",
    ]


@pytest.mark.requirement("CER-1")
async def test_the_activation_link_fills_the_form(shop):
    order = await shop.order(("SVC-CARE-24M-10U", 1))
    await outbox.drain()
    number = await db.fetchval("select number from certificate where order_number = $1", order["number"])
    form = (await shop.get(f"/registrations/form?market=FR&certificate={number.lower()}")).json()
    assert (form["units_max"], form["certificate"]["left"], form["certificate"]["reference"]) == (50, 10, "CARE-24M")
    assert set(form["required_holder_fields"]) == set(HOLDER)
    assert order["number"] not in json.dumps(form)
    assert EMAIL not in json.dumps(form)
    assert (await shop.get("/registrations/form?market=FR")).json()["certificate"] is None
    wrong = await shop.get("/registrations/form?market=FR&certificate=CERT-1")
    assert wrong.json()["code"] == "unknown_certificate"
    assert (await shop.get("/registrations/form?market=XX")).json()["code"] == "unknown_market"


@pytest.mark.requirement("WAR-3", "DSK-1")
async def test_agents_see_the_whole_passport_as_of_any_day(shop, desk, sold):
    order = await sold("AB1001")
    await shop.post("/registrations", body("AB1001"))
    (unit,) = (await desk.get("/agent/units/ab1001")).json()
    assert (unit["order_number"], unit["origin"]) == (order["number"], "sold")
    assert unit["registrations"][0]["holder"]["email"] == HOLDER["email"]
    assert [entry["kind"] for entry in unit["timeline"]] == ["sold", "registered"]
    assert all(entry["message"] for entry in unit["timeline"])
    later = (today() + timedelta(days=5000)).isoformat()
    (then,) = (await desk.get(f"/agent/units/AB1001?as_of={later}")).json()
    assert then["warranty"]["code"] == "standard_over"
    assert (await desk.get("/agent/units/NONE77")).status_code == 404
    assert (await shop.get("/agent/units/AB1001")).status_code == 403


@pytest.mark.requirement("WAR-3", "ACC-4")
async def test_a_device_that_is_sold_on_is_freed_by_an_agent_and_its_service_goes_with_it(shop, desk, sold):
    await sold("AB1001")
    first = (await shop.post("/registrations", body("AB1001"))).json()["units"][0]
    unit = (await find_units("AB1001"))[0]
    await with_service(unit.id, today() + timedelta(days=800), today() + timedelta(days=1100))
    path = f"/agent/registrations/{first['registration_id']}/end"
    assert (await desk.post(path, {})).status_code == 422
    ended = await desk.post(path, {"reason": "sold on, invoice seen"})
    assert (ended.json()["registered"], ended.json()["services"]) == (False, [])
    assert ended.json()["timeline"][-1]["kind"] == "registration_ended"
    assert "sold on" in ended.json()["timeline"][-1]["message"]
    assert (await desk.post(path, {"reason": "once more"})).status_code == 200
    assert await db.fetchval("select count(*) from audit_entry where action = 'end_registration'") == 1
    new = await shop.post("/registrations", body("AB1001", holder={**HOLDER, "email": "second@example.com"}))
    assert new.status_code == 201
    assert len(new.json()["units"][0]["services"]) == 1
    assert (await get_unit(unit.id)).registered
    assert (await desk.post(f"/agent/registrations/{new_id()}/end", {"reason": "unknown"})).status_code == 404
