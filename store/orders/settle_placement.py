"""Bring a pending order to where its payment says it is; safe at any time, any number of times.

The request that placed it, the payer's return, webhooks and the schedule all end here: one winner (PAY-9).
"""

from __future__ import annotations

from uuid import UUID

from store.customers import free_credit
from store.inventory import Want, release
from store.kernel import clock, db, outbox
from store.orders import history
from store.orders.statuses import ORDER, OrderStatus
from store.payments.secure_charge import release_charge
from store.payments.tables import lock_payment_of_order
from store.shipments import NOT_RELEASED, ShipmentStatus, cancel_units, lines_of, move


async def settle_placement(order_id: UUID) -> str:
    """Returns the order's status afterwards."""
    async with db.unit_of_work():
        order = await lock_order(order_id)
        if order["status"] != OrderStatus.PENDING:
            return str(order["status"])
        verdict, code = await _verdict(order_id)
        if verdict is OrderStatus.PENDING:
            return str(verdict)
        await set_status(order, verdict)
        if verdict is OrderStatus.CONFIRMED:
            await _confirm(order)
        else:
            kind = "payment_declined" if verdict is OrderStatus.DECLINED else "payment_expired"
            await history.record(order_id, kind, code=code)
            await give_up_goods_and_money(order)
            await db.execute("update cart set order_id = null where order_id = $1", order_id)
            await outbox.stage("order.not_placed", order_id=order_id)
    return str(verdict)


async def confirm_if_paid(order: db.Row) -> db.Row:
    """The locked pending order as it is once its money is looked at, in the caller's unit of work.

    The payment is locked too: what a provider tells from here on finds the order as the caller leaves it.
    """
    await lock_payment_of_order(order["id"])
    verdict, _ = await _verdict(order["id"])
    if verdict is not OrderStatus.CONFIRMED:
        return order
    await set_status(order, verdict)
    await _confirm(order)
    return await lock_order(order["id"])


async def lock_order(order_id: UUID) -> db.Row:
    row = await db.fetchrow("select * from sales_order where id = $1 for update", order_id)
    assert row is not None, order_id
    return row


async def set_status(order: db.Row, after: OrderStatus) -> None:
    ORDER.check(OrderStatus(order["status"]), after)
    now = clock.now()
    await db.execute(
        "update sales_order set status = $2, version = version + 1,"
        " confirmed_at = case when $2 = 'confirmed' then $3 else confirmed_at end,"
        " closed_at = case when $2 = 'confirmed' then null else $3 end where id = $1",
        order["id"],
        after.value,
        now,
    )


async def _verdict(order_id: UUID) -> tuple[OrderStatus, str]:
    """What the payment says: taken or held → confirmed; refused → declined; given up → expired; else wait."""
    row = await db.fetchrow(
        "select p.capture_policy, a.status, a.decline_code, exists (select from charge c where c.payment_id = p.id"
        " and c.status = 'captured') as captured from payment p left join lateral ("
        "   select status, decline_code from payment_authorization where payment_id = p.id and on_session"
        "   order by created_at desc limit 1) a on true where p.order_id = $1",
        order_id,
    )
    if row is None:
        return OrderStatus.PENDING, ""
    if row["captured"] or (row["capture_policy"] == "at_shipment" and row["status"] == "authorized"):
        return OrderStatus.CONFIRMED, ""
    if row["status"] in {"declined", "failed"}:
        return OrderStatus.DECLINED, row["decline_code"] or row["status"]
    if row["status"] in {"voided", "expired"}:
        return OrderStatus.EXPIRED, row["status"]
    return OrderStatus.PENDING, ""


async def _confirm(order: db.Row) -> None:
    """Confirmed; shipments that leave soon and aren't secured by the first authorization are secured by the worker."""
    await history.record(order["id"], "confirmed")
    await outbox.stage("order.confirmed", order_id=order["id"])
    for row in await db.fetch(
        "select s.id from shipment s join charge c on c.shipment_id = s.id"
        " where s.order_id = $1 and s.status = 'ready' and c.status = 'planned'",
        order["id"],
    ):
        await outbox.stage("shipment.ready", order_id=order["id"], shipment_id=row["id"])


async def give_up_goods_and_money(order: db.Row) -> None:
    """Cancel every shipment that was not released, free its stock, credit and funds; the order is locked.

    What the provider has not decided yet is given up too: should it be taken after all, it goes back.
    """
    await lock_payment_of_order(order["id"])
    shipments = await db.fetch(
        "select * from shipment where order_id = $1 and status = any($2) order by sequence for update",
        order["id"],
        [status.value for status in NOT_RELEASED],
    )
    lines = await lines_of([shipment["id"] for shipment in shipments])
    freed_stock: list[Want] = []
    for shipment in shipments:
        for line in lines:
            units = line["quantity"] - line["canceled_quantity"]
            if line["shipment_id"] == shipment["id"] and units:
                want = await cancel_units(line, units, shipment["warehouse"])
                freed_stock += [want] if want else []
        await move(shipment, ShipmentStatus.CANCELED)
    await release(freed_stock, reference=order["number"])
    freed = 0
    for charge in await db.fetch(
        "select * from charge where order_id = $1 and status in ('planned', 'secured', 'capturing')",
        order["id"],
    ):
        await release_charge(charge["id"], undecided=True)
        freed += charge["amount_minor"]
    if freed and order["payment_method"] == "purchase_order" and order["partner_id"]:
        await free_credit(order["partner_id"], freed)
