"""Goods that come in, and corrections of the count (SHP-3, CRT-7)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from store.catalog import variant_skus
from store.customers import Principal
from store.inventory import (
    AlreadyReceived,
    InboundDelivery,
    StockLevel,
    StockMismatch,
    UnknownWarehouse,
    correct_stock,
    list_deliveries,
    receive_delivery,
    receive_goods,
)
from store.kernel import audit, db
from store.kernel.errors import NotFound
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.roles import requires
from store.web.edge.schemas import Limit, RequestBody, Sku, Text
from store.web.warehouse.shapes import InboundOut, StockOut

WarehouseCode = Annotated[str, Meta(min_length=1, max_length=16, examples=["PAR"])]
Units = Annotated[int, Meta(ge=1, le=1_000_000)]


class Receipt(RequestBody):
    """Goods that arrived; `reference` is the delivery note's."""

    warehouse: WarehouseCode
    sku: Sku
    quantity: Units
    reference: Text
    EXAMPLE: ClassVar = {"warehouse": "PAR", "sku": "AUR-ONE-BLK", "quantity": 40, "reference": "DN-2026-0311"}


class ReceiveInbound(RequestBody):
    """`quantity` is what was counted, when it isn't what was announced."""

    quantity: Units | None = None
    EXAMPLE: ClassVar = {"quantity": 38}


class Adjust(RequestBody):
    """A difference to the count in the books, and why."""

    warehouse: WarehouseCode
    sku: Sku
    difference: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
    reason: Annotated[str, Meta(min_length=3, max_length=200, pattern=r"\S")]
    EXAMPLE: ClassVar = {"warehouse": "PAR", "sku": "AUR-ONE-BLK", "difference": -1, "reason": "Crushed in the rack."}


@post(
    "/receipts",
    opt=requires("warehouse", "admin", idempotent="required"),
    responses=problems(NotFound, UnknownWarehouse),
    summary="Receive goods",
)
async def receive(data: JSONBody[Receipt], principal: NamedDependency[Principal]) -> StockOut:
    """Orders that wait for them get them at once, the oldest first."""
    return _stock_out(
        await receive_goods(data.sku, data.warehouse, data.quantity, reference=data.reference, actor=principal.name)
    )


@get("/inbound", opt=requires("warehouse", "admin"), summary="List what is on its way")
async def list_inbound(
    warehouse: Annotated[str | None, QueryParameter(max_length=16)] = None, limit: Limit = 100
) -> list[InboundOut]:
    """Announced deliveries, the soonest first."""
    deliveries = await list_deliveries(warehouse=warehouse, limit=limit)
    skus = await variant_skus([delivery.variant_id for delivery in deliveries])
    return [_inbound_out(delivery, skus[delivery.variant_id]) for delivery in deliveries]


@post(
    "/inbound/{delivery_id:uuid}/receive",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, AlreadyReceived),
    summary="Receive an announced delivery",
)
async def receive_inbound(
    delivery_id: FromPath[UUID], data: JSONBody[ReceiveInbound], principal: NamedDependency[Principal]
) -> InboundOut:
    """Once; orders that wait for its goods get them at once, the oldest first (SHP-3)."""
    async with db.unit_of_work():
        delivery = await receive_delivery(delivery_id, quantity=data.quantity)
        await audit.record(
            principal.name, "receive_delivery", "inbound_delivery", delivery_id, quantity=delivery.quantity
        )
    skus = await variant_skus([delivery.variant_id])
    return _inbound_out(delivery, skus[delivery.variant_id])


@post(
    "/stock/adjust",
    opt=requires("admin", idempotent="required"),
    status_code=200,
    responses=problems(NotFound, UnknownWarehouse, StockMismatch),
    summary="Correct the count",
)
async def adjust(data: JSONBody[Adjust], principal: NamedDependency[Principal]) -> StockOut:
    """After a look at the shelf; never below what orders have reserved."""
    if data.difference == 0:
        raise invalid({"field": "difference", "code": "wrong_value"})
    return _stock_out(
        await correct_stock(data.sku, data.warehouse, data.difference, reason=data.reason, actor=principal.name)
    )


def _stock_out(level: StockLevel) -> StockOut:
    return StockOut(
        warehouse=level.warehouse,
        sku=level.sku,
        on_hand=level.on_hand,
        reserved=level.reserved,
        free=level.on_hand - level.reserved,
    )


def _inbound_out(delivery: InboundDelivery, sku: str) -> InboundOut:
    return InboundOut(
        id=delivery.id,
        sku=sku,
        warehouse=delivery.warehouse,
        quantity=delivery.quantity,
        expected_on=delivery.expected_on,
        reference=delivery.reference,
        received_at=delivery.received_at,
    )


router = Router(
    path="/api/v1/warehouse", route_handlers=[receive, list_inbound, receive_inbound, adjust], tags=["Warehouse"]
)
