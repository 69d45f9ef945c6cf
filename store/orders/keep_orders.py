"""What the worker does for orders: react to the payment's facts, hold and remind, give up what was abandoned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from store.customers import free_credit
from store.kernel import clock, db, outbox
from store.kernel.errors import StoreError
from store.kernel.money import Money
from store.markets import all_markets
from store.orders import history
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.fulfil_services import fulfil_services
from store.orders.goods_left_unpaid import ask_for_what_left, take_what_left
from store.orders.release_shipment import hold_shipment, secure_released_shipment, unhold_shipment
from store.orders.send_payment_link import send_payment_link
from store.orders.settle_placement import lock_order, settle_placement
from store.payments.keep_secured import expire_actions
from store.payments.payment_links import close_links
from store.payments.tables import lock_payment_of_order

outbox.declare("payment_link.reminded")


async def on_payment_changed(order_id: str, **_: Any) -> None:
    """Consumer of payment.authorized, payment.not_authorized, capture.succeeded: confirm, or lift a hold."""
    await settle_placement(UUID(order_id))
    for row in await db.fetch(
        "select s.id from shipment s join charge c on c.order_id = s.order_id"
        " and (c.shipment_id = s.id or c.shipment_id is null)"  # its own, or the one for the whole order
        " where s.order_id = $1 and s.status = 'on_hold' and c.status in ('secured', 'captured')",
        UUID(order_id),
    ):
        await unhold_shipment(row["id"])
    await take_what_left(UUID(order_id))
    await fulfil_services(order_id)


async def on_capture_succeeded(order_id: str, capture_id: str, **_: Any) -> None:
    """Tell it in the order's history, once."""
    await on_payment_changed(order_id)
    capture = await db.fetchrow("select * from capture where id = $1", UUID(capture_id))
    assert capture is not None
    async with db.unit_of_work():
        await lock_order(UUID(order_id))
        await _record_once(
            UUID(order_id), "charged", capture_id, amount=Money(capture["amount_minor"], capture["currency"])
        )


async def on_capture_failed(order_id: str, charge_id: str, code: str, **_: Any) -> None:
    """Tell it in the order's history, and see to it that goods which left are paid."""
    async with db.unit_of_work():
        await lock_order(UUID(order_id))
        await _record_once(UUID(order_id), "capture_failed", charge_id, code=code)
    await ask_for_what_left(UUID(order_id), UUID(charge_id), code)


async def _record_once(order_id: UUID, kind: str, source: str, **facts: Any) -> bool:
    """A history entry that a second run of the consumer doesn't write again; the order is locked. True: written."""
    known = await db.fetchval(
        "select exists (select from order_event where order_id = $1 and kind = $2 and facts ->> 'source' = $3)",
        order_id,
        kind,
        source,
    )
    if not known:
        await history.record(order_id, kind, source=source, **facts)
    return not known


async def on_shipment_held(order_id: str, shipment_id: str, **_: Any) -> None:
    """PAY-6: the customer gets a single-use payment link for a shipment on hold."""
    async with db.unit_of_work():
        await lock_order(UUID(order_id))
        await lock_payment_of_order(UUID(order_id))
        charge = await db.fetchrow(
            "select c.* from charge c join shipment s on s.id = c.shipment_id where s.id = $1 and s.status = 'on_hold'"
            " and c.status = 'planned'",
            UUID(shipment_id),
        )
        if charge is not None:
            await send_payment_link(UUID(order_id), charge["id"])


async def on_charge_unsecured(order_id: str, charge_id: str, code: str = "expired", **_: Any) -> None:
    """An authorization was lost before its goods left: the shipment is secured anew, or held."""
    row = await db.fetchrow(
        "select s.id, s.status, c.status as charge from charge c join shipment s on s.id = c.shipment_id"
        " where c.id = $1",
        UUID(charge_id),
    )
    if row is not None and row["status"] == "ready":
        async with db.unit_of_work():
            await outbox.stage("shipment.ready", order_id=order_id, shipment_id=row["id"])
    elif row is not None and row["status"] == "waiting" and code != "expired":
        await hold_shipment(row["id"], code=code)
    elif row is not None and row["status"] == "released" and row["charge"] == "planned":
        await secure_released_shipment(row["id"], UUID(charge_id))


async def on_charge_paid(order_id: str, charge_id: str, **_: Any) -> None:
    """An invoice was paid by transfer: a partner's credit is free again, once (PAY-11); a prepaid order may leave."""
    async with db.unit_of_work():
        order = await lock_order(UUID(order_id))
        charge = await db.fetchrow("select * from charge where id = $1", UUID(charge_id))
        assert charge is not None
        amount = Money(charge["amount_minor"], charge["currency"])
        known = await _record_once(order["id"], "transfer_received", charge_id, amount=amount)
        if known and order["payment_method"] == "purchase_order" and order["partner_id"]:
            await free_credit(order["partner_id"], charge["amount_minor"])
    await on_payment_changed(order_id)


async def on_dispute_opened(order_id: str, dispute_id: str) -> None:
    dispute = await _dispute(dispute_id)
    async with db.unit_of_work():
        await lock_order(UUID(order_id))
        amount = Money(dispute["amount_minor"], dispute["currency"])
        await _record_once(UUID(order_id), "dispute_opened", dispute_id, amount=amount)


async def on_dispute_closed(order_id: str, dispute_id: str) -> None:
    dispute = await _dispute(dispute_id)
    async with db.unit_of_work():
        await lock_order(UUID(order_id))
        amount = Money(dispute["amount_minor"], dispute["currency"])
        await _record_once(UUID(order_id), "dispute_closed", dispute_id, amount=amount, outcome=str(dispute["status"]))


async def _dispute(dispute_id: str) -> db.Row:
    row = await db.fetchrow("select * from dispute where id = $1", UUID(dispute_id))
    assert row is not None
    return row


async def remind_and_cancel_holds() -> int:
    """PAY-6: reminders on the market's days, then the held shipment is cancelled and its stock freed."""
    done = 0
    for market in all_markets():
        policy = market.policy
        rows = await db.fetch(
            "select l.id, l.order_id, l.charge_id, l.reminded, l.created_at, c.shipment_id from payment_link l"
            " join charge c on c.id = l.charge_id join sales_order o on o.id = l.order_id"
            " where l.used_at is null and l.closed_at is null and o.market = $1 and l.created_at < $2"
            " order by l.created_at limit 200",
            market.code,
            clock.now() - timedelta(days=min((*policy.hold_reminder_days, policy.hold_cancel_days))),
        )
        for row in rows:
            age = clock.now() - row["created_at"]
            due = sum(1 for days in policy.hold_reminder_days if age >= timedelta(days=days))
            if age >= timedelta(days=policy.hold_cancel_days):
                done += await _give_up(row)
            elif due > row["reminded"]:
                done += await _remind(row, due)
    return done


async def _remind(link: db.Row, due: int) -> int:
    async with db.unit_of_work():
        await lock_order(link["order_id"])
        touched = await db.execute(
            "update payment_link set reminded = $2 where id = $1 and reminded < $2 and used_at is null"
            " and closed_at is null",
            link["id"],
            due,
        )
        if touched:
            await history.record(link["order_id"], "payment_link_reminded")
            await outbox.stage("payment_link.reminded", link_id=link["id"], order_id=link["order_id"], count=due)
    return touched


async def _give_up(link: db.Row) -> int:
    await close_links([link["charge_id"]])
    try:
        await cancel_order(
            CancelOrder(
                order_id=link["order_id"],
                actor="store",
                reason="payment_not_received",
                shipment_id=link["shipment_id"],
                any_day=True,
            )
        )
    except StoreError:
        return 0  # Released or cancelled meanwhile: nothing to give up.
    return 1


async def expire_abandoned() -> int:
    """PAY-7: placements whose payer never came back are voided at the provider, then expire and free their stock."""
    done = 0
    for market in all_markets():
        minutes = market.policy.payment_action_minutes
        rows = await db.fetch(
            "select id from sales_order where status = 'pending' and market = $1 and placed_at < $2"
            " order by placed_at limit 200",
            market.code,
            clock.now() - timedelta(minutes=minutes),
        )
        await expire_actions(minutes, order_ids=[row["id"] for row in rows])
        for row in rows:
            done += await settle_placement(row["id"]) != "pending"
    return done


async def expire_abandoned_links() -> int:
    """PAY-7: who left 3-D Secure behind a payment link is let go too; the link stays open for another try."""
    return await expire_actions(max(market.policy.payment_action_minutes for market in all_markets()))


async def cancel_unpaid_transfers() -> int:
    """PAY-10: orders to be prepaid by transfer whose money never came are cancelled after the market's days."""
    done = 0
    for market in all_markets():
        rows = await db.fetch(
            "select p.order_id from payment p join sales_order o on o.id = p.order_id"
            " where p.capture_policy = 'prepaid' and p.captured_minor = 0 and o.status = 'confirmed' and o.market = $1"
            " and o.placed_at < $2 order by o.placed_at limit 200",
            market.code,
            clock.now() - timedelta(days=market.policy.wire_expiry_days),
        )
        for row in rows:
            try:
                await cancel_order(
                    CancelOrder(order_id=row["order_id"], actor="store", reason="transfer_not_received", any_day=True)
                )
                done += 1
            except StoreError:
                continue
    return done
