"""What the warehouse's answers consist of."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from store.web.edge.schemas import Labelled, Out


class PickLineOut(Out):
    """Units to take from the shelf; `serials` of those that left already."""

    sku: str
    name: str
    quantity: int
    reserved: int
    serialized: bool
    serials: list[str]


class WarehouseShipmentOut(Out):
    """A shipment as the warehouse sees it: no prices. `not_before`: a preorder must not leave earlier."""

    number: str
    order_number: str
    market: str
    warehouse: str
    kind: Labelled
    status: str
    status_label: str
    hold_reason: str | None
    ship_on: date
    promised_on: date
    not_before: date | None
    placed_at: datetime
    released_at: datetime | None
    dispatched_at: datetime | None
    shipping_method: Labelled
    carrier: str
    tracking_number: str | None
    tracking_url: str | None
    address_label: list[str]
    phone: str | None
    lines: list[PickLineOut]


class InboundOut(Out):
    id: UUID
    sku: str
    warehouse: str
    quantity: int
    expected_on: date
    reference: str
    received_at: datetime | None


class StockOut(Out):
    """What a warehouse holds of a SKU; `free` is what nobody has reserved."""

    warehouse: str
    sku: str
    on_hand: int
    reserved: int
    free: int
