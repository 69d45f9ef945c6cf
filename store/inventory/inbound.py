"""Deliveries on their way from suppliers: planned, listed, received once (CRT-2, SHP-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import asyncpg

from store.inventory.move_stock import receive
from store.inventory.warehouses import UnknownWarehouse
from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id


class AlreadyReceived(StoreError):
    code = "delivery_already_received"
    status = 409
    title = N_("The delivery was received before.")
    detail = N_("Its goods are in stock since {received_at}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundDelivery:
    """A quantity of a variant under way to a warehouse. `reference` is the supplier order's, and unique."""

    variant_id: UUID
    warehouse: str
    quantity: int
    expected_on: date
    reference: str
    id: UUID = field(default_factory=new_id)
    received_at: datetime | None = None


async def plan_deliveries(deliveries: Sequence[InboundDelivery]) -> None:
    """Note deliveries under way; one whose reference is known stays as it is. Raises UnknownWarehouse, NotFound."""
    try:
        await db.execute(
            "insert into inbound_delivery (id, variant_id, warehouse, quantity, expected_on, reference)"
            " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::date[], $6::text[])"
            " on conflict (reference) do nothing",
            [each.id for each in deliveries],
            [each.variant_id for each in deliveries],
            [each.warehouse for each in deliveries],
            [each.quantity for each in deliveries],
            [each.expected_on for each in deliveries],
            [each.reference for each in deliveries],
        )
    except asyncpg.ForeignKeyViolationError as error:
        if "warehouse" in (error.constraint_name or ""):
            raise UnknownWarehouse(warehouse=", ".join(sorted({each.warehouse for each in deliveries}))) from error
        raise NotFound from error


async def postpone_delivery(delivery_id: UUID, expected_on: date) -> None:
    """Expect it on another day. Raises NotFound when it isn't awaited."""
    touched = await db.execute(
        "update inbound_delivery set expected_on = $2 where id = $1 and received_at is null", delivery_id, expected_on
    )
    if not touched:
        raise NotFound


async def list_deliveries(*, warehouse: str | None = None, limit: int = 100) -> list[InboundDelivery]:
    """The awaited ones, soonest first."""
    rows = await db.fetch(
        "select id, variant_id, warehouse, quantity, expected_on, received_at, reference from inbound_delivery"
        " where received_at is null and ($1::text is null or warehouse = $1) order by expected_on, id limit $2",
        warehouse,
        limit,
    )
    return [InboundDelivery(**row) for row in rows]


async def receive_delivery(delivery_id: UUID, *, quantity: int | None = None) -> InboundDelivery:
    """The goods are here: into stock with them, once. `quantity` is what was counted, when it isn't what was announced.

    Inside a unit of work. Raises NotFound, or AlreadyReceived for a second time.
    """
    row = await db.fetchrow(
        "update inbound_delivery set received_at = $2, quantity = coalesce($3, quantity)"
        " where id = $1 and received_at is null returning *",
        delivery_id,
        clock.now(),
        quantity,
    )
    if row is None:
        received_at = await db.fetchval("select received_at from inbound_delivery where id = $1", delivery_id)
        if received_at is None:
            raise NotFound
        raise AlreadyReceived(received_at=received_at)
    delivery = InboundDelivery(**row)
    await receive(delivery.variant_id, delivery.warehouse, delivery.quantity, reference=delivery.reference)
    return delivery
