"""Registering units: for owners, by partners, all or nothing, once whoever races."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refunds.desk import GOODS

from store.kernel import attachments, clock, db
from store.kernel.ids import new_id
from store.kernel.wording import spoken_facts
from store.markets import get_market, load_markets
from store.warranty import (
    Entry,
    RegisterUnit,
    RegisterUnits,
    Registrar,
    RegistrationRefused,
    coverage,
    find_units,
    get_unit,
    passport,
    read_holder,
    register_entries,
    register_units,
)
from store.warranty.registration_errors import InvalidHolder, TooManyForForm
from warranty.certified import CARE_1, CARE_24_TEN, SETUP, certificate, counts
from warranty.made import known_unit

PDF = b"%PDF-1.7\nthe invoice"
RAW = {
    "first_name": "Camille",
    "last_name": "Moreau",
    "email": "camille@example.com",
    "company": "",
    "address": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "01 42 60 00 00",
    "contact_preference": "email",
}


def owner(email: str = "camille@example.com"):
    return read_holder({**RAW, "email": email})


def guest(**changes) -> Registrar:
    facts = {"market": get_market("FR"), "locale": "fr", "actor": "storefront", "identity": "key:1"}
    return Registrar(**{**facts, **changes})


async def register(*units: RegisterUnit, email: str = "camille@example.com", **registrar):
    return await register_units(RegisterUnits(holder=owner(email), units=units, registrar=guest(**registrar)))


async def refused(*units: RegisterUnit, **registrar) -> dict[str, str]:
    with pytest.raises(RegistrationRefused) as raised:
        await register(*units, **registrar)
    return {mistake["field"]: mistake["code"] for mistake in raised.value.facts["errors"]}


@pytest.fixture
async def proof(desk, tmp_path):
    """An invoice that the guests' key has sent."""
    attachments.configure(tmp_path)
    return (await attachments.keep_file(PDF, name="invoice.pdf", purpose="attachment", by="key:1")).id


def today() -> date:
    return clock.today("Europe/Paris")


async def sold(desk, *serials: str, **facts):
    order = await desk.place([(GOODS, len(serials))], **facts)
    await desk.work()
    await desk.release(order.order_id)
    await desk.dispatch(order.order_id, serials={GOODS: list(serials)})
    await desk.work()
    return order.order_id


async def everything() -> list[int]:
    return [
        await db.fetchval(f"select count(*) from {table}")
        for table in ("unit", "registration", "unit_service", "unit_event", "attachment_link")
    ]


@pytest.mark.requirement("WAR-3", "WAR-10")
async def test_an_owner_registers_units_that_we_sold_with_the_serial_alone(desk):
    await sold(desk, "AB1001", "AB1002")
    outcomes = await register(RegisterUnit(serial="ab1001"), RegisterUnit(serial="ＡＢ１００２"))
    assert [(each.serial, each.new) for each in outcomes] == [("AB1001", True), ("AB1002", True)]
    assert len({each.batch_id for each in outcomes}) == 1
    row = await db.fetchrow("select * from registration where id = $1", outcomes[0].registration_id)
    assert row["holder"] == {**RAW, "phone": "+33142600000"}
    assert (row["holder_email"], row["purchased_on"], row["registered_by"]) == (RAW["email"], today(), "storefront")
    unit = await get_unit(outcomes[0].unit_id)
    assert coverage(unit, today()).code == "standard_running"
    assert [entry.kind for entry in await passport(unit.id, staff=False)] == ["sold", "registered"]


@pytest.mark.requirement("WAR-3")
async def test_the_same_owner_again_changes_nothing(desk):
    await sold(desk, "AB1001")
    (first,) = await register(RegisterUnit(serial="AB1001"))
    before = await everything()
    (again,) = await register(RegisterUnit(serial="AB1001"), email="Camille@Example.com")
    assert (again.registration_id, again.new) == (first.registration_id, False)
    assert await everything() == before
    assert await db.fetchval("select count(*) from outbox where topic = 'units.registered'") <= 1


@pytest.mark.requirement("WAR-3", "WAR-1")
async def test_a_unit_of_somebody_else_is_refused_without_telling_whose_it_is(desk):
    await sold(desk, "AB1001")
    await register(RegisterUnit(serial="AB1001"), email="secret@example.com")
    with pytest.raises(RegistrationRefused) as raised:
        await register(RegisterUnit(serial="AB1001"))
    assert raised.value.facts["errors"][0]["code"] == "registered_before"
    assert "secret" not in repr(raised.value.facts)


@pytest.mark.requirement("WAR-3")
async def test_of_two_owners_at_once_one_wins(desk, proof):
    await sold(desk, "AB1001")

    async def attempt(number: int, unit: RegisterUnit) -> bool:
        try:
            await register(unit, email=f"owner{number}@example.com")
        except RegistrationRefused as error:
            assert [each["code"] for each in error.facts["errors"]] == ["registered_before"]
            return False
        return True

    unknown = RegisterUnit(serial="CD1", product=GOODS, purchased_on=today(), attachment_ids=(proof,))
    for unit in (RegisterUnit(serial="AB1001"), unknown):
        wins = await asyncio.gather(*(attempt(number, unit) for number in range(6)))
        assert sum(wins) == 1
    assert await db.fetchval("select count(*) from unit where serial = 'CD1'") == 1


@pytest.mark.requirement("WAR-3")
async def test_one_refused_unit_leaves_nothing_registered_and_every_mistake_is_listed(desk):
    await sold(desk, "AB1001", "AB1002")
    before = await everything()
    tomorrow = today() + timedelta(days=1)
    found = await refused(
        RegisterUnit(serial="AB1001", certificates=("CERT-WRONG",)),
        RegisterUnit(serial="HDS001"),
        RegisterUnit(serial="AB1002", purchased_on=tomorrow),
        RegisterUnit(serial="UNKNOWN1"),
        RegisterUnit(serial="UNKNOWN2", product="no-such-product"),
        RegisterUnit(serial="AB1001"),
    )
    assert found == {
        "units.0.certificates.0": "unknown_certificate",
        "units.1.serial": "invalid_serial",
        "units.2.purchased_on": "purchased_in_future",
        "units.3.serial": "device_not_known",
        "units.4.product": "unknown_product",
    }
    assert await everything() == before


@pytest.mark.requirement("WAR-7")
async def test_the_form_takes_fifty_units_and_points_to_the_file_for_more(desk):
    serials = [f"AB{number:04}" for number in range(51)]
    for serial in serials:
        await known_unit(serial, GOODS, origin="sold", order_id=new_id())
    units = [RegisterUnit(serial=serial) for serial in serials]
    with pytest.raises(TooManyForForm) as raised:
        await register(*units)
    assert raised.value.facts == {"given": 51, "most": 50}
    assert len(await register(*units[:50])) == 50


@pytest.mark.requirement("WAR-11", "WAR-4")
async def test_a_unit_of_another_seller_needs_the_day_and_the_proof_of_purchase(desk, proof):
    start = today() - timedelta(days=90)
    unit = await known_unit("AB1001", GOODS, warranty_starts_on=start)
    assert await refused(RegisterUnit(serial="AB1001")) == {
        "units.0.purchased_on": "purchase_date_missing",
        "units.0.attachment_ids": "proof_of_purchase_missing",
    }
    early = RegisterUnit(serial="AB1001", purchased_on=start - timedelta(days=1), attachment_ids=(proof,))
    assert await refused(early) == {"units.0.purchased_on": "purchased_before_sale"}
    bought = today() - timedelta(days=30)
    await register(replace(early, purchased_on=bought))
    assert (await get_unit(unit.id)).warranty_starts_on == bought, "the warranty runs from the purchase that was proven"
    assert await db.fetchval("select owner_kind from attachment_link where attachment_id = $1", proof) == "registration"


@pytest.mark.requirement("WAR-11", "WAR-5")
@pytest.mark.parametrize("product", [GOODS, GOODS.lower(), "aurelvo-one"])
async def test_a_unit_that_nobody_knows_is_made_known_by_product_day_and_proof(desk, proof, product):
    asked = RegisterUnit(serial="NEW1", product=product)
    assert await refused(asked) == {
        "units.0.purchased_on": "purchase_date_missing",
        "units.0.attachment_ids": "proof_of_purchase_missing",
    }
    await register(replace(asked, purchased_on=date(2026, 1, 31), attachment_ids=(proof,)))
    (unit,) = await find_units("NEW1")
    assert (unit.origin, unit.product_slug, unit.warranty_starts_on) == ("registered", "aurelvo-one", date(2026, 1, 31))
    assert [entry.kind for entry in await passport(unit.id, staff=False)] == ["made_known", "registered"]


@pytest.mark.requirement("WAR-11")
async def test_somebody_elses_file_is_no_proof(desk, tmp_path):
    attachments.configure(tmp_path)
    other = await attachments.keep_file(PDF, name="invoice.pdf", purpose="attachment", by="account:other")
    await known_unit("AB1001", GOODS)
    for file_id in (other.id, new_id()):
        unit = RegisterUnit(serial="AB1001", purchased_on=today(), attachment_ids=(file_id,))
        assert await refused(unit) == {"units.0.attachment_ids": "attachment_unknown"}


@pytest.mark.requirement("WAR-3", "WAR-4")
async def test_the_day_of_the_order_counts_as_the_day_of_purchase_and_the_day_before_does_not(desk):
    order = await desk.place([(GOODS, 1)])
    ordered = today()
    await desk.work()
    desk.later(days=3)
    await desk.release(order.order_id)
    await desk.dispatch(order.order_id, serials={GOODS: ["AB1001"]})
    await desk.work()
    early = RegisterUnit(serial="AB1001", purchased_on=ordered - timedelta(days=1))
    assert await refused(early) == {"units.0.purchased_on": "purchased_before_sale"}
    (outcome,) = await register(replace(early, purchased_on=ordered))
    assert (await get_unit(outcome.unit_id)).warranty_starts_on == today(), "what we sold is covered from dispatch"


@pytest.mark.requirement("WAR-3", "WAR-4")
async def test_what_a_partner_sold_on_is_covered_from_its_customers_purchase(desk):
    partner_id = await desk.partner()
    await sold(desk, "AB1001", "AB1002", method="purchase_order", partner_id=partner_id, purchase_order_number="PO-1")
    desk.later(days=60)
    bought = today() - timedelta(days=5)
    (outcome,) = await register(RegisterUnit(serial="AB1001", purchased_on=bought), partner_id=partner_id)
    assert (await get_unit(outcome.unit_id)).warranty_starts_on == bought
    (other,) = await register(RegisterUnit(serial="AB1002", purchased_on=bought))
    assert (await get_unit(other.unit_id)).warranty_starts_on < bought, "not on the word of anybody else"


@pytest.mark.requirement("CER-2", "WAR-3")
async def test_services_are_registered_with_their_units_and_later(desk):
    found = await certificate(desk, CARE_24_TEN)
    await sold(desk, "AB1001", "AB1002")
    (first, _) = await register(
        RegisterUnit(serial="AB1001", certificates=(found.number,)), RegisterUnit(serial="AB1002")
    )
    seen = coverage(await get_unit(first.unit_id), today())
    assert (seen.code, len(seen.services)) == ("extension_ahead", 1)
    assert (await counts(found.id))[1] == 1
    (again,) = await register(RegisterUnit(serial="AB1001", certificates=(found.number,)))
    assert not again.new, "the same service sent again is the same"
    (later,) = await register(RegisterUnit(serial="AB1002", certificates=(found.number.lower(),)))
    assert later.new
    assert (await counts(found.id))[1] == 2


@pytest.mark.requirement("WAR-6", "WAR-11")
async def test_late_is_fine_for_the_unit_but_not_for_an_extension(desk):
    found = await certificate(desk, CARE_1)
    await sold(desk, "AB1001")
    desk.later(days=24 * 31)
    unit = RegisterUnit(serial="AB1001", certificates=(found.number,))
    assert await refused(unit) == {"units.0.certificates.0": "extension_too_late"}
    assert (await counts(found.id))[1] == 0
    (outcome,) = await register(replace(unit, certificates=()))
    assert coverage(await get_unit(outcome.unit_id), today()).code == "standard_over"


@pytest.mark.requirement("CER-2")
async def test_a_certificate_for_one_unit_is_refused_to_the_second_of_a_form(desk):
    found = await certificate(desk, CARE_1)
    await sold(desk, "AB1001", "AB1002")
    units = [RegisterUnit(serial=serial, certificates=(found.number,)) for serial in ("AB1001", "AB1002")]
    assert await refused(*units) == {"units.1.certificates.0": "certificate_used_up"}
    assert (await counts(found.id))[1] == 0


@pytest.mark.requirement("CER-2", "WAR-3")
async def test_owners_who_race_for_a_certificate_get_no_more_than_it_is_for(desk):
    found = await certificate(desk, CARE_24_TEN)
    serials = [f"AB{number:04}" for number in range(12)]
    await sold(desk, *serials)

    async def attempt(serial: str) -> bool:
        try:
            await register(RegisterUnit(serial=serial, certificates=(found.number,)), email=f"{serial}@example.com")
        except RegistrationRefused as error:
            assert [each["code"] for each in error.facts["errors"]] == ["certificate_used_up"]
            return False
        return True

    assert sum(await asyncio.gather(*map(attempt, serials))) == 10
    assert (await counts(found.id))[:2] == (10, 10)
    assert await db.fetchval("select count(*) from registration") == 10, "who got no service registered nothing"


@pytest.mark.requirement("WAR-3")
async def test_owners_of_the_same_units_in_any_order_never_lock_each_other_out(desk, proof):
    setups = [await certificate(desk, SETUP, quantity=20) for _ in range(2)]
    serials = [f"AB{number:04}" for number in range(6)]
    await sold(desk, *serials)
    new = {"product": GOODS, "purchased_on": today(), "attachment_ids": (proof,)}

    async def attempt(number: int) -> int:
        numbers = [each.number for each in setups]
        units = [RegisterUnit(serial=serial, certificates=(numbers[number % 2],)) for serial in serials]
        units += [RegisterUnit(serial=f"NEW{position}", **new) for position in range(6)]
        try:
            await register(*(units if number % 2 else reversed(units)), email=f"owner{number}@example.com")
        except RegistrationRefused as error:
            assert {each["code"] for each in error.facts["errors"]} == {"registered_before"}
            return 0
        return 1

    won = await asyncio.gather(*map(attempt, range(8)), return_exceptions=True)
    assert sorted(map(repr, won)) == ["0"] * 7 + ["1"]
    assert await db.fetchval("select count(*) from registration") == 12
    assert await db.fetchval("select count(distinct holder_email) from registration") == 1


@pytest.mark.requirement("CER-2")
async def test_a_service_reference_that_is_not_the_certificates_is_refused(desk):
    found = await certificate(desk, SETUP)
    await sold(desk, "AB1001")
    unit = RegisterUnit(serial="AB1001", certificates=(found.number,), service_reference="CARE-12M")
    assert await refused(unit) == {"units.0.service_reference": "service_reference_differs"}
    await register(replace(unit, service_reference=found.reference.lower()))


@pytest.mark.requirement("WAR-3")
async def test_a_serial_of_two_products_needs_the_product_and_a_wrong_product_is_noticed(desk, proof):
    await known_unit("AB1001", GOODS)
    await known_unit("AB1001", "HAL-D400-BLK")
    asked = RegisterUnit(serial="AB1001", purchased_on=today(), attachment_ids=(proof,))
    assert await refused(asked) == {"units.0.product": "serial_of_several_products"}
    (outcome,) = await register(replace(asked, product="HAL-D400-BLK"))
    assert (await get_unit(outcome.unit_id)).sku == "HAL-D400-BLK"
    await known_unit("CD1", GOODS)
    assert await refused(replace(asked, serial="CD1", product="HAL-D400-BLK")) == {
        "units.0.product": "serial_of_other_product"
    }


@pytest.mark.requirement("WAR-3")
async def test_a_serial_given_twice_is_a_mistake_unless_it_brings_another_service(desk):
    care, setup = await certificate(desk, CARE_1), await certificate(desk, SETUP)
    await sold(desk, "AB1001")
    assert await refused(RegisterUnit(serial="AB1001"), RegisterUnit(serial="ab1001")) == {
        "units.1.serial": "serial_twice"
    }
    outcomes = await register(
        RegisterUnit(serial="AB1001", certificates=(care.number,)),
        RegisterUnit(serial="AB1001", certificates=(setup.number,)),
    )
    assert len({each.registration_id for each in outcomes}) == 1
    assert len((await get_unit(outcomes[0].unit_id)).services) == 2


@pytest.mark.requirement("WAR-3")
async def test_a_unit_that_came_back_is_not_registered(desk):
    unit = await known_unit("AB1001", GOODS, status="scrapped", origin="sold", order_id=new_id())
    assert await refused(RegisterUnit(serial=unit.serial)) == {"units.0.serial": "device_gone"}


@pytest.mark.requirement("WAR-9")
async def test_entries_of_an_import_are_registered_each_for_itself(desk):
    found = await certificate(desk, CARE_1)
    await sold(desk, "AB1001", "AB1002", "AB1003")
    known = RegisterUnit(serial="AB1001", certificates=(found.number,))
    new = RegisterUnit(
        serial="NEW1", product=GOODS, purchased_on=today(), attachment_ids=(new_id(),), certificates=(found.number,)
    )
    entries = [
        Entry(holder=owner("a@example.com"), unit=known),
        Entry(holder=owner("b@example.com"), unit=replace(known, serial="AB1002")),
        Entry(holder=owner("A@example.com"), unit=RegisterUnit(serial="AB1003")),
        Entry(holder=owner("a@example.com"), unit=new),
    ]
    registrar = guest(import_id=new_id())
    async with db.unit_of_work():
        outcomes = await register_entries(entries, registrar)
    codes = [[mistake.error.code for mistake in each.mistakes] for each in outcomes]
    assert codes == [[], ["certificate_used_up"], [], ["certificate_used_up"]]
    assert outcomes[0].batch_id == outcomes[2].batch_id
    assert await db.fetchval("select count(*) from registration") == 2
    assert await db.fetchval("select count(*) from unit where serial = 'NEW1'") == 0, "nothing half-done"
    async with db.unit_of_work():
        again = await register_entries(entries, registrar)
    assert [each.new for each in again] == [False] * 4
    assert [bool(each.mistakes) for each in again] == [False, True, False, True]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(list(RAW)), st.text(max_size=300)))
def test_an_owner_is_read_for_good_or_refused_field_by_field(changes):
    load_markets(None)
    try:
        holder = read_holder({**RAW, **changes})
    except InvalidHolder as error:
        assert {each["field"] for each in error.facts["errors"]} <= set(RAW)
        assert all(each["message"] for each in error.facts["errors"])
        assert spoken_facts(error.facts, "fr")
    else:
        read = {name: getattr(holder, name) for name in RAW}
        assert read_holder(read) == holder
        assert all(read[name] for name in RAW if name != "company")


@pytest.mark.requirement("WAR-3", "WAR-8")
@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"email": "camille"}, {"email": "invalid_email"}),
        ({"email": "camille@example.com\r\nBcc: all@example.com"}, {"email": "invalid_email"}),
        ({"phone": "12"}, {"phone": "invalid_phone"}),
        ({"postcode": "7500"}, {"postcode": "invalid_postcode"}),
        ({"country": "XX"}, {"country": "unknown_country"}),
        ({"contact_preference": "pigeon"}, {"contact_preference": "not_allowed"}),
        ({"last_name": "\u200b ", "city": ""}, {"last_name": "required", "city": "required"}),
        ({"last_name": "x" * 201}, {"last_name": "too_long"}),
    ],
)
def test_wrong_data_of_an_owner_are_named(changes, codes):
    with pytest.raises(InvalidHolder) as raised:
        read_holder({**RAW, **changes})
    assert {each["field"]: each["code"] for each in raised.value.facts["errors"]} == codes


def test_a_company_is_needed_only_where_it_is_asked_for():
    assert read_holder(RAW).company == ""
    with pytest.raises(InvalidHolder):
        read_holder(RAW, company_required=True)
