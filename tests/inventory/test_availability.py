"""What a shopper is told: in stock, backorder with its date, preorder with its release, or unavailable (CAT-5)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from store import inventory
from store.cli.seed import seed_demo_catalogue
from store.inventory import Availability, Inbound, VariantStock, WarehouseStock, expected_on, outlook
from store.kernel import clock, db
from store.kernel.errors import NotFound
from store.markets.market import MarketPolicy

TODAY = date(2026, 3, 1)
POLICY = MarketPolicy()
SOON, LATER = TODAY + timedelta(days=5), TODAY + timedelta(days=9)


def stock(*free: int, inbound=()) -> VariantStock:
    return VariantStock(
        uuid4(),
        tuple(WarehouseStock(f"W{index}", quantity) for index, quantity in enumerate(free)),
        tuple(Inbound("W0", day, quantity) for day, quantity in inbound),
    )


@pytest.mark.requirement("CAT-5", "CRT-2")
@pytest.mark.parametrize(
    ("sells", "release_on", "held", "code", "day", "estimated"),
    [
        ("stock", None, stock(0, 2), "in_stock", None, False),
        ("stock", None, stock(0), "unavailable", None, False),
        ("stock", None, stock(0, inbound=[(SOON, 5)]), "unavailable", None, False),
        ("backorder", None, stock(1), "in_stock", TODAY + timedelta(days=21), True),
        ("backorder", None, stock(1, inbound=[(SOON, 5)]), "in_stock", SOON, False),
        ("backorder", None, stock(0, inbound=[(SOON, 5)]), "backorder", SOON, False),
        ("backorder", None, stock(), "backorder", TODAY + timedelta(days=21), True),
        ("backorder", None, stock(inbound=[(TODAY - timedelta(days=1), 5)]), "backorder", TODAY + timedelta(21), True),
        ("preorder", LATER, stock(4), "preorder", LATER, False),
        ("preorder", SOON, stock(0, inbound=[(LATER, 5)]), "preorder", LATER, False),
        ("preorder", LATER, stock(0, inbound=[(SOON, 5)]), "preorder", LATER, False),
        ("preorder", TODAY, stock(4), "in_stock", TODAY + timedelta(days=21), True),
        ("preorder", TODAY, stock(0), "backorder", TODAY + timedelta(days=21), True),
        ("unavailable", None, stock(9), "unavailable", None, False),
        ("always", None, stock(), "in_stock", None, False),
    ],
)
def test_a_shopper_is_told_what_can_leave_when(sells, release_on, held, code, day, estimated):
    told = outlook(held, sells, release_on, POLICY, TODAY)
    assert (told.availability.value, told.expected_on, told.estimated) == (code, day, estimated)


def test_deliveries_that_are_promised_to_older_orders_are_not_promised_again():
    held = stock(0, inbound=[(SOON, 5), (LATER, 5)])
    assert outlook(held, "backorder", None, POLICY, TODAY, waiting=4).expected_on == SOON
    assert outlook(held, "backorder", None, POLICY, TODAY, waiting=5).expected_on == LATER
    assert outlook(held, "backorder", None, POLICY, TODAY, waiting=10).estimated


def test_many_units_wait_for_the_delivery_that_makes_them_up():
    held = stock(0, inbound=[(SOON, 5), (LATER, 5)])
    days = [expected_on(held, "backorder", None, POLICY, TODAY, quantity=quantity) for quantity in (5, 6, 11)]
    assert days == [SOON, LATER, TODAY + timedelta(days=21)]
    assert expected_on(held, "stock", None, POLICY, TODAY) is None
    assert expected_on(held, "preorder", LATER + timedelta(days=1), POLICY, TODAY) == LATER + timedelta(days=1)


def test_the_longest_wait_is_the_markets():
    policy = MarketPolicy(backorder_days=(3, 7))
    assert outlook(stock(), "backorder", None, policy, TODAY).expected_on == TODAY + timedelta(days=7)


async def test_a_market_sees_the_warehouses_that_serve_it_in_its_order(variants, put):
    await put(variants["A"], "PAR", 3)
    await put(variants["A"], "LEI", 4)
    await put(variants["A"], "RNO", 5)
    for market, order in {"FR": ["PAR", "LEI"], "DE": ["LEI", "PAR"], "US": ["RNO"], "CN": []}.items():
        seen = (await inventory.availability(market, [variants["A"]]))[variants["A"]]
        assert [place.warehouse for place in seen.warehouses] == order
    assert (await inventory.availability("FR", [variants["A"]]))[variants["A"]].free == 7


async def test_every_variant_asked_for_has_an_answer_in_one_statement(variants, put, monkeypatch):
    await put(variants["A"], "PAR", 3)
    calls = []
    fetch = db.fetch

    async def counted(*args):
        calls.append(args)
        return await fetch(*args)

    monkeypatch.setattr(db, "fetch", counted)
    unknown = uuid4()
    seen = await inventory.availability("FR", [*variants.values(), unknown])
    assert len(calls) == 1
    assert set(seen) == {*variants.values(), unknown}
    assert seen[unknown] == VariantStock(unknown)
    assert await inventory.availability("FR", []) == {}
    assert len(calls) == 1


async def test_a_delivery_is_seen_until_it_is_received(variants):
    delivery = inventory.InboundDelivery(
        variant_id=variants["A"], warehouse="PAR", quantity=5, expected_on=SOON, reference="PO-1"
    )
    await inventory.plan_deliveries([delivery])
    await inventory.plan_deliveries([delivery])
    await inventory.postpone_delivery(delivery.id, LATER)
    (listed,) = await inventory.list_deliveries(warehouse="PAR")
    assert (listed.id, listed.expected_on) == (delivery.id, LATER)
    assert await inventory.list_deliveries(warehouse="LEI") == []
    seen = (await inventory.availability("FR", [variants["A"]]))[variants["A"]]
    assert (seen.free, seen.inbound) == (0, (Inbound("PAR", LATER, 5),))
    async with db.unit_of_work():
        await inventory.receive_delivery(delivery.id, quantity=4)
    seen = (await inventory.availability("FR", [variants["A"]]))[variants["A"]]
    assert (seen.free, seen.inbound) == (4, ())
    with pytest.raises(NotFound):
        await inventory.postpone_delivery(delivery.id, SOON)
    with pytest.raises(NotFound):
        async with db.unit_of_work():
            await inventory.receive_delivery(uuid4())


async def test_a_delivery_to_nowhere_or_of_nothing_is_refused(variants):
    facts = {"quantity": 1, "expected_on": SOON, "reference": "PO"}
    with pytest.raises(inventory.UnknownWarehouse):
        await inventory.plan_deliveries([inventory.InboundDelivery(variant_id=variants["A"], warehouse="XXX", **facts)])
    with pytest.raises(NotFound):
        await inventory.plan_deliveries([inventory.InboundDelivery(variant_id=uuid4(), warehouse="PAR", **facts)])


@pytest.mark.requirement("CAT-5")
async def test_the_listing_tells_the_availability_of_every_variant(database, monkeypatch):
    await seed_demo_catalogue()
    statements = []
    fetch = db.fetch

    async def counted(sql, *args):
        statements.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(db, "fetch", counted)
    page = await inventory.list_offers("FR", "fr", include_refurbished=True, limit=100)
    assert len(statements) == 3
    told = [offered for offer in page.items for offered in offer.variants]
    assert {offered.outlook.availability for offered in told} == set(Availability)
    today = clock.today("Europe/Paris")
    for offered in told:
        if offered.outlook.availability is Availability.PREORDER:
            assert offered.outlook.expected_on >= offered.variant.release_on > today
        if offered.outlook.availability is Availability.BACKORDER:
            assert offered.outlook.expected_on > today
        if offered.outlook.availability is Availability.IN_STOCK:
            assert offered.outlook.free is None or offered.outlook.free > 0


async def test_older_orders_are_counted_into_the_date(database):
    await seed_demo_catalogue()
    page = await inventory.list_offers("FR", "en", limit=100)
    offer, offered = next(
        (offer, offered)
        for offer in page.items
        for offered in offer.variants
        if offered.outlook.availability is Availability.BACKORDER and not offered.outlook.estimated
    )

    async def everything_is_taken(ids):
        return dict.fromkeys(ids, 10_000)

    again = await inventory.get_offer("FR", offer.product.slug, waiting=everything_is_taken)
    told = next(each for each in again.variants if each.variant.sku == offered.variant.sku)
    assert told.outlook.estimated


async def test_the_seed_run_twice_leaves_reserved_stock_alone(database, shelf):
    await seed_demo_catalogue()
    (variant_id, warehouse), (on_hand, _) = next(item for item in (await shelf()).items() if item[1][0] > 0)
    async with db.unit_of_work():
        await inventory.reserve([inventory.Want(variant_id, warehouse, 1)])
    before = await shelf()
    movements = await db.fetchval("select count(*) from stock_movement")
    deliveries = await db.fetch("select * from inbound_delivery order by id")
    await seed_demo_catalogue()
    assert await shelf() == before
    assert before[variant_id, warehouse] == (on_hand, 1)
    assert await db.fetchval("select count(*) from stock_movement") == movements
    assert await db.fetch("select * from inbound_delivery order by id") == deliveries


async def test_warehouses_are_saved_and_told(variants):
    known = {warehouse.code: warehouse for warehouse in await inventory.list_warehouses()}
    assert known["PAR"].markets == {"FR": 0, "DE": 1}
    moved = inventory.Warehouse(code="RNO", name="Reno 2", country="US", markets={})
    await inventory.save_warehouses([moved])
    assert {each.code: each for each in await inventory.list_warehouses()} == {**known, "RNO": moved}
