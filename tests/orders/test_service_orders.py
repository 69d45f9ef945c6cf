"""Orders that a return leads to: a replacement, a repair, the customer's own goods (RMA-9, RMA-18)."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from orders.shop import ADDRESSES, Shop
from store.catalog import load_variants
from store.inventory import StockMismatch, adjust
from store.kernel import clock, db
from store.kernel.errors import StoreError, WrongState
from store.markets import get_market, normalize_address
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.dispatch_shipment import take_back_undeliverable
from store.orders.errors import FundsNotSecured, ServiceOrderKept
from store.orders.find_orders import search_orders
from store.orders.history import history
from store.orders.keep_orders import cancel_unpaid_transfers
from store.orders.open_service_order import (
    OpenServiceOrder,
    ServiceLine,
    ServiceOrder,
    open_service_order,
    service_done,
)
from store.orders.release_shipment import release_shipment
from store.payments.bank import import_statement
from store.payments.views import payment_summary

pytestmark = [pytest.mark.requirement("RMA-18")]
DEVICE, AWAITED = "AUR-ONE-BLK", "TON-BAR-BLK"
ADDRESS = msgspec.to_builtins(normalize_address({**ADDRESSES["FR"], "country": "FR"}))


async def line(sku: str, *, kind: str = "return", price: int = 0, market: str = "FR") -> ServiceLine:
    variant = (await load_variants(market, skus=[sku]))[sku]
    new = kind == "device"
    return ServiceLine(
        variant_id=variant.variant_id,
        product_id=variant.product_id,
        sku=sku,
        names=variant.names,
        total_minor=price,
        tax_minor=price // 6,
        tax_rate_ppm=200_000 if price else 0,
        serialized=new and variant.serialized,
        tracks_stock=new and variant.tracks_stock,
        kind=kind,
    )


async def opened(origin: str, sku: str = DEVICE, **facts) -> ServiceOrder:
    kind = {"replacement": "device", "repair": "repair", "return": "return"}[origin]
    each = await line(sku, kind=kind, price=facts.pop("price", 0))
    async with db.unit_of_work():
        return await open_service_order(
            OpenServiceOrder(
                origin=origin,
                rma_number="RMA-7K3M-9QX2",
                market="FR",
                locale="fr",
                email="customer@example.com",
                address=ADDRESS,
                lines=[each],
                customer_reference="PO 4711",
                **facts,
            )
        )


async def repair(shop: Shop, price: int = 12_000) -> ServiceOrder:
    order = await opened("repair", price=price, ready=False)
    await shop.work()
    return order


async def done(order: ServiceOrder, shop: Shop) -> None:
    async with db.unit_of_work():
        await service_done(order.order_id)
    await shop.work()


async def pay(order: ServiceOrder, shop: Shop, amount: str = "120.00") -> None:
    reference = await db.fetchval("select transfer_reference from payment where order_id = $1", order.order_id)
    text = f"booked_on;amount;currency;reference;payer\n2026-01-02;{amount};EUR;{reference};X\n"
    await import_statement(text.encode())
    await shop.work()


async def stock(sku: str) -> tuple[int, int]:
    row = await db.fetchrow(
        "select sum(s.on_hand)::int as on_hand, sum(s.reserved)::int as reserved from stock s"
        " join variant v on v.id = s.variant_id where v.sku = $1",
        sku,
    )
    return row["on_hand"], row["reserved"]


async def emails(order: ServiceOrder) -> list[str]:
    return [row["kind"] for row in await db.fetch("select kind from email where order_id = $1", order.order_id)]


async def test_a_replacement_is_free_reserved_and_leaves_like_any_order(shop):
    on_hand, reserved = await stock(DEVICE)
    order = await opened("replacement")
    assert await stock(DEVICE) == (on_hand, reserved + 1)
    row = await db.fetchrow("select * from sales_order where id = $1", order.order_id)
    assert (row["status"], row["total_minor"], row["payment_method"]) == ("confirmed", 0, "none")
    assert (row["origin"], row["origin_number"], row["customer_reference"]) == (
        "replacement",
        "RMA-7K3M-9QX2",
        "PO 4711",
    )
    await shop.work()
    assert await payment_summary(order.order_id) is None
    await shop.ship(order.order_id)
    assert await stock(DEVICE) == (on_hand - 1, reserved)
    assert await db.fetchval("select count(*) from shipment_serial where order_id = $1", order.order_id) == 1
    assert await db.fetchval("select count(*) from journal where order_id = $1", order.order_id) == 0
    assert await emails(order) == ["shipment_dispatched"]
    letter = await db.fetchval("select text_body from email where order_id = $1", order.order_id)
    assert "RMA-7K3M-9QX2" in letter
    assert "PO 4711" in letter
    assert "remboursement" not in letter
    await shop.check_books()


async def test_a_replacement_that_is_not_in_stock_waits_like_a_backorder(shop):
    order = await opened("replacement", AWAITED)
    assert (await shop.shipment(order.order_id))["status"] == "waiting"
    assert (await shop.shipment(order.order_id))["kind"] == "backorder"
    await shop.stock_arrives(order.order_id, 1)
    assert (await shop.shipment(order.order_id))["status"] == "ready"
    await shop.ship(order.order_id)
    assert (await shop.shipment(order.order_id))["status"] == "dispatched"
    await shop.check_books()


async def test_replacements_at_once_never_promise_a_unit_twice(shop):
    variant = (await line(DEVICE, kind="device")).variant_id
    for row in await db.fetch("select * from stock where variant_id = $1", variant):
        async with db.unit_of_work():
            await adjust(variant, row["warehouse"], 2 - row["on_hand"], reason="a count", actor="test")
    places = await db.fetchval(
        "select count(*) from stock s join warehouse_market m using (warehouse)"
        " where s.variant_id = $1 and m.market = 'FR'",
        variant,
    )
    orders = await asyncio.gather(*(opened("replacement") for _ in range(8)))
    kinds = [(await shop.shipment(order.order_id))["kind"] for order in orders]
    assert kinds.count("stock") == 2 * places
    assert kinds.count("backorder") == 8 - 2 * places
    await shop.work()


async def test_goods_that_go_back_need_neither_stock_nor_serials_nor_money(shop):
    before = await stock(DEVICE)
    order = await opened("return")
    await shop.work()
    await shop.ship(order.order_id)
    assert await stock(DEVICE) == before
    assert (await shop.shipment(order.order_id))["status"] == "dispatched"
    assert await db.fetchval("select count(*) from shipment_serial where order_id = $1", order.order_id) == 0
    await shop.check_books()


@pytest.mark.requirement("RMA-9", "RMA-10")
async def test_a_paid_repair_is_invoiced_at_once_and_leaves_when_it_is_done_and_paid(shop):
    order = await repair(shop)
    invoice = await db.fetchrow("select * from invoice where order_id = $1", order.order_id)
    assert (invoice["amount_minor"], invoice["tax_minor"]) == (12_000, 2_000)
    due = (invoice["due_on"] - clock.now().date()).days
    assert due == get_market("FR").policy.wire_expiry_days
    assert await emails(order) == ["invoice_due"]
    letter = await db.fetchval("select text_body from email where order_id = $1", order.order_id)
    assert "PO 4711" in letter
    assert invoice["transfer_reference"] in letter.replace(" ", "")
    with pytest.raises(WrongState):
        await release_shipment(order.shipment_id, actor="warehouse")  # the workshop has it

    await done(order, shop)
    held = await shop.shipment(order.order_id)
    assert (held["status"], held["hold_reason"]) == ("on_hold", "awaiting_payment")
    with pytest.raises(FundsNotSecured):
        await shop.release(order.order_id)
    await pay(order, shop)
    assert (await shop.shipment(order.order_id))["status"] == "ready"
    await shop.ship(order.order_id)
    await shop.check_books()
    assert await db.fetchval("select count(*) from invoice where order_id = $1", order.order_id) == 1
    receivable = await db.fetchval(
        "select coalesce(sum(amount_minor), 0) from journal_entry where order_id = $1 and account = 'receivable'",
        order.order_id,
    )
    assert receivable == 0


@pytest.mark.requirement("RMA-9")
async def test_a_repair_that_is_paid_before_it_is_done_leaves_at_once(shop):
    order = await repair(shop)
    await pay(order, shop)
    assert (await shop.shipment(order.order_id))["status"] == "waiting"
    await done(order, shop)
    await done(order, shop)
    assert (await shop.shipment(order.order_id))["status"] == "ready"
    kinds = [entry["kind"] for entry in await history(order.order_id, staff=False)]
    assert kinds.count("service_done") == 1
    await shop.ship(order.order_id)
    await shop.check_books()


async def test_a_repair_in_warranty_is_free_and_waits_for_the_workshop_alone(shop):
    order = await opened("repair", ready=False)
    await shop.work()
    assert (await shop.shipment(order.order_id))["status"] == "waiting"
    await done(order, shop)
    await shop.ship(order.order_id)
    assert await emails(order) == ["shipment_dispatched"]
    await shop.check_books()


@pytest.mark.requirement("RMA-9", "REF-8")
async def test_giving_up_an_unpaid_repair_takes_its_invoice_back_with_a_credit_note(shop):
    order = await repair(shop)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", any_day=True))
    await shop.work()
    note = await db.fetchrow("select * from credit_note where order_id = $1", order.order_id)
    assert (note["amount_minor"], note["tax_minor"]) == (12_000, 2_000)
    assert (await shop.charges(order.order_id))[0]["status"] == "released"
    assert (await payment_summary(order.order_id))["payment_status"] == "canceled"
    with pytest.raises(StoreError):
        async with db.unit_of_work():
            await service_done(order.order_id)
    await shop.check_books()


@pytest.mark.requirement("RMA-9", "REF-8")
async def test_an_invoice_that_is_written_after_the_repair_was_given_up_is_the_agreed_one(shop):
    order = await opened("repair", price=12_000, ready=False)
    await db.execute("update outbox set due_at = due_at + interval '1 hour' where topic = 'charge.invoiced'")
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", any_day=True))
    await shop.work()
    assert await db.fetchval("select amount_minor from invoice where order_id = $1", order.order_id) == 12_000
    assert await db.fetchval("select amount_minor from credit_note where order_id = $1", order.order_id) == 12_000


@pytest.mark.requirement("RMA-9", "REF-3")
async def test_giving_up_a_paid_repair_gives_the_money_back(shop):
    order = await repair(shop)
    await pay(order, shop)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", any_day=True))
    await shop.work()
    refund = await db.fetchrow("select * from refund where order_id = $1", order.order_id)
    assert (refund["amount_minor"], refund["money_minor"]) == (12_000, 12_000)
    await shop.check_books()


async def test_an_unpaid_repair_is_never_cancelled_in_silence(shop):
    order = await repair(shop)
    shop.later(days=60)
    await cancel_unpaid_transfers()
    await shop.work()
    assert await shop.status(order.order_id) == "confirmed"


async def test_only_customer_service_gives_up_an_order_that_a_return_led_to(shop):
    order = await opened("return")
    with pytest.raises(ServiceOrderKept):
        await cancel_order(CancelOrder(order_id=order.order_id, actor="customer"))


async def test_a_repair_that_comes_back_as_undeliverable_keeps_its_price(shop):
    order = await repair(shop)
    await pay(order, shop)
    await done(order, shop)
    await shop.ship(order.order_id)
    await take_back_undeliverable(order.shipment_id, actor="warehouse")
    await shop.work()
    assert await db.fetchval("select count(*) from refund where order_id = $1", order.order_id) == 0


@pytest.mark.requirement("DSK-1")
async def test_the_order_is_found_by_the_number_of_its_return(shop):
    order = await opened("return")
    assert await search_orders("rma-7k3m-9qx2", market=None, after=None, limit=5) == [order.order_id]


async def test_nothing_is_left_of_an_order_whose_unit_of_work_fails(shop):
    with pytest.raises(StockMismatch):
        async with db.unit_of_work():
            await open_service_order(
                OpenServiceOrder(
                    origin="replacement",
                    rma_number="RMA-1",
                    market="FR",
                    locale="fr",
                    email="a@example.com",
                    address=ADDRESS,
                    lines=[await line(DEVICE, kind="device")],
                )
            )
            raise StockMismatch
    assert await db.fetchval("select count(*) from sales_order") == 0
    assert (await stock(DEVICE))[1] == 0
