"""Write the planned shipments of an order and reserve their stock, in the placement's unit of work (CRT-7, SHP-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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


_COLUMNS = {
    "id": "uuid",
    "sequence": "int",
    "number": "text",
    "warehouse": "text",
    "status": "text",
    "kind": "text",
    "not_before": "date",
    "ship_on": "date",
    "promised_on": "date",
    "goods_minor": "bigint",
    "shipping_minor": "bigint",
    "shipping_tax_minor": "bigint",
    "ready_at": "timestamptz",
}
_LINE_COLUMNS = {
    "id": "uuid",
    "shipment_id": "uuid",
    "order_line_id": "uuid",
    "variant_id": "uuid",
    "sku": "text",
    "serialized": "bool",
    "quantity": "int",
    "reserved_quantity": "int",
    "tracks_stock": "bool",
    "goods_minor": "bigint",
    "tax_minor": "bigint",
}


async def open_shipments(
    order_id: UUID, market: str, currency: str, shipments: Sequence[NewShipment], placed_at: datetime
) -> list[db.Row]:
    """Two statements: the shipments, their lines. Returns the shipments as `shipments_of` would read them."""
    same = {"order_id": order_id, "market": market, "currency": currency, "placed_at": placed_at}
    rows = [_row(shipment, placed_at) for shipment in shipments]
    lines = [[_line(shipment, line) for line in shipment.lines] for shipment in shipments]
    await db.write_rows("shipment", _COLUMNS, rows, **same)
    flat = [line for part in lines for line in part]
    await db.write_rows("shipment_line", _LINE_COLUMNS, flat, order_id=order_id, placed_at=placed_at)
    return [db.as_row(_as_read(row, same, part)) for row, part in zip(rows, lines, strict=True)]


async def reserve_for(shipments: Sequence[NewShipment], *, reference: UUID) -> None:
    """Hold the stock of what can leave. Raises inventory.StockGone when someone was faster.

    Placements come to this last, as orders for the same goods wait for each other from here to their commit.
    """
    await reserve(
        [
            Want(line.variant_id, shipment.warehouse, line.quantity)
            for shipment in shipments
            if shipment.in_stock
            for line in shipment.lines
            if line.tracks_stock
        ],
        reference=reference,
    )


def _row(shipment: NewShipment, placed_at: datetime) -> dict[str, Any]:
    return {
        "id": shipment.id,
        "sequence": shipment.sequence,
        "number": shipment.number,
        "warehouse": shipment.warehouse,
        "status": "ready" if shipment.in_stock else "waiting",
        "kind": shipment.kind,
        "not_before": shipment.not_before,
        "ship_on": shipment.ship_on,
        "promised_on": shipment.promised_on,
        "goods_minor": shipment.goods_minor,
        "shipping_minor": shipment.shipping_minor,
        "shipping_tax_minor": shipment.shipping_tax_minor,
        "ready_at": placed_at if shipment.in_stock else None,
    }


def _line(shipment: NewShipment, line: NewLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "shipment_id": shipment.id,
        "order_line_id": line.order_line_id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "serialized": line.serialized,
        "quantity": line.quantity,
        "reserved_quantity": line.quantity if shipment.in_stock or not line.tracks_stock else 0,
        "tracks_stock": line.tracks_stock,
        "goods_minor": line.goods_minor,
        "tax_minor": line.tax_minor,
    }


# What a shipment doesn't have before it has left.
_NOT_YET = dict.fromkeys(
    (
        "carrier",
        "tracking_number",
        "tracking_url",
        "hold_reason",
        "released_at",
        "dispatched_at",
        "delivered_at",
        "returned_at",
        "refundable_until",
    )
)


def _as_read(row: dict[str, Any], same: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    told = [
        {
            **line,
            "id": str(line["id"]),
            "order_line_id": str(line["order_line_id"]),
            "variant_id": str(line["variant_id"]),
            "canceled_quantity": 0,
            "serials": [],
        }
        for line in sorted(lines, key=lambda line: line["id"].bytes)
    ]
    return {**row, **same, **_NOT_YET, "lines": told}
