"""One winner, and balanced books, whatever happens at the same moment."""

from __future__ import annotations

import asyncio

import pytest

from store.carts import CartChange, CartChanged, Visitor, change_cart
from store.inventory import StockGone
from store.kernel import db
from store.kernel.errors import StoreError, WrongState
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.dispatch_shipment import DispatchShipment, dispatch_shipment
from store.orders.place_order import place_order
from store.orders.release_shipment import release_shipment
from store.payments.apply_snapshot import apply_snapshot
from store.payments.port import get_provider
from store.payments.take_webhook import confirm_payment

TEN = "AUR-ONE-SAND"  # exactly ten in stock


async def gather(*jobs):
    return await asyncio.gather(*jobs, return_exceptions=True)


@pytest.mark.requirement("CRT-7")
async def test_fifty_buyers_of_ten_units_get_exactly_ten_orders(shop):
    commands = [await shop.command([(TEN, 1)], "wire") for _ in range(50)]
    results = await gather(*(place_order(command) for command in commands))
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(results) - len(refused) == 10
    assert all(isinstance(result, StoreError) and result.status == 409 for result in refused)
    assert all(isinstance(result, StockGone) for result in refused)
    assert await db.fetchval("select count(*) from sales_order") == 10
    row = await db.fetchrow("select * from stock s join variant v on v.id = s.variant_id where sku = $1", TEN)
    assert (row["on_hand"], row["reserved"]) == (10, 10)


@pytest.mark.requirement("CRT-6")
async def test_a_cart_becomes_one_order_whatever_races(shop):
    command = await shop.command([("AUR-ONE-BLK", 1)])
    results = await gather(*(place_order(command) for _ in range(20)))
    assert len({result.order_id for result in results}) == 1
    assert await db.fetchval("select count(*) from sales_order") == 1
    assert shop.world.look("books")["stripe"]["eur"]["authorized_open"] == await db.fetchval(
        "select total_minor from sales_order"
    )


async def test_twenty_dispatches_charge_once(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    shipment_id = await shop.release(order.order_id)
    serials = await shop.serials(shipment_id)
    command = DispatchShipment(shipment_id=shipment_id, tracking_number="T1", actor="w", serials=serials)
    results = await gather(*(dispatch_shipment(command) for _ in range(20)))
    assert results == [None] * 20
    await shop.work()
    assert await db.fetchval("select count(*) from capture") == 1
    assert (
        await db.fetchval(
            "select on_hand - 199 from stock s join variant v on v.id = s.variant_id"
            " where sku = 'AUR-ONE-BLK' and reserved = 0 and warehouse = 'PAR'"
        )
        is not None
    )
    await shop.check_books()


@pytest.mark.requirement("ORD-4")
@pytest.mark.parametrize("method", ["card", "paypal", "wire"])
async def test_cancellation_and_release_have_one_winner(shop, method):
    for _ in range(6):
        order = await shop.place([("AUR-ONE-BLK", 1)], method)
        if method == "paypal":
            await approve(shop, order)
        shipment = await shop.shipment(order.order_id)
        cancel, release = await gather(
            cancel_order(CancelOrder(order_id=order.order_id, actor="customer")),
            release_shipment(shipment["id"], actor="warehouse"),
        )
        assert isinstance(cancel, Exception) != isinstance(release, Exception), (cancel, release)
        after = (await shop.shipment(order.order_id))["status"]
        assert after == ("released" if release is None else "canceled")
        assert isinstance(release, StoreError) or release is None
        await shop.work()
    await shop.check_books()


async def approve(shop, order):
    ref = await db.fetchval("select provider_ref from payment_authorization where order_id = $1", order.order_id)
    shop.world.sim("paypal/approve", order=ref)
    await confirm_payment(order.order_id)
    await shop.work()


@pytest.mark.requirement("PAY-9")
async def test_the_payers_return_and_the_webhook_take_the_money_once(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)], "paypal")
    ref = await db.fetchval("select provider_ref from payment_authorization where order_id = $1", order.order_id)
    shop.world.sim("paypal/approve", order=ref)

    async def webhook():
        snapshot = await get_provider("paypal").fetch_authorization(ref)
        await apply_snapshot(snapshot)
        await confirm_payment(order.order_id)

    results = await gather(*(confirm_payment(order.order_id) for _ in range(5)), *(webhook() for _ in range(5)))
    assert [result for result in results if isinstance(result, Exception)] == []
    await shop.work()
    assert await db.fetchval("select count(*) from capture where status = 'succeeded'") == 1
    assert await shop.status(order.order_id) == "confirmed"
    await shop.check_books()


async def test_twenty_releases_make_one_authorization(shop):
    order = await shop.place([("AUR-ONE-BLK", 1), ("HAL-DVID-BLK", 1)])
    await db.execute(
        "update shipment_line l set reserved_quantity = 0 from shipment s where s.id = l.shipment_id and s.sequence = 2"
    )
    await shop.stock_arrives(order.order_id, 2)
    shipment = await shop.shipment(order.order_id, 2)
    results = await gather(*(release_shipment(shipment["id"], actor="w") for _ in range(20)))
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, StoreError) for result in results if result is not None)
    open_ones = await db.fetchval("select count(*) from payment_authorization where status = 'authorized'")
    assert open_ones == 2  # one per shipment


async def test_what_is_canceled_can_not_be_released(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    with pytest.raises(StoreError) as refused:
        await shop.release(order.order_id)
    assert refused.value.status == 409
    assert not isinstance(refused.value, WrongState) or refused.value.facts["state"] == "canceled"
    await shop.work()
    assert shop.world.look("books")["stripe"]["eur"]["authorized_open"] == 0
    await shop.check_books()


async def test_a_cart_that_was_changed_after_it_was_read_is_not_placed(shop):
    command = await shop.command([("AUR-ONE-BLK", 1)], "wire")
    await change_cart(command.cart_id, CartChange(email="other@example.com"), Visitor())
    with pytest.raises(CartChanged):
        await place_order(command)
    assert await db.fetchval("select count(*) from sales_order") == 0
    assert await db.fetchval("select order_id from cart") is None
