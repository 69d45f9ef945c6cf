"""Using a certificate: one unit for one device, while its standard warranty runs, never more than there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import asyncpg
import pytest
from refunds.desk import ALEX

from store.kernel import db
from store.kernel.ids import new_id
from store.warranty import coverage, get_unit, lock_units, passport, take_back, unit_day
from store.warranty.certificates import (
    CertificateRevoked,
    CertificateUse,
    CertificateUsedUp,
    DeviceNotInUse,
    ExtensionTooLate,
    ServiceNotForProduct,
    ServiceRegisteredBefore,
    UnknownCertificate,
    find_certificate,
    last_day_to_register,
    revoke_unused,
    units_of_certificates,
    use_certificates,
    why_not,
)
from warranty.certified import CARE_1, CARE_24, CARE_24_FIVE, CARE_24_TEN, SETUP, SWAP, certificate, counts, device, use


@pytest.mark.requirement("CER-2", "CAT-6", "WAR-10")
async def test_an_extension_follows_the_standard_warranty_and_shows_in_the_passport(desk):
    found = await certificate(desk)
    unit, registration_id = await device(warranty_starts_on=date(2026, 1, 31))
    before = coverage(await get_unit(unit.id), unit_day(unit))
    await use(found, unit, registration_id, as_of=date(2026, 6, 1))
    (service,) = (await get_unit(unit.id)).services
    assert service.starts_on == before.standard_until + timedelta(days=1)
    assert (service.reference, service.extends_months, service.certificate_id) == ("CARE-12M", 12, found.id)
    after = coverage(await get_unit(unit.id), date(2026, 6, 1))
    assert after.until == service.ends_on == date(2028, 1, 31)
    assert [entry.kind for entry in await passport(unit.id, staff=False)] == ["service_registered"]
    assert await counts(found.id) == (1, 1, 0)
    (shown,) = (await units_of_certificates([found.id]))[found.id]
    assert (shown.serial, shown.ends_on) == (unit.serial, service.ends_on)


@pytest.mark.requirement("CAT-6")
async def test_a_second_extension_follows_the_first_one(desk):
    one, two = await certificate(desk, CARE_1), await certificate(desk, CARE_24)
    unit, registration_id = await device()
    await use(one, unit, registration_id)
    await use(two, unit, registration_id)  # with the unit as it was before the first one
    first, second = (await get_unit(unit.id)).services
    assert second.starts_on == first.ends_on + timedelta(days=1)


@pytest.mark.requirement("CAT-6")
async def test_other_services_run_from_the_purchase_for_their_months_or_without_end(desk):
    swap, setup = await certificate(desk, SWAP), await certificate(desk, SETUP)
    unit, registration_id = await device(warranty_starts_on=date(2026, 3, 15))
    for found in (swap, setup):
        await use(found, unit, registration_id, as_of=date(2026, 4, 1))
    services = {each.reference: each for each in (await get_unit(unit.id)).services}
    assert (services["SWAP-24M"].starts_on, services["SWAP-24M"].ends_on) == (date(2026, 3, 15), date(2028, 3, 15))
    assert (services["SETUP-REMOTE"].starts_on, services["SETUP-REMOTE"].ends_on) == (date(2026, 3, 15), None)
    assert coverage(await get_unit(unit.id), date(2026, 4, 1)).until == date(2027, 3, 15), "they extend nothing"


@pytest.mark.requirement("WAR-6")
@pytest.mark.parametrize("sku", [CARE_1, SWAP, SETUP])
async def test_nothing_is_registered_after_the_standard_warranty_and_all_on_its_last_day(desk, sku):
    found = await certificate(desk, sku)
    unit, registration_id = await device(warranty_starts_on=date(2025, 3, 15))
    last = coverage(unit, date(2025, 6, 1)).standard_until
    assert last_day_to_register(found, unit) == last
    with pytest.raises(ExtensionTooLate) as refused:
        await use(found, unit, registration_id, as_of=last + timedelta(days=1))
    assert refused.value.facts["last_day"] == last
    assert await counts(found.id) == (1, 0, 0)
    await use(found, unit, registration_id, as_of=last)
    assert await counts(found.id) == (1, 1, 0)


@pytest.mark.requirement("WAR-6")
async def test_a_service_that_is_over_itself_is_not_registered(desk):
    found = await certificate(desk, SWAP)
    short = replace(found, terms={**found.terms, "months": 3})
    unit, _ = await device(warranty_starts_on=date(2026, 3, 15))
    assert isinstance(why_not(short, unit, date(2026, 6, 16)), ExtensionTooLate)
    assert why_not(short, unit, date(2026, 6, 15)) is None


@pytest.mark.requirement("CER-2")
async def test_a_device_has_a_service_once(desk):
    found, other = await certificate(desk, CARE_24_FIVE), await certificate(desk, CARE_24)
    unit, registration_id = await device()
    await use(found, unit, registration_id)
    for again in (found, other):  # the same certificate, and another one of the same service
        with pytest.raises(ServiceRegisteredBefore):
            await use(again, unit, registration_id)
    assert await counts(found.id) == (5, 1, 0)
    assert await counts(other.id) == (1, 0, 0)


@pytest.mark.requirement("CER-2")
async def test_a_certificate_serves_the_same_device_once_even_for_its_next_owner(desk):
    found = await certificate(desk, CARE_24_FIVE)
    unit, registration_id = await device()
    await use(found, unit, registration_id)
    await db.execute("update unit_service set ended_at = now() where unit_id = $1", unit.id)  # sold anew
    with pytest.raises(ServiceRegisteredBefore):
        await use(found, unit, registration_id)


@pytest.mark.requirement("CER-2")
@pytest.mark.parametrize("restock", [True, False])
async def test_a_device_that_was_taken_back_gets_no_service(desk, restock):
    found = await certificate(desk)
    unit, registration_id = await device()
    async with db.unit_of_work():
        await take_back(unit.id, restock=restock)
    with pytest.raises(DeviceNotInUse):
        await use(found, unit, registration_id)
    assert await counts(found.id) == (1, 0, 0)


@pytest.mark.requirement("CAT-6")
@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        ({}, True),
        ({"products": ["halvoris-desk-400"]}, True),
        ({"products": ["aurelvo-one"]}, False),
        ({"categories": ["ip-phones"]}, None),
        ({"manufacturers": ["halvoris"]}, True),
        ({"manufacturers": ["aurelvo"]}, False),
        ({"manufacturers": ["halvoris"], "products": ["aurelvo-one"]}, False),
        ({"products": []}, True),
    ],
)
async def test_terms_may_name_the_devices_that_a_service_is_for(desk, limits, fits):
    found = await certificate(desk)
    unit, _ = await device()
    if fits is None:
        limits, fits = {"categories": [unit.category]}, True
    limited = replace(found, terms={**found.terms, **limits})
    refusal = why_not(limited, unit, unit_day(unit))
    assert (refusal is None) if fits else isinstance(refusal, ServiceNotForProduct)


@pytest.mark.requirement("CER-2")
async def test_used_up_and_withdrawn_certificates_say_so(desk):
    found, gone = await certificate(desk), await certificate(desk)
    unit, registration_id = await device()
    await use(found, unit, registration_id)
    other, other_registration = await device()
    with pytest.raises(CertificateUsedUp) as refused:
        await use(found, other, other_registration)
    assert refused.value.facts == {"number": found.number, "units": 1, "left": 0}
    await revoke_unused(gone.id, units=None, principal=ALEX, reason="stolen")
    with pytest.raises(CertificateRevoked):
        await use(gone, other, other_registration)
    with pytest.raises(UnknownCertificate):
        await use(replace(found, id=new_id()), other, other_registration)


@pytest.mark.requirement("CER-2", "WAR-7")
async def test_many_at_once_use_what_is_left_in_their_order_and_refuse_the_rest(desk):
    five, setup = await certificate(desk, CARE_24_FIVE), await certificate(desk, SETUP)
    devices = [await device() for _ in range(7)]
    uses = [
        CertificateUse(certificate_id=five.id, unit_id=unit.id, registration_id=registration, as_of=unit_day(unit))
        for unit, registration in devices
    ]
    uses += [replace(uses[0], certificate_id=setup.id), replace(uses[1])]  # another service, and one twice
    async with db.unit_of_work():
        refused = await use_certificates(uses)
    assert {position: type(error) for position, error in refused.items()} == {
        5: CertificateUsedUp,
        6: CertificateUsedUp,
        8: ServiceRegisteredBefore,
    }
    assert await counts(five.id) == (5, 5, 0)
    assert await counts(setup.id) == (1, 1, 0)


@pytest.mark.requirement("CER-2")
async def test_nothing_is_used_when_the_registration_fails(desk):
    found = await certificate(desk)
    unit, registration_id = await device()
    with pytest.raises(RuntimeError):
        async with db.unit_of_work():
            await lock_units([unit.id])
            await use_certificates(
                [
                    CertificateUse(
                        certificate_id=found.id, unit_id=unit.id, registration_id=registration_id, as_of=unit_day(unit)
                    )
                ]
            )
            raise RuntimeError
    assert await counts(found.id) == (1, 0, 0)
    assert (await get_unit(unit.id)).services == ()


@pytest.mark.requirement("CER-2")
async def test_the_database_itself_refuses_more_than_a_certificate_is_for(desk):
    found = await certificate(desk)
    for change in ("used = 2", "used = -1", "revoked_units = 2", "used = 1, revoked_units = 1", "revoked_units = -1"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"update certificate set {change} where id = $1", found.id)


@pytest.mark.requirement("CER-2")
async def test_twelve_at_once_over_two_processes_use_ten_units_ten_times(desk):
    """Two pools stand for two processes."""
    found = await certificate(desk, CARE_24_TEN)
    devices = [await device() for _ in range(12)]
    first = db.connected_pool()
    await db.connect(desk.url, pool_size=10)
    second = db.connected_pool()

    async def over(pool, unit, registration_id):
        db.ENGINE.pool = pool  # read before the first await of the unit of work
        try:
            await use(found, unit, registration_id)
        except CertificateUsedUp:
            return "used up"
        return "used"

    try:
        outcomes = await asyncio.gather(
            *(over((first, second)[position % 2], *each) for position, each in enumerate(devices))
        )
    finally:
        db.ENGINE.pool = first
        await second.close()
    assert (outcomes.count("used"), outcomes.count("used up")) == (10, 2)
    assert await counts(found.id) == (10, 10, 0)
    assert await db.fetchval("select count(*) from unit_service where certificate_id = $1", found.id) == 10
    assert (await find_certificate(found.number)).left == 0


@pytest.mark.requirement("CER-2")
async def test_registrations_that_name_the_same_certificates_in_another_order_do_not_lock_each_other_out(desk):
    five, setup = await certificate(desk, CARE_24_FIVE), await certificate(desk, SETUP, 5)
    devices = [await device() for _ in range(4)]

    async def register(pair, order):
        uses = [
            CertificateUse(certificate_id=each.id, unit_id=unit.id, registration_id=registration, as_of=unit_day(unit))
            for unit, registration in pair
            for each in order
        ]
        async with db.unit_of_work():
            return await use_certificates(uses)

    refused = await asyncio.gather(register(devices[:2], (five, setup)), register(devices[2:], (setup, five)))
    assert refused == [{}, {}]
    assert (await counts(five.id), await counts(setup.id)) == ((5, 4, 0), (5, 4, 0))
