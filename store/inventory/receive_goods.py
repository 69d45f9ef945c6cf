"""Goods that come in without having been announced, and corrections after a look at the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from store.catalog import variant_ids
from store.inventory.move_stock import adjust, receive
from store.inventory.warehouses import UnknownWarehouse
from store.kernel import audit, db
from store.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """What a warehouse holds of a SKU now."""

    warehouse: str
    sku: str
    on_hand: int
    reserved: int


async def receive_goods(sku: str, warehouse: str, quantity: int, *, reference: str, actor: str) -> StockLevel:
    """Put goods on the shelf; who waits for them is given them next. Raises NotFound, UnknownWarehouse."""
    variant_id = await _variant(sku)
    try:
        async with db.unit_of_work():
            await receive(variant_id, warehouse, quantity, reference=reference)
            await audit.record(
                actor, "receive_goods", "stock", sku, warehouse=warehouse, quantity=quantity, reference=reference
            )
            return await _level(variant_id, sku, warehouse)
    except asyncpg.ForeignKeyViolationError as error:
        raise UnknownWarehouse(warehouse=warehouse) from error


async def correct_stock(sku: str, warehouse: str, difference: int, *, reason: str, actor: str) -> StockLevel:
    """Change the count by a difference. Raises NotFound, UnknownWarehouse, StockMismatch."""
    variant_id = await _variant(sku)
    try:
        async with db.unit_of_work():
            await adjust(variant_id, warehouse, difference, reason=reason, actor=actor)
            await audit.record(
                actor, "adjust_stock", "stock", sku, warehouse=warehouse, difference=difference, reason=reason
            )
            return await _level(variant_id, sku, warehouse)
    except asyncpg.ForeignKeyViolationError as error:
        raise UnknownWarehouse(warehouse=warehouse) from error


async def _variant(sku: str) -> UUID:
    found = await variant_ids([sku])
    if sku not in found:
        raise NotFound
    return found[sku]


async def _level(variant_id: UUID, sku: str, warehouse: str) -> StockLevel:
    row = await db.fetchrow(
        "select on_hand, reserved from stock where variant_id = $1 and warehouse = $2", variant_id, warehouse
    )
    return StockLevel(
        warehouse=warehouse,
        sku=sku,
        on_hand=row["on_hand"] if row else 0,
        reserved=row["reserved"] if row else 0,
    )
