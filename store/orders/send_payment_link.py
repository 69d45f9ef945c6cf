"""The payment link of a charge whose money could not be had (PAY-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.kernel import clock, db
from store.markets import get_market
from store.orders import history
from store.payments.payment_links import create_link


async def send_payment_link(order_id: UUID, charge_id: UUID) -> None:
    """Unless one is open. In the caller's unit of work, the order and its payment locked."""
    waiting = await db.fetchval(
        "select exists (select from payment_link where charge_id = $1 and used_at is null and closed_at is null)",
        charge_id,
    )
    if not waiting:
        code = await db.fetchval("select market from sales_order where id = $1", order_id)
        days = get_market(code).policy.payment_link_days
        await create_link(charge_id, expires_at=clock.now() + timedelta(days=days))
        await history.record(order_id, "payment_link_sent")
