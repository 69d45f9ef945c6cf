"""Whatever races: nothing is sold twice, nobody waits for ever (CRT-7)."""

from __future__ import annotations

import asyncio
import random
from datetime import date

import pytest

from store import inventory
from store.inventory import StockGone, Want
from store.kernel import db


async def buy(wants) -> bool:
    try:
        async with db.unit_of_work():
            await inventory.reserve(wants)
    except StockGone:
        return False
    return True


@pytest.mark.requirement("CRT-7")
async def test_fifty_buyers_of_ten_units_get_exactly_ten(variants, put, shelf):
    await put(variants["A"], "PAR", 10)
    bought = await asyncio.gather(*(buy([Want(variants["A"], "PAR", 1)]) for _ in range(50)))
    assert sum(bought) == 10
    assert await shelf() == {(variants["A"], "PAR"): (10, 10)}


@pytest.mark.requirement("CRT-7")
async def test_the_last_unit_is_sold_once(variants, put):
    await put(variants["A"], "PAR", 1)
    assert sum(await asyncio.gather(*(buy([Want(variants["A"], "PAR", 1)]) for _ in range(20)))) == 1


async def test_orders_for_the_same_goods_in_any_order_do_not_lock_each_other_out(variants, put, shelf):
    ids = list(variants.values())
    for variant_id in ids:
        await put(variant_id, "PAR", 60)
    chance = random.Random(7)

    async def one():
        wants = [Want(variant_id, "PAR", 1) for variant_id in chance.sample(ids, 3)]
        if not await buy(wants):
            return 0
        step = chance.choice([inventory.release, inventory.ship, None])
        if step:
            async with db.unit_of_work():
                await step(wants[::-1])
        return 0 if step is inventory.release else 3

    async with asyncio.timeout(30):
        await asyncio.gather(*(one() for _ in range(80)))
    noted = await db.fetch(
        "select variant_id, warehouse, sum(on_hand_change)::int, sum(reserved_change)::int"
        " from stock_movement group by 1, 2"
    )
    assert {(row[0], row[1]): (row[2], row[3]) for row in noted} == await shelf()


async def test_goods_that_arrive_together_are_added_up(variants, put, shelf):
    await asyncio.gather(*(put(variants["A"], "PAR", 2) for _ in range(20)))
    assert await shelf() == {(variants["A"], "PAR"): (40, 0)}


async def test_locked_stock_stays_as_it_was_told_until_the_end(variants, put, shelf):
    await put(variants["A"], "PAR", 1)
    async with db.unit_of_work():
        assert await inventory.lock_stock([(variants["A"], "PAR")]) == {(variants["A"], "PAR"): 1}
        rival = asyncio.create_task(rival_buys(variants["A"]))
        await asyncio.sleep(0.1)
        assert not rival.done()
        await inventory.reserve([Want(variants["A"], "PAR", 1)])
    assert await rival is False


async def rival_buys(variant_id) -> bool:
    db.ENGINE.current_transaction.set(None)  # A task takes the context of its maker with it.
    return await buy([Want(variant_id, "PAR", 1)])


async def test_a_delivery_is_received_once(variants, shelf):
    delivery = inventory.InboundDelivery(
        variant_id=variants["A"], warehouse="PAR", quantity=5, expected_on=date(2026, 3, 1), reference="PO"
    )
    await inventory.plan_deliveries([delivery])

    async def receive():
        async with db.unit_of_work():
            await inventory.receive_delivery(delivery.id)

    outcomes = await asyncio.gather(*(receive() for _ in range(10)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [inventory.AlreadyReceived] * 9
    assert await shelf() == {(variants["A"], "PAR"): (5, 0)}
