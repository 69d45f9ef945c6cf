"""Cancelling and changing what was ordered, as far as it is possible (ORD-3…6)."""

from __future__ import annotations

import pytest

from orders.shop import ADDRESSES, PHONES
from store.kernel import db
from store.markets.addresses import PostBoxRefused
from store.markets.registry import CountryNotSupported
from store.orders.cancel_order import CancelOrder, NothingToCancel, cancel_order
from store.orders.change_address import change_address
from store.orders.errors import (
    AddressChangeRefused,
    AddressChangeTooLate,
    CancellationDayOver,
    CancellationTooLate,
    OrderNotConfirmed,
)
from store.payments.keep_secured import resolve_unknown
from store.payments.take_webhook import confirm_payment


async def free_stock(sku):
    return await db.fetchval(
        "select sum(on_hand - reserved)::int from stock s join variant v on v.id = s.variant_id where sku = $1", sku
    )


@pytest.mark.requirement("ORD-4", "ORD-5", "REF-11")
async def test_cancelling_an_uncharged_order_voids_the_money_and_frees_the_stock(shop):
    before = await free_stock("AUR-ONE-BLK")
    order = await shop.place([("AUR-ONE-BLK", 2), ("HAL-DVID-BLK", 1)])
    assert await free_stock("AUR-ONE-BLK") == before - 2
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    assert result.outcome == "canceled"
    await shop.work()
    assert await free_stock("AUR-ONE-BLK") == before
    assert shop.world.look("books")["stripe"]["eur"]["authorized_open"] == 0
    assert [charge["status"] for charge in await shop.charges(order.order_id)] == ["released", "released"]
    assert await shop.status(order.order_id) == "canceled"
    await shop.check_books()


@pytest.mark.requirement("ORD-4")
async def test_what_was_released_is_kept_and_said(shop):
    order = await shop.place([("AUR-ONE-BLK", 1), ("HAL-DVID-BLK", 1)])
    await shop.release(order.order_id, 1)
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    assert result.outcome == "partly_canceled"
    assert result.kept_shipments == (f"{order.number}-1",)
    assert result.canceled_shipments == (f"{order.number}-2",)
    await shop.dispatch(order.order_id, 1)
    await shop.work()
    with pytest.raises(CancellationTooLate):
        await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    await shop.check_books()


@pytest.mark.requirement("ORD-4")
async def test_customers_cancel_on_the_day_of_the_order_in_the_markets_time_zone(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    shop.later(days=1)
    with pytest.raises(CancellationDayOver):
        await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", any_day=True))
    assert result.outcome == "canceled"


async def test_some_units_can_be_canceled_and_the_rest_is_charged_exactly(shop):
    order = await shop.place([("AUR-ONE-BLK", 3)])
    line = await db.fetchrow("select * from order_line where order_id = $1", order.order_id)
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="customer", units={line["id"]: 1}))
    assert result.outcome == "partly_canceled"
    await shop.ship(order.order_id)
    total = await db.fetchval("select total_minor from sales_order where id = $1", order.order_id)
    captured = await db.fetchval("select captured_minor from payment where order_id = $1", order.order_id)
    assert captured == total - result.released_money.amount_minor
    assert result.released_money.amount_minor == line["total_minor"] // 3
    await shop.check_books()


async def test_more_units_than_there_are_can_not_be_canceled_and_nothing_changes(shop):
    order = await shop.place([("AUR-ONE-BLK", 3)])
    line = await db.fetchval("select id from order_line where order_id = $1", order.order_id)
    with pytest.raises(NothingToCancel):
        await cancel_order(CancelOrder(order_id=order.order_id, actor="customer", units={line: 4}))
    assert await db.fetchval("select sum(canceled_quantity) from shipment_line") == 0


@pytest.mark.requirement("PAY-7")
async def test_a_pending_order_can_be_canceled_and_a_late_approval_changes_nothing(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)], token="pm_card_authenticationRequired")
    ref = await db.fetchval("select provider_ref from payment_authorization where order_id = $1", order.order_id)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    shop.world.sim("stripe/3ds", payment_intent=ref, outcome="succeed")
    await shop.work()
    assert await shop.status(order.order_id) == "canceled"
    assert shop.world.look("books")["stripe"].get("eur", {"authorized_open": 0})["authorized_open"] == 0
    await shop.check_books()


@pytest.mark.requirement("ORD-6")
async def test_the_address_can_change_until_the_release_under_the_rules_of_a_new_one(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    base = {**ADDRESSES["FR"], "country": "FR", "phone": PHONES["FR"]}
    await change_address(
        order.order_id, {**base, "line1": "5 place Bellecour", "postcode": "69002", "city": "Lyon"}, actor="c"
    )
    stored = await db.fetchval("select shipping_address from sales_order where id = $1", order.order_id)
    assert stored["city"] == "Lyon"
    with pytest.raises(PostBoxRefused):
        await change_address(order.order_id, {**base, "line1": "BP 123"}, actor="c")
    with pytest.raises(CountryNotSupported):
        await change_address(order.order_id, {**base, "country": "BR"}, actor="c")
    await shop.release(order.order_id)
    with pytest.raises(AddressChangeTooLate):
        await change_address(order.order_id, base, actor="c")


@pytest.mark.requirement("ORD-6", "MKT-3")
async def test_an_address_with_another_tax_is_refused(shop):
    order = await shop.place([("AUR-ONE-BLK", 1)], market="US")
    oregon = {
        "name": "Test Customer",
        "line1": "1000 SW Broadway",
        "postcode": "97205",
        "city": "Portland",
        "region": "OR",
        "country": "US",
        "phone": "+15035550100",
    }
    with pytest.raises(AddressChangeRefused):
        await change_address(order.order_id, oregon, actor="c")


@pytest.mark.requirement("ORD-5", "PAY-8")
@pytest.mark.parametrize("method", ["google_pay", "card"])
async def test_cancelling_gives_back_money_that_arrived_before_the_order_knew(shop, method):
    """The provider's answer was lost and then found; the order is still pending when it is cancelled."""
    shop.world.fault("stripe", "payment_intents.create", "drop_after")
    order = await shop.place([("AUR-ONE-BLK", 2)], method)
    assert order.status == "pending"
    await resolve_unknown()
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    assert result.outcome == "canceled"
    await shop.work()
    await shop.work()
    books = shop.world.look("books")["stripe"]["eur"]
    assert books["authorized_open"] == 0
    assert books["captured"] == books["refunded"]
    assert await db.fetchval("select captured_minor - refunded_minor from payment") == 0
    assert await shop.status(order.order_id) == "canceled"
    await shop.check_books()


@pytest.mark.requirement("ORD-5", "PAY-8")
@pytest.mark.parametrize("method", ["google_pay", "card"])
async def test_a_cancelled_order_is_not_paid_after_all(shop, method):
    """The provider never heard of it: the call isn't made again for an order that was given up."""
    shop.world.fault("stripe", "payment_intents.create", "drop_before")
    order = await shop.place([("AUR-ONE-BLK", 2)], method)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    await resolve_unknown()
    await shop.work()
    assert await db.fetchval("select status from payment_authorization") == "failed"
    assert await db.fetchval("select status from provider_operation") == "failed"
    assert not shop.world.look("books")["movements"]
    assert "eur" not in shop.world.look("books")["stripe"]
    assert await shop.status(order.order_id) == "canceled"


@pytest.mark.requirement("ORD-4")
async def test_some_units_of_an_unpaid_order_are_not_taken_for_all_of_it(shop):
    order = await shop.place([("AUR-ONE-BLK", 2)], "paypal")
    assert order.status == "pending"
    line_id = await db.fetchval("select id from order_line where order_id = $1", order.order_id)
    with pytest.raises(OrderNotConfirmed):
        await cancel_order(CancelOrder(order_id=order.order_id, actor="customer", units={line_id: 1}))
    assert await shop.status(order.order_id) == "pending"


@pytest.mark.requirement("ORD-5", "PAY-8")
@pytest.mark.parametrize("outcome", ["completed", "declined"])
async def test_a_capture_that_is_decided_after_the_cancellation_takes_nothing(shop, outcome):
    """PayPal holds a capture for review; the customer cancels meanwhile."""
    shop.world.sim("settings", paypal_capture_pending=True)
    order = await shop.place([("AUR-ONE-BLK", 1)], "paypal")
    ref = await db.fetchval("select provider_ref from payment_authorization where order_id = $1", order.order_id)
    shop.world.sim("paypal/approve", order=ref)
    await confirm_payment(order.order_id)
    assert await db.fetchval("select status from capture") == "pending"
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))
    assert result.outcome == "canceled"
    shop.world.sim("paypal/capture", capture=await db.fetchval("select provider_ref from capture"), outcome=outcome)
    await shop.take_webhooks()
    await shop.work()
    books = shop.world.look("books")["paypal"].get("eur", {"captured": 0, "refunded": 0})
    assert books["captured"] == books["refunded"] == (8580 if outcome == "completed" else 0)
    assert await db.fetchval("select captured_minor - refunded_minor from payment") == 0
    assert [charge["status"] for charge in await shop.charges(order.order_id)] == ["released"]
    assert await shop.status(order.order_id) == "canceled"
    await shop.check_books()
