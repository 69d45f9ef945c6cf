"""Warehouses, stock, deliveries: what other rooms and the web may use of the inventory."""

from store.inventory.availability import Inbound, VariantStock, WarehouseStock, availability
from store.inventory.move_stock import (
    FREED,
    StockGone,
    StockMismatch,
    Want,
    adjust,
    lock_stock,
    receive,
    release,
    reserve,
    restock,
    ship,
)
from store.inventory.outlook import Availability, Outlook, expected_on, outlook

__all__ = [
    "FREED",
    "Availability",
    "Inbound",
    "Outlook",
    "StockGone",
    "StockMismatch",
    "VariantStock",
    "Want",
    "WarehouseStock",
    "adjust",
    "availability",
    "expected_on",
    "lock_stock",
    "outlook",
    "receive",
    "release",
    "reserve",
    "restock",
    "ship",
]
