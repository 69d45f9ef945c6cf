"""Goods for an order that this room knows only by its id: planning, parcels, tracking, serial numbers."""

from store.shipments.allot_stock import allot, mark_ready, on_stock_freed, waiting_units
from store.shipments.find_shipments import find_shipment, queue, shipments_of
from store.shipments.move_shipment import (
    SerialsMismatch,
    SerialTaken,
    cancel_units,
    free_serials,
    goods_leave,
    goods_return,
    keep_serials,
    lines_of,
    lock_shipment,
    mark_dispatched,
    move,
    order_of,
)
from store.shipments.open_shipments import NewLine, NewShipment, open_shipments, reserve_for
from store.shipments.plan import Item, PlannedShipment, plan_shipments
from store.shipments.statuses import NOT_RELEASED, SHIPMENT, ShipmentStatus

__all__ = [
    "NOT_RELEASED",
    "SHIPMENT",
    "Item",
    "NewLine",
    "NewShipment",
    "PlannedShipment",
    "SerialTaken",
    "SerialsMismatch",
    "ShipmentStatus",
    "allot",
    "cancel_units",
    "find_shipment",
    "free_serials",
    "goods_leave",
    "goods_return",
    "keep_serials",
    "lines_of",
    "lock_shipment",
    "mark_dispatched",
    "mark_ready",
    "move",
    "on_stock_freed",
    "open_shipments",
    "order_of",
    "plan_shipments",
    "queue",
    "reserve_for",
    "shipments_of",
    "waiting_units",
]
