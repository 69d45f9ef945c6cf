"""Funds that lapse after the warehouse has the goods: secured anew, or the shipment is taken back (PAY-6)."""

from __future__ import annotations

import pytest

from store.kernel import db
from store.kernel.errors import WrongState
from store.orders.cancel_order import CancelOrder, cancel_order
from store.payments.keep_secured import expire_authorizations
from store.payments.pay_link import pay_link
from store.payments.payment_links import link_token

NOW, LATER = "AUR-ONE-BLK", "HAL-DVID-BLK"


async def let_it_lapse(shop, **period):
    shop.later(**period)
    await expire_authorizations()
    await shop.take_webhooks()
    await shop.work()


@pytest.mark.requirement("PAY-6", "PAY-3")
async def test_a_released_shipment_whose_authorization_lapsed_is_held_until_it_is_paid(shop):
    order = await shop.place([(NOW, 1)])
    await shop.release(order.order_id)
    await let_it_lapse(shop, days=8)
    held = await shop.shipment(order.order_id)
    assert (held["status"], held["hold_reason"], held["released_at"]) == ("on_hold", "no_saved_method", None)
    with pytest.raises(WrongState):
        await shop.dispatch(order.order_id)
    link = await db.fetchrow("select * from payment_link where order_id = $1", order.order_id)
    await pay_link(link_token(link["id"]), "pm_card_mastercard", return_url="https://x.example.com", save_consent=False)
    await shop.work()
    assert (await shop.shipment(order.order_id))["status"] == "ready"
    await shop.ship(order.order_id)
    assert await db.fetchval("select captured_minor = total_minor from payment")
    await shop.check_books()


@pytest.mark.requirement("PAY-5", "PAY-6")
async def test_a_released_shipment_of_a_saved_card_is_authorised_again_and_stays_released(shop):
    order = await shop.place([(NOW, 1), (LATER, 1)])
    await shop.release(order.order_id)
    await let_it_lapse(shop, days=8)
    assert (await shop.shipment(order.order_id))["status"] == "released"
    assert (await shop.charges(order.order_id))[0]["status"] == "secured"
    await shop.dispatch(order.order_id)
    await shop.work()
    assert (await shop.charges(order.order_id))[0]["status"] == "captured"
    await shop.check_books()


@pytest.mark.requirement("PAY-6", "ORD-4")
async def test_a_shipment_that_was_taken_back_can_be_cancelled(shop):
    order = await shop.place([(NOW, 1)])
    await shop.release(order.order_id)
    await let_it_lapse(shop, days=8)
    result = await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", any_day=True))
    assert result.outcome == "canceled"
    await shop.work()
    assert await db.fetchval("select count(*) from payment_link where closed_at is null") == 0
    await shop.check_books()


@pytest.mark.requirement("PAY-5", "PAY-6", "PAY-3")
async def test_a_capture_that_fails_after_the_goods_left_is_made_up_with_the_saved_card(shop):
    order = await shop.place([(NOW, 1), (LATER, 1)])
    await shop.release(order.order_id)
    await shop.dispatch(order.order_id)
    shop.later(days=8)  # the capture comes too late
    await shop.work()
    await shop.work()
    first, _ = await shop.charges(order.order_id)
    assert first["status"] == "captured"
    assert await db.fetchval("select captured_minor from payment") == first["amount_minor"]
    assert shop.world.look("books")["stripe"]["eur"]["captured"] == first["amount_minor"]
    assert await db.fetchval("select count(*) from payment_link") == 0
    await shop.check_books()


@pytest.mark.requirement("PAY-6", "PAY-3")
async def test_goods_that_left_unpaid_are_told_to_a_person_and_paid_by_a_link(shop):
    order = await shop.place([(NOW, 1)])
    await shop.release(order.order_id)
    await shop.dispatch(order.order_id)
    shop.later(days=8)
    await shop.work()
    exception = await db.fetchrow("select kind, order_id from exception_item")
    assert (exception["kind"], exception["order_id"]) == ("capture_failed", order.order_id)
    letter = await db.fetchrow("select text_body, html_body from email where kind = 'payment_link'")
    assert all(NOW in body for body in letter)
    link = await db.fetchrow("select * from payment_link where order_id = $1", order.order_id)
    await pay_link(link_token(link["id"]), "pm_card_mastercard", return_url="https://x.example.com", save_consent=False)
    await shop.work()
    assert await db.fetchval("select captured_minor = total_minor from payment")
    assert await db.fetchval("select shipping_captured_minor = shipping_quoted_minor from payment")
    assert (await shop.shipment(order.order_id))["status"] == "dispatched"
    await shop.check_books()
