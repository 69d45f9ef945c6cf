"""Rows of the payments room as the code handles them: locked reads, by order → payment → child."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound


async def lock_payment(payment_id: UUID) -> db.Row:
    """Lock the payment for this unit of work. Raises NotFound."""
    row = await db.fetchrow("select * from payment where id = $1 for update", payment_id)
    if row is None:
        raise NotFound
    return row


async def lock_payment_of_order(order_id: UUID) -> db.Row | None:
    return await db.fetchrow("select * from payment where order_id = $1 for update", order_id)


async def load_payment(payment_id: UUID) -> db.Row:
    row = await db.fetchrow("select * from payment where id = $1", payment_id)
    if row is None:
        raise NotFound
    return row


async def load_charge(charge_id: UUID) -> db.Row:
    row = await db.fetchrow("select * from charge where id = $1", charge_id)
    if row is None:
        raise NotFound
    return row


async def charge_of_shipment(order_id: UUID, shipment_id: UUID) -> db.Row | None:
    """The charge that this shipment's goods are paid with: its own, or the one for the whole order."""
    return await db.fetchrow(
        "select * from charge where order_id = $1 and (shipment_id = $2 or shipment_id is null)"
        " order by shipment_id nulls last limit 1",
        order_id,
        shipment_id,
    )


async def find_capture(provider: str, capture_ref: str, authorization_ref: str | None) -> db.Row | None:
    """The capture that a provider's reference names, or the one under the authorization that it names.

    Where several share the reference, one that stands and still has something left comes first.
    """
    return await db.fetchrow(
        "select * from ("
        "  select c.*, 0 as distance from capture c where c.provider = $1 and c.provider_ref = $2"
        "  union all select c.*, 1 from capture c join payment_authorization a on a.id = c.authorization_id"
        "  where $3::text is not null and a.provider = $1 and a.provider_ref = $3"
        ") found order by distance, status <> 'succeeded', refunded_minor >= amount_minor, created_at, id limit 1",
        provider,
        capture_ref,
        authorization_ref,
    )
