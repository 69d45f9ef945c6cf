"""Warehouses, stock, deliveries: what other rooms and the web may use of the inventory."""

from store.inventory.availability import Inbound, VariantStock, WarehouseStock, availability, availability_and_version
from store.inventory.inbound import (
    AlreadyReceived,
    InboundDelivery,
    list_deliveries,
    plan_deliveries,
    postpone_delivery,
    receive_delivery,
)
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
from store.inventory.offers import Offer, OfferedVariant, OfferPage, get_offer, list_offers
from store.inventory.outlook import Availability, Outlook, expected_on, outlook
from store.inventory.receive_goods import StockLevel, correct_stock, receive_goods
from store.inventory.warehouses import UnknownWarehouse, Warehouse, list_warehouses, open_stock, save_warehouses

__all__ = [
    "FREED",
    "AlreadyReceived",
    "Availability",
    "Inbound",
    "InboundDelivery",
    "Offer",
    "OfferPage",
    "OfferedVariant",
    "Outlook",
    "StockGone",
    "StockLevel",
    "StockMismatch",
    "UnknownWarehouse",
    "VariantStock",
    "Want",
    "Warehouse",
    "WarehouseStock",
    "adjust",
    "availability",
    "availability_and_version",
    "correct_stock",
    "expected_on",
    "get_offer",
    "list_deliveries",
    "list_offers",
    "list_warehouses",
    "lock_stock",
    "open_stock",
    "outlook",
    "plan_deliveries",
    "postpone_delivery",
    "receive",
    "receive_delivery",
    "receive_goods",
    "release",
    "reserve",
    "restock",
    "save_warehouses",
    "ship",
]
