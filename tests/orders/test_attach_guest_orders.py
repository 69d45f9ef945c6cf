"""What a guest bought is the account's once its owner has proved the address, and not before."""

from __future__ import annotations

import asyncio

import pytest

from store.customers import create_account
from store.customers.verify_email import mark_verified
from store.kernel import db
from store.orders.attach_guest_orders import attach_guest_orders
from store.orders.find_orders import orders_of_account

LINES = [("AUR-ONE-BLK", 1)]


async def orders_of(account):
    return await orders_of_account(account.id, after=None, limit=10)


@pytest.mark.requirement("ACC-1", "ORD-2")
async def test_a_proved_address_brings_its_guest_orders_into_the_account(shop):
    placed, other = [await shop.place(LINES) for _ in range(2)]
    await db.execute("update sales_order set email = 'CUSTOMER@example.com' where id = $1", placed.order_id)
    await db.execute("update sales_order set email = 'other@example.com' where id = $1", other.order_id)
    account = await create_account(kind="customer", email="customer@example.com", name="Client", locale="fr")
    await attach_guest_orders(account_id=str(account.id))
    assert await orders_of(account) == []  # whoever claims an address has to prove it
    async with db.unit_of_work():
        await mark_verified(account.id)
    await shop.work()
    assert await orders_of(account) == [placed.order_id]
    kinds = await db.fetch("select kind from order_event where order_id = $1", placed.order_id)
    assert [row["kind"] for row in kinds].count("attached_to_account") == 1


@pytest.mark.requirement("ACC-4", "ORD-7")
async def test_an_order_comes_to_one_account_once_however_often_it_is_told(shop):
    placed = await shop.place(LINES)
    accounts = [
        await create_account(kind=kind, email="customer@example.com", name="Client", verified=True)
        for kind in ("agent", "customer")
    ]
    await asyncio.gather(*(attach_guest_orders(account_id=str(each.id)) for each in accounts for _ in range(5)))
    assert [await orders_of(each) for each in accounts] == [[], [placed.order_id]]
    entries = await db.fetchval(
        "select count(*) from order_event where order_id = $1 and kind = 'attached_to_account'", placed.order_id
    )
    assert entries == 1


@pytest.mark.requirement("ACC-4")
async def test_orders_of_somebody_stay_theirs(shop):
    owner = await create_account(kind="customer", email="owner@example.com", name="Client", verified=True)
    placed = await shop.place(LINES)
    await db.execute("update sales_order set account_id = $2 where id = $1", placed.order_id, owner.id)
    taker = await create_account(kind="customer", email="customer@example.com", name="Client", verified=True)
    await attach_guest_orders(account_id=str(taker.id))
    assert await orders_of(owner) == [placed.order_id]
    disabled = await create_account(kind="customer", email="gone@example.com", name="Client", verified=True)
    await db.execute("update account set disabled_at = now() where id = $1", disabled.id)
    await db.execute("update sales_order set account_id = null, email = 'gone@example.com'")
    await attach_guest_orders(account_id=str(disabled.id))
    assert await orders_of(disabled) == []
