"""Whatever happens in whatever order, the books balance and agree with the payment world to the cent."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest

from orders.shop import Shop
from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.dispatch_shipment import deliver_shipment, take_back_undeliverable
from store.orders.keep_orders import expire_abandoned, remind_and_cancel_holds
from store.payments.keep_secured import expire_authorizations, rescue_expiring, resolve_unknown
from store.payments.reconcile import reconcile
from store.payments.take_webhook import confirm_payment
from store.refunds import CommitRefund, RefundLine, commit_refund

SKUS = ("AUR-ONE-BLK", "AUR-DUO-BLK", "HAL-DVID-BLK", "VEN-CORE-48", "TON-BAR-BLK", "PIN-FLAT-2M", "SVC-CARE-12M-1U")
TOKENS = ("pm_card_visa", "pm_card_mastercard", "pm_sim_decline_off_session", "pm_card_authenticationRequired")
FAULTS = (
    ("stripe", "payment_intents.capture"),
    ("stripe", "payment_intents.create"),
    ("stripe", "refunds.create"),
    ("paypal", "captures.refund"),
    ("paypal", "orders.capture"),
)


class Life:
    """A customer base, a warehouse, a payment world with moods; each step may be refused, never half-done."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.dice = shop, random.Random(seed)

    async def step(self) -> None:
        steps = (
            self.order,
            self.order,
            self.ship,
            self.ship,
            self.ship,
            self.cancel,
            self.refund,
            self.refund,
            self.restock,
            self.come_back,
            self.fault,
            self.dispute,
            self.wait,
            self.approve,
        )
        try:
            await self.dice.choice(steps)()
        except StoreError as refused:
            assert refused.status < 500, refused
        await self.shop.work()
        await self.housekeeping()

    async def housekeeping(self) -> None:
        if self.dice.random() < 0.7:
            order = self.dice.choice(("normal", "reverse"))
            await self.shop.take_webhooks(order=order, times=self.dice.randint(1, 2))
        for job in (resolve_unknown, expire_authorizations, rescue_expiring, expire_abandoned, remind_and_cancel_holds):
            await job()
        await self.shop.work()

    async def pick(self, sql: str) -> UUID | None:
        rows = await db.fetch(sql + " order by 1")
        return self.dice.choice(rows)[0] if rows else None

    async def order(self) -> None:
        lines = [(sku, self.dice.randint(1, 4)) for sku in self.dice.sample(SKUS, self.dice.randint(1, 3))]
        method = self.dice.choice(("card", "card", "apple_pay", "paypal", "wire"))
        token = {"token": self.dice.choice(TOKENS)} if method == "card" else {}
        coupon = {"coupon": "WELCOME10"} if self.dice.random() < 0.3 else {}
        await self.shop.place(lines, method, **token, **coupon)

    async def approve(self) -> None:
        row = await db.fetchrow(
            "select provider, provider_ref, order_id from payment_authorization where status = 'requires_action' limit 1"
        )
        if row and row["provider"] == "paypal":
            self.shop.world.sim("paypal/approve", order=row["provider_ref"])
        elif row:
            outcome = self.dice.choice(("succeed", "fail"))
            self.shop.world.sim("stripe/3ds", payment_intent=row["provider_ref"], outcome=outcome)
        if row:
            await confirm_payment(row["order_id"])

    async def ship(self) -> None:
        shipment_id = await self.pick("select id from shipment where status = 'ready'")
        if shipment_id:
            row = await db.fetchrow("select order_id, sequence from shipment where id = $1", shipment_id)
            await self.shop.release(row["order_id"], row["sequence"])
            await self.shop.dispatch(row["order_id"], row["sequence"])

    async def cancel(self) -> None:
        order_id = await self.pick("select id from sales_order where status in ('pending', 'confirmed')")
        if order_id is None:
            return
        units = {}
        if self.dice.random() < 0.6:
            line = self.dice.choice(
                await db.fetch("select id, quantity from order_line where order_id = $1 order by id", order_id)
            )
            units = {line["id"]: self.dice.randint(1, line["quantity"])}
        await cancel_order(CancelOrder(order_id=order_id, actor="agent", units=units, any_day=True))

    async def refund(self) -> None:
        line_id = await self.pick(
            "select l.id from shipment_line l join shipment s on s.id = l.shipment_id where s.status in ('dispatched', 'delivered')"
        )
        if line_id is None:
            return
        line = await db.fetchrow("select order_id, quantity from shipment_line where id = $1", line_id)
        reason = self.dice.choice(("withdrawal", "wrong_delivery", "goodwill"))
        units = [RefundLine(shipment_line_id=line_id, quantity=self.dice.randint(1, line["quantity"]))]
        await commit_refund(CommitRefund(order_id=line["order_id"], lines=units, reason=reason))

    async def restock(self) -> None:
        shipment_id = await self.pick("select id from shipment where status = 'waiting'")
        if shipment_id:
            row = await db.fetchrow("select order_id, sequence from shipment where id = $1", shipment_id)
            await self.shop.stock_arrives(row["order_id"], row["sequence"], self.dice.randint(1, 20))

    async def come_back(self) -> None:
        shipment_id = await self.pick("select id from shipment where status = 'dispatched'")
        if shipment_id and self.dice.random() < 0.5:
            await take_back_undeliverable(shipment_id, actor="warehouse")
        elif shipment_id:
            await deliver_shipment(shipment_id, actor="carrier")

    async def fault(self) -> None:
        provider, operation = self.dice.choice(FAULTS)
        mode = self.dice.choice(("drop_before", "drop_after", "error_500_before", "error_500_after"))
        self.shop.world.fault(provider, operation, mode)

    async def dispute(self) -> None:
        row = await db.fetchrow(
            "select provider, provider_ref from capture where status = 'succeeded' and provider in ('stripe', 'paypal')"
            " and disputed_minor = 0 and refunded_minor = 0 order by id desc limit 1"
        )
        if row is None or self.dice.random() < 0.6:
            return
        self.shop.world.sim(
            "dashboard/dispute", provider=row["provider"], charge_or_capture=row["provider_ref"], reason="fraudulent"
        )

    async def wait(self) -> None:
        self.shop.later(hours=self.dice.choice((1, 20, 60, 150)))


@pytest.mark.requirement("PAY-4", "PAY-13", "REF-7", "MKT-6")
@pytest.mark.parametrize("seed", range(6))
async def test_the_books_balance_after_any_life(shop, seed):
    life = Life(shop, seed)
    for _ in range(40):
        await life.step()
    for _ in range(3):
        await shop.take_webhooks()
        await db.execute("update provider_operation set sent_at = clock_timestamp() - interval '5 minutes'")
        await life.housekeeping()
    assert not await db.fetchval("select count(*) from outbox where dead")
    await check_sums()
    report = await reconcile(clock.now() - timedelta(days=60), clock.now() + timedelta(minutes=5))
    assert report.ok, report
    await shop.check_books()


async def check_sums() -> None:
    """Each order's shares sum to the whole, and stock is what its movements say."""
    wrong = await db.fetch(
        "select o.number from sales_order o join (select order_id, sum(goods_minor) as goods, sum(shipping_minor) as shipping"
        " from shipment group by order_id) s on s.order_id = o.id"
        " where s.goods <> o.goods_minor or s.shipping <> o.shipping_minor"
    )
    assert wrong == []
    assert await db.fetchval("select count(*) from stock where reserved > on_hand or reserved < 0") == 0
    reserved = await db.fetchval(
        "select coalesce(sum(l.reserved_quantity), 0) from shipment_line l join shipment s on s.id = l.shipment_id"
        " where l.tracks_stock and s.status in ('waiting', 'ready', 'on_hold', 'released')"
    )
    assert await db.fetchval("select sum(reserved) from stock") == reserved
