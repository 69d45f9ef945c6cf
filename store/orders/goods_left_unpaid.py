"""Goods left, and the capture of their charge failed: the money is asked for again, never given up in silence (PAY-6).

A capture can come too late for its authorization, as when the worker was down for days.
"""

from __future__ import annotations

from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.orders.send_payment_link import send_payment_link
from store.orders.settle_placement import lock_order
from store.payments.capture_charge import take_charge
from store.payments.secure_charge import NotSecured, secure_charge
from store.payments.tables import lock_payment_of_order

_LEFT = (
    "select c.id, c.status from charge c join shipment s on s.id = c.shipment_id"
    " where s.status in ('dispatched', 'delivered') and "
)


async def ask_for_what_left(order_id: UUID, charge_id: UUID, code: str) -> None:
    """The saved card is asked; else a person is told, and the customer gets a payment link.

    For the charge of a shipment that has left; others wait for their release. Not in a unit of work.
    """
    charge = await db.fetchrow(_LEFT + "c.id = $1", charge_id)
    if charge is None or charge["status"] not in {"planned", "secured"}:
        return
    secured = await secure_charge(charge_id, until=clock.now())
    if not isinstance(secured, NotSecured):
        return  # payment.authorized tells it, and the money is taken
    if not secured.final:
        raise outbox.Later(2)
    async with db.unit_of_work():
        await lock_order(order_id)
        await lock_payment_of_order(order_id)
        await audit.open_exception("capture_failed", str(charge_id), order_id=order_id, code=code)
        await send_payment_link(order_id, charge_id)


async def take_what_left(order_id: UUID) -> None:
    """Take the charges of this order whose goods left before their money was there again."""
    for charge in await db.fetch(_LEFT + "s.order_id = $1 and c.status = 'secured'", order_id):
        async with db.unit_of_work():
            await lock_order(order_id)
            await take_charge(charge["id"])
