"""Write the planned shipments of an order and reserve their stock, in the placement's unit of work (CRT-7, SHP-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from store.inventory import Want, reserve
from store.kernel import db


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """Units of an order line that leave with a shipment; goods include tax, both already shared out exactly."""

    id: UUID
    order_line_id: UUID
    variant_id: UUID
    sku: str
    serialized: bool
    tracks_stock: bool
    quantity: int
    goods_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipment:
    id: UUID
    sequence: int
    number: str
    warehouse: str
    kind: str
    not_before: date | None
    ship_on: date
    promised_on: date
    shipping_minor: int
    shipping_tax_minor: int
    lines: Sequence[NewLine]

    @property
    def in_stock(self) -> bool:
        return self.kind == "stock"

    @property
    def goods_minor(self) -> int:
        return sum(line.goods_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(line.tax_minor for line in self.lines) + self.shipping_tax_minor

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.shipping_minor


async def open_shipments(
    order_id: UUID, market: str, currency: str, shipments: Sequence[NewShipment], placed_at: datetime
) -> None:
    """Three statements: the stock, the shipments, their lines. Raises inventory.StockGone when someone was faster."""
    await reserve(
        [
            Want(line.variant_id, shipment.warehouse, line.quantity)
            for shipment in shipments
            if shipment.in_stock
            for line in shipment.lines
            if line.tracks_stock
        ],
        reference=order_id,
    )
    await db.execute(
        "insert into shipment (id, order_id, sequence, number, market, warehouse, status, kind, not_before, ship_on,"
        " promised_on, currency, goods_minor, shipping_minor, shipping_tax_minor, placed_at, ready_at)"
        " select s.id, $1, s.sequence, s.number, $2, s.warehouse, case when s.kind = 'stock' then 'ready' else"
        " 'waiting' end, s.kind, s.not_before, s.ship_on, s.promised_on, $3, s.goods, s.shipping, s.shipping_tax,"
        " $4::timestamptz, case when s.kind = 'stock' then $4::timestamptz end"
        " from unnest($5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[], $10::date[], $11::date[],"
        " $12::date[], $13::bigint[], $14::bigint[], $15::bigint[]) as s (id, sequence, number, warehouse, kind,"
        " not_before, ship_on, promised_on, goods, shipping, shipping_tax)",
        order_id,
        market,
        currency,
        placed_at,
        [shipment.id for shipment in shipments],
        [shipment.sequence for shipment in shipments],
        [shipment.number for shipment in shipments],
        [shipment.warehouse for shipment in shipments],
        [shipment.kind for shipment in shipments],
        [shipment.not_before for shipment in shipments],
        [shipment.ship_on for shipment in shipments],
        [shipment.promised_on for shipment in shipments],
        [shipment.goods_minor for shipment in shipments],
        [shipment.shipping_minor for shipment in shipments],
        [shipment.shipping_tax_minor for shipment in shipments],
    )
    await _insert_lines(order_id, shipments, placed_at)


async def _insert_lines(order_id: UUID, shipments: Sequence[NewShipment], placed_at: datetime) -> None:
    lines = [(shipment, line) for shipment in shipments for line in shipment.lines]
    await db.execute(
        "insert into shipment_line (id, shipment_id, order_id, order_line_id, variant_id, sku, serialized, quantity,"
        " reserved_quantity, tracks_stock, goods_minor, tax_minor, placed_at)"
        " select l.id, l.shipment_id, $1, l.order_line_id, l.variant_id, l.sku, l.serialized, l.quantity, l.reserved,"
        " l.tracks_stock, l.goods, l.tax, $2"
        " from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::bool[], $9::int[], $10::int[],"
        " $11::bool[], $12::bigint[], $13::bigint[]) as l (id, shipment_id, order_line_id, variant_id, sku,"
        " serialized, quantity, reserved, tracks_stock, goods, tax)",
        order_id,
        placed_at,
        [line.id for _, line in lines],
        [shipment.id for shipment, _ in lines],
        [line.order_line_id for _, line in lines],
        [line.variant_id for _, line in lines],
        [line.sku for _, line in lines],
        [line.serialized for _, line in lines],
        [line.quantity for _, line in lines],
        [line.quantity if shipment.in_stock or not line.tracks_stock else 0 for shipment, line in lines],
        [line.tracks_stock for _, line in lines],
        [line.goods_minor for _, line in lines],
        [line.tax_minor for _, line in lines],
    )
