"""Services leave by themselves, by e-mail, as soon as their money is secured, and not before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from store.kernel import db
from store.markets import get_market, registry
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.fulfil_services import fulfil_services
from store.payments.bank import import_statement
from store.payments.keep_secured import expire_authorizations
from store.payments.pay_link import pay_link
from store.payments.payment_links import link_token

SERVICE, GOODS, LATER = "SVC-CARE-12M-1U", "AUR-ONE-BLK", "HAL-DVID-BLK"


async def events(order_id: UUID) -> list[str]:
    rows = await db.fetch("select kind from order_event where order_id = $1 and public order by id", order_id)
    return [row["kind"] for row in rows]


@pytest.mark.requirement("CER-1", "PAY-3")
@pytest.mark.parametrize("method", ["card", "apple_pay", "wire"])
async def test_services_alone_are_delivered_without_a_warehouse_once_their_money_is_secured(shop, method):
    order = await shop.place([(SERVICE, 2)], method)
    await shop.work()
    shipment = await shop.shipment(order.order_id)
    assert (shipment["status"], shipment["carrier"], shipment["tracking_number"]) == ("delivered", "e-mail", None)
    assert shipment["refundable_until"]
    (charge,) = await shop.charges(order.order_id)
    assert charge["status"] == ("invoiced" if method == "wire" else "captured")
    told = await events(order.order_id)
    assert [kind for kind in told if kind.startswith("shipment")] == ["shipment_emailed", "shipment_delivered"]
    await shop.check_books()


@pytest.mark.requirement("CER-1")
async def test_services_in_a_parcel_wait_for_it(shop):
    order = await shop.place([(GOODS, 1), (SERVICE, 1)])
    await shop.work()
    assert (await shop.shipment(order.order_id))["status"] == "ready"
    await shop.ship(order.order_id)
    shipment = await shop.shipment(order.order_id)
    assert (shipment["status"], shipment["carrier"]) == ("dispatched", "Colissimo")


@pytest.mark.requirement("CER-1", "SHP-1")
async def test_services_do_not_wait_for_goods_on_backorder(shop):
    order = await shop.place([(LATER, 1), (SERVICE, 1)])
    await shop.work()
    rows = await shop.shipments(order.order_id)
    assert sorted(row["status"] for row in rows) == ["delivered", "waiting"]
    await shop.check_books()


@pytest.mark.requirement("CER-1", "ORD-4")
async def test_services_left_alone_by_a_cancellation_are_delivered(shop):
    order = await shop.place([(GOODS, 1), (SERVICE, 1)])
    line_id = await db.fetchval("select id from order_line where order_id = $1 and sku = $2", order.order_id, GOODS)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", units={line_id: 1}))
    await shop.work()
    assert (await shop.shipment(order.order_id))["status"] == "delivered"
    await shop.check_books()


@pytest.mark.requirement("CER-1", "PAY-6")
async def test_services_on_hold_leave_when_the_payment_link_is_paid(shop):
    order = await shop.place([(GOODS, 1), (SERVICE, 1), (LATER, 1)], token="pm_sim_decline_off_session")
    await shop.work()
    first = await shop.shipment(order.order_id)
    line_id = await db.fetchval("select id from order_line where order_id = $1 and sku = $2", order.order_id, GOODS)
    later_line = await db.fetchval("select id from order_line where order_id = $1 and sku = $2", order.order_id, LATER)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", units={later_line: 1}))
    # The hold on the card lapses before the goods are cancelled: what is left has to be secured anew, and is declined.
    shop.later(days=8)
    await shop.take_webhooks()
    await expire_authorizations()
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", units={line_id: 1}, any_day=True))
    await shop.work()
    assert (await shop.shipment(order.order_id, first["sequence"]))["status"] == "on_hold"
    link = await db.fetchrow("select * from payment_link where order_id = $1", order.order_id)
    await pay_link(link_token(link["id"]), "pm_card_mastercard", return_url="https://x.example.com", save_consent=True)
    await shop.work()
    assert (await shop.shipment(order.order_id, first["sequence"]))["status"] == "delivered"
    await shop.check_books()


@pytest.mark.requirement("CER-1", "PAY-10")
async def test_a_prepaid_service_leaves_when_the_transfer_has_come(shop, monkeypatch):
    market = get_market("FR")
    prepaid = replace(market, policy=replace(market.policy, wire_prepayment=True))
    monkeypatch.setitem(registry._markets, "FR", prepaid)
    order = await shop.place([(SERVICE, 1)], "wire")
    await shop.work()
    assert (await shop.shipment(order.order_id))["status"] == "ready"
    payment = await db.fetchrow("select * from payment where order_id = $1", order.order_id)
    amount, reference = payment["total_minor"] / 100, payment["transfer_reference"]
    text = f"booked_on;amount;currency;reference;payer\n2026-01-02;{amount:.2f};EUR;{reference};Camille\n"
    await import_statement(text.encode(), actor="accounting")
    await shop.work()
    assert (await shop.shipment(order.order_id))["status"] == "delivered"
    await shop.check_books()


@pytest.mark.requirement("CER-1")
async def test_the_consumer_at_once_and_again_delivers_once(shop):
    order = await shop.place([(SERVICE, 1)])
    await asyncio.gather(*(fulfil_services(str(order.order_id)) for _ in range(6)))
    await shop.work()
    await fulfil_services(str(order.order_id))
    told = await events(order.order_id)
    assert (told.count("shipment_emailed"), told.count("shipment_delivered"), told.count("charged")) == (1, 1, 1)
    await shop.check_books()
