"""Units from dispatch on: sold, sold again, taken back, replaced, and whose they are."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest
from refunds.desk import GOODS

from store.catalog.serial_numbers import InvalidSerial
from store.kernel import clock, db
from store.kernel.errors import NotFound, WrongState
from store.kernel.ids import new_id
from store.markets import get_market
from store.markets.calendar import local_date
from store.orders.dispatch_shipment import take_back_undeliverable
from store.shipments import SerialTaken
from store.warranty import (
    UNIT,
    UnitReplacedBefore,
    UnitStatus,
    coverage,
    find_units,
    get_unit,
    inherit,
    keep_units,
    load_units,
    lock_unit,
    owner_of,
    passport,
    record_event,
    take_back,
    units_of_line,
)
from store.warranty.keep_units import on_shipment_moved
from warranty.made import known_unit, registered, with_service

SKU = GOODS


async def sold(desk, serials: list[str], **facts):
    """An order whose units have these serial numbers."""
    order = await desk.place([(SKU, len(serials))], **facts)
    await desk.work()
    await desk.release(order.order_id)
    await desk.dispatch(order.order_id, serials={SKU: serials})
    await desk.work()
    return order.order_id


async def kinds(unit_id) -> list[str]:
    return [entry.kind for entry in await passport(unit_id, staff=True)]


@pytest.mark.requirement("WAR-5", "SHP-4")
async def test_a_serialised_item_is_known_by_its_serial_from_dispatch_on(desk):
    order_id = await sold(desk, ["ab1001", "ＡＢ１００２"])
    (unit,) = await find_units("AB1001")
    (other,) = await find_units("AB1002")
    today = local_date(get_market("FR"), clock.now())
    assert (unit.origin, unit.status, unit.order_id, unit.sku) == ("sold", "active", order_id, SKU)
    assert (unit.warranty_starts_on, unit.warranty_months, unit.registered) == (today, 24, False)
    assert unit.shipment_line_id == other.shipment_line_id == await desk.line(order_id)
    assert {each.id for each in await units_of_line(unit.shipment_line_id)} == {unit.id, other.id}
    assert await load_units([unit.id, other.id, new_id()]) == {unit.id: unit, other.id: other}
    assert await kinds(unit.id) == ["sold"]
    assert coverage(unit, today).code == "unregistered_running"


@pytest.mark.requirement("WAR-5")
async def test_a_fact_that_is_told_twice_or_at_once_makes_one_unit(desk):
    order_id = await sold(desk, ["AB1001", "AB1002"])
    shipment = await desk.shipment(order_id)
    told = [on_shipment_moved(str(order_id), str(shipment["id"])) for _ in range(6)]
    await asyncio.gather(*told)
    assert await db.fetchval("select count(*) from unit") == 2
    assert await db.fetchval("select count(*) from unit_event") == 2


@pytest.mark.requirement("WAR-5")
async def test_what_left_before_units_were_known_gets_its_units_with_its_own_dates(desk):
    order_id = await sold(desk, ["AB1001", "AB1002"])
    await db.execute("truncate unit, unit_event cascade")
    await db.execute("update shipment set dispatched_at = '2025-02-01T23:30:00Z' where order_id = $1", order_id)
    await db.execute("update shipment_serial set serial = 'OLDS1002' where serial = 'AB1002'")
    path = Path(keep_units.__file__).parent / "migrations/0002_units_of_before.sql"
    await db.execute(path.read_text(encoding="utf-8"))
    await desk.work()
    (unit,) = await find_units("AB1001")
    assert (unit.warranty_starts_on, unit.order_id) == (date(2025, 2, 2), order_id)
    assert await db.fetchval("select count(*) from unit") == 1, "a serial number that can't be one is nobody's"


@pytest.mark.requirement("WAR-5")
async def test_goods_without_serial_numbers_have_no_units(desk):
    plain = await db.fetchval(
        "select v.sku from variant v join price r on r.variant_id = v.id and r.market = 'FR'"
        " join stock s on s.variant_id = v.id where not v.serialized and v.sells = 'stock' and s.on_hand > 0"
        " order by v.sku limit 1"
    )
    await desk.shipped([(plain, 1)])
    assert await db.fetchval("select count(*) from unit") == 0


@pytest.mark.requirement("WAR-4")
async def test_the_warranty_begins_on_the_markets_day_of_dispatch(desk):
    zone = get_market("CN").zone
    desk.travel(clock.now().astimezone(zone).replace(hour=0, minute=30) + timedelta(days=1))
    expected = clock.now().astimezone(zone).date()
    order = await desk.place([(SKU, 1)], "card", market="CN")
    await desk.work()
    await desk.release(order.order_id)
    await desk.dispatch(order.order_id, serials={SKU: ["AB1001"]})
    await desk.work()
    (unit,) = await find_units("AB1001")
    assert unit.warranty_starts_on == expected
    assert unit.warranty_starts_on != clock.now().date()


@pytest.mark.requirement("WAR-2", "SHP-4")
async def test_a_scanned_serial_with_an_s_or_a_space_is_refused_with_the_reason(desk):
    order = await desk.place([(SKU, 1)])
    await desk.work()
    await desk.release(order.order_id)
    for scanned, meant in (("HDS001", "HD5001"), ("HD 1001", "HD1001")):
        with pytest.raises(InvalidSerial) as refused:
            await desk.dispatch(order.order_id, serials={SKU: [scanned]})
        assert refused.value.facts["suggestion"] == meant
    assert (await desk.shipment(order.order_id))["status"] == "released"


@pytest.mark.requirement("SHP-6", "WAR-5")
async def test_an_undeliverable_parcel_gives_its_units_back_and_they_are_sold_again(desk):
    first = await sold(desk, ["AB1001"])
    (unit,) = await find_units("AB1001")
    await registered(unit.id)
    await with_service(unit.id, date(2030, 1, 1), date(2031, 1, 1))
    with pytest.raises(SerialTaken):
        await sold(desk, ["AB1001"])
    await take_back_undeliverable((await desk.shipment(first))["id"], actor="warehouse")
    await desk.work()
    back = await get_unit(unit.id)
    assert (back.status, back.registered) == ("returned", False)
    assert not coverage(back, back.status_on).in_warranty
    desk.later(days=40)
    again = await sold(desk, ["AB1001"])
    (new,) = await find_units("AB1001")
    assert (new.id, new.status, new.order_id, new.services) == (unit.id, "active", again, ())
    assert new.warranty_starts_on == local_date(get_market("FR"), clock.now()) > unit.warranty_starts_on
    assert await kinds(unit.id) == ["sold", "came_back", "sold_again"]
    assert (await owner_of(unit.id)).order_id == again
    late = (await desk.shipment(first))["id"]
    await on_shipment_moved(str(first), str(late))
    assert await get_unit(unit.id) == new, "a late fact about the first sale changes nothing"


@pytest.mark.requirement("SHP-6")
async def test_a_parcel_that_came_back_before_its_dispatch_was_noted_leaves_no_active_unit(desk):
    order = await desk.place([(SKU, 1)])
    await desk.work()
    await desk.release(order.order_id)
    shipment_id = await desk.dispatch(order.order_id, serials={SKU: ["AB1001"]})
    await take_back_undeliverable(shipment_id, actor="warehouse")
    await desk.work()
    (unit,) = await find_units("AB1001")
    assert unit.status == "returned"
    assert await kinds(unit.id) == ["sold", "came_back"]


@pytest.mark.requirement("RMA-17")
async def test_a_unit_that_was_taken_back_and_restocked_can_be_sold_again(desk):
    await sold(desk, ["AB1001"])
    (unit,) = await find_units("AB1001")
    await registered(unit.id)
    async with db.unit_of_work():
        await take_back(unit.id, restock=True)
        await take_back(unit.id, restock=True)
    assert await kinds(unit.id) == ["sold", "returned"]
    again = await sold(desk, ["AB1001"])
    new = await get_unit(unit.id)
    assert (new.status, new.order_id, new.registered) == ("active", again, False)


@pytest.mark.requirement("RMA-17")
async def test_a_unit_that_was_scrapped_is_never_sold_again(desk):
    await sold(desk, ["AB1001"])
    (unit,) = await find_units("AB1001")
    async with db.unit_of_work():
        await take_back(unit.id, restock=False)
    assert (await get_unit(unit.id)).status == "scrapped"
    with pytest.raises(SerialTaken):
        await sold(desk, ["AB1001"])
    with pytest.raises(WrongState):
        async with db.unit_of_work():
            await take_back(unit.id, restock=True)


@pytest.mark.requirement("WAR-5")
async def test_what_others_told_us_of_starts_anew_when_we_sell_it(desk):
    known = await known_unit("AB1001", SKU, warranty_starts_on=date(2020, 1, 1))
    await registered(known.id, "somebody@example.com")
    order_id = await sold(desk, ["AB1001"])
    unit = await get_unit(known.id)
    assert (unit.origin, unit.order_id, unit.registered) == ("sold", order_id, False)
    assert unit.warranty_starts_on == local_date(get_market("FR"), clock.now())
    assert "somebody@example.com" not in (await owner_of(unit.id)).emails


@pytest.mark.requirement("RMA-18")
async def test_a_replacement_takes_over_warranty_services_and_owner(desk):
    await sold(desk, ["AB1001"])
    (old,) = await find_units("AB1001")
    end = coverage(old, old.warranty_starts_on).standard_until
    await with_service(old.id, end + timedelta(days=1), end + timedelta(days=366))
    await registered(old.id, "Owner@Example.com")
    extended = coverage(await get_unit(old.id), end).until
    desk.later(days=100)
    await sold(desk, ["AB2002"])
    (new,) = await find_units("AB2002")
    async with db.unit_of_work():
        await inherit(old.id, new.id)
        await inherit(old.id, new.id)
    old, new = await get_unit(old.id), await get_unit(new.id)
    today = local_date(get_market("FR"), clock.now())
    assert (old.status, old.services, len(old.former_services)) == ("replaced", (), 1)
    assert (new.replaces_unit_id, new.inherited_until, new.registered) == (old.id, end, True)
    seen = coverage(new, today)
    assert (seen.standard_until, seen.until, seen.code) == (end, extended, "extension_ahead")
    assert not coverage(old, today).in_warranty
    assert coverage(old, today - timedelta(days=1)).until == extended
    assert await kinds(old.id) == ["sold", "replaced"]
    assert await kinds(new.id) == ["sold", "service_taken_over", "replaces"]
    assert "owner@example.com" in (await owner_of(new.id)).emails


@pytest.mark.requirement("RMA-18")
async def test_a_replacement_close_to_the_end_has_the_months_that_the_market_grants(desk):
    await sold(desk, ["AB1001"])
    (old,) = await find_units("AB1001")
    desk.later(days=720)
    async with db.unit_of_work():
        await take_back(old.id, restock=False)
    await sold(desk, ["AB2002"])
    (new,) = await find_units("AB2002")
    async with db.unit_of_work():
        await inherit(old.id, new.id)
    new = await get_unit(new.id)
    assert new.warranty_months == get_market("FR").policy.replacement_warranty_months
    assert coverage(new, new.warranty_starts_on).until > new.inherited_until


@pytest.mark.requirement("RMA-18", "CER-2")
async def test_a_unit_that_had_a_service_before_can_take_over_the_same_one(desk):
    await sold(desk, ["AB1001"])
    (unit,) = await find_units("AB1001")
    today = local_date(get_market("FR"), clock.now())
    await with_service(unit.id, today, today + timedelta(days=400))
    async with db.unit_of_work():
        await take_back(unit.id, restock=True)
    await sold(desk, ["AB2002"])
    (broken,) = await find_units("AB2002")
    await with_service(broken.id, today, today + timedelta(days=400))
    await db.execute(
        "update unit_service set certificate_id = (select certificate_id from unit_service where unit_id = $1)"
        " where unit_id = $2",
        unit.id,
        broken.id,
    )
    desk.later(days=1)
    await sold(desk, ["AB1001"])
    async with db.unit_of_work():
        await inherit(broken.id, unit.id)
    replacement = await get_unit(unit.id)
    assert [each.reference for each in replacement.services] == ["CARE-12M"]
    assert [each.reference for each in replacement.former_services] == ["CARE-12M"]


@pytest.mark.requirement("RMA-18")
async def test_a_unit_is_replaced_once(desk):
    await sold(desk, ["AB1001", "AB2002", "AB3003"])
    old, new, other = [(await find_units(serial))[0] for serial in ("AB1001", "AB2002", "AB3003")]

    async def replace(by) -> bool:
        try:
            async with db.unit_of_work():
                await inherit(old.id, by.id)
        except UnitReplacedBefore:
            return False
        return True

    assert sorted(await asyncio.gather(replace(new), replace(other))) == [False, True]
    assert await db.fetchval("select count(*) from unit where replaces_unit_id = $1", old.id) == 1
    with pytest.raises(NotFound):
        async with db.unit_of_work():
            await inherit(new_id(), new.id)


@pytest.mark.requirement("WAR-1")
async def test_the_owner_is_who_bought_it_and_who_registered_it(desk):
    order_id = await sold(desk, ["AB1001"])
    (unit,) = await find_units("AB1001")
    bought = await owner_of(unit.id)
    assert (bought.order_id, bought.registered, bought.known) == (order_id, False, True)
    assert bought.emails == {"customer@example.com"}
    account_id = new_id()
    await registered(unit.id, "Owner@Example.com", account_id=account_id)
    owner = await owner_of(unit.id)
    assert owner.emails == {"customer@example.com", "owner@example.com"}
    assert (owner.account_id, owner.account_ids, owner.registered) == (account_id, {account_id}, True)
    imported = await owner_of((await known_unit("AB2002", SKU)).id)
    assert not imported.known
    with pytest.raises(NotFound):
        await owner_of(new_id())


@pytest.mark.requirement("WAR-1")
async def test_the_passport_hides_from_the_public_what_is_for_staff(desk):
    await sold(desk, ["AB1001"])
    (unit,) = await find_units("AB1001")
    async with db.unit_of_work():
        await record_event(unit.id, "registration_ended", public=False, reason="resold")
    assert [entry.kind for entry in await passport(unit.id, staff=False)] == ["sold"]
    with pytest.raises(KeyError):
        await record_event(unit.id, "no such kind")


def test_every_status_has_its_steps():
    assert set(UNIT.steps) == set(UnitStatus)


async def test_a_unit_that_does_not_exist_is_not_found(desk):
    for ask in (get_unit, owner_of):
        with pytest.raises(NotFound):
            await ask(new_id())
    with pytest.raises(NotFound):
        async with db.unit_of_work():
            await lock_unit(new_id())
    assert await find_units("AB1001") == []
