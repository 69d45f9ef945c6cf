"""A process that dies at any point of the main road leaves nothing lost and nothing doubled (PAY-8, CRT-6)."""

from __future__ import annotations

import pytest

from store.kernel import db
from store.orders import dispatch_shipment as dispatching
from store.orders import place_order as placing
from store.payments import operations, perform_operation
from store.payments.keep_secured import resolve_unknown


class Killed(BaseException):
    """Like a kill: no handler of ours catches it."""


def dies(*_, **__):
    raise Killed


async def dead_processes_are_noticed():
    """What was sent by a process that is gone is old enough to be asked for."""
    await db.execute("update provider_operation set sent_at = clock_timestamp() - interval '5 minutes'")


async def recover(shop):
    await dead_processes_are_noticed()
    await shop.work()
    await resolve_unknown()
    await shop.work()


async def place_and_die(shop, command):
    with pytest.raises(Killed):
        await placing.place_order(command)
    order_id = await db.fetchval("select id from sales_order")
    assert await shop.status(order_id) == "pending"
    return order_id


async def assert_placed_once(shop, order_id, monkeypatch, command):
    monkeypatch.undo()
    await recover(shop)
    assert await shop.status(order_id) == "confirmed"
    assert await db.fetchval("select count(*) from sales_order") == 1
    again = await placing.place_order(command)
    assert again.order_id == order_id
    books = shop.world.look("books")["stripe"]["eur"]
    total = await db.fetchval("select total_minor from sales_order")
    assert books["authorized_open"] + books["captured"] == total
    await shop.check_books()


@pytest.mark.requirement("PAY-8", "CRT-6")
@pytest.mark.parametrize("method", ["card", "apple_pay"])
async def test_killed_after_the_order_was_written_and_before_the_provider_was_called(shop, monkeypatch, method):
    command = await shop.command([("AUR-ONE-BLK", 1)], method)
    monkeypatch.setattr(placing, "perform", dies)
    order_id = await place_and_die(shop, command)
    assert await db.fetchval("select status from provider_operation") == "planned"
    await assert_placed_once(shop, order_id, monkeypatch, command)


@pytest.mark.requirement("PAY-8", "CRT-6")
@pytest.mark.parametrize("method", ["card", "apple_pay"])
async def test_killed_after_the_provider_acted_and_before_its_answer_was_kept(shop, monkeypatch, method):
    command = await shop.command([("AUR-ONE-BLK", 1)], method)
    monkeypatch.setattr(perform_operation, "_settle_answer", dies)
    order_id = await place_and_die(shop, command)
    assert await db.fetchval("select status from provider_operation") == "sent"
    await assert_placed_once(shop, order_id, monkeypatch, command)


@pytest.mark.requirement("PAY-8", "CRT-6")
@pytest.mark.parametrize("method", ["card", "apple_pay"])
async def test_killed_after_the_answer_was_kept_and_before_the_order_was_confirmed(shop, monkeypatch, method):
    command = await shop.command([("AUR-ONE-BLK", 1)], method)
    monkeypatch.setattr(placing, "settle_placement", dies)
    order_id = await place_and_die(shop, command)
    assert await db.fetchval("select status from provider_operation") == "succeeded"
    await assert_placed_once(shop, order_id, monkeypatch, command)


@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "error_500_before", "error_500_after"])
async def test_a_lost_answer_at_placement_is_asked_for_and_charged_once(shop, mode):
    command = await shop.command([("AUR-ONE-BLK", 1)])
    shop.world.fault("stripe", "payment_intents.create", mode)
    placed = await placing.place_order(command)
    await recover(shop)
    assert await shop.status(placed.order_id) == "confirmed"
    books = shop.world.look("books")["stripe"]["eur"]
    assert books["authorized_open"] == await db.fetchval("select total_minor from sales_order")


@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "error_500_before", "error_500_after"])
async def test_a_lost_answer_at_capture_is_asked_for_and_charged_once(shop, mode):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    await shop.release(order.order_id)
    shop.world.fault("stripe", "payment_intents.capture", mode)
    await shop.dispatch(order.order_id)
    await shop.work()
    await recover(shop)
    captured = await db.fetchval("select captured_minor from payment")
    assert captured == await db.fetchval("select total_minor from sales_order")
    await shop.check_books()


@pytest.mark.requirement("PAY-8", "PAY-3")
@pytest.mark.parametrize("point", ["before", "between"])
async def test_a_worker_killed_around_the_capture_charges_once(shop, monkeypatch, point):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    await shop.release(order.order_id)
    await shop.dispatch(order.order_id)
    operation_id = await db.fetchval("select id from provider_operation where kind = 'capture'")
    monkeypatch.setattr(perform_operation, "call_provider" if point == "before" else "_settle_answer", dies)
    with pytest.raises(Killed):
        await perform_operation.perform(operation_id)
    monkeypatch.undo()
    await recover(shop)
    assert (await operations.load(operation_id))["status"] == "succeeded"
    assert await db.fetchval("select captured_minor from payment") == await db.fetchval(
        "select total_minor from payment"
    )
    await shop.check_books()


@pytest.mark.requirement("PAY-3")
async def test_a_dispatch_that_dies_half_way_never_happened(shop, monkeypatch):
    order = await shop.place([("AUR-ONE-BLK", 1)])
    await shop.release(order.order_id)
    monkeypatch.setattr(dispatching, "_book_sale", dies)
    with pytest.raises(Killed):
        await shop.dispatch(order.order_id)
    monkeypatch.undo()
    assert (await shop.shipment(order.order_id))["status"] == "released"
    assert await db.fetchval("select count(*) from capture") == 0
    await shop.dispatch(order.order_id)
    await shop.work()
    await shop.check_books()
