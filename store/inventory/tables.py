"""The room's tables for administration through Piccolo; stock changes only through `move_stock.py`.

Piccolo knows keys of one column only: where the key has more, the first stands for it and changes must name them all.
"""

from __future__ import annotations

from piccolo.columns import UUID, BigSerial, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.base import Column
from piccolo.table import Table

from store.catalog.tables import Variant
from store.kernel import db


def _reference(table: type[Table], *, primary_key: bool = False) -> ForeignKey[Table]:
    """A foreign key as the store wants it: never null, never cascading."""
    return ForeignKey(table, null=False, on_delete=OnDelete.restrict, default=None, primary_key=primary_key)


class Warehouse(Table, db=db.ENGINE):
    code: Column = Text(primary_key=True)
    name = Text()
    country = Varchar(length=2)


class WarehouseMarket(Table, db=db.ENGINE):
    market: Column = Text(primary_key=True)
    warehouse = _reference(Warehouse)
    position = Integer()


class Stock(Table, db=db.ENGINE):
    variant_id: Column = _reference(Variant, primary_key=True)
    warehouse = _reference(Warehouse)
    on_hand = Integer()
    reserved = Integer()


class InboundDelivery(Table, db=db.ENGINE):
    id: Column = UUID(primary_key=True)
    variant_id = _reference(Variant)
    warehouse = _reference(Warehouse)
    quantity = Integer()
    expected_on = Date()
    received_at = Timestamptz(null=True, default=None)
    reference = Text(unique=True)


class StockMovement(Table, db=db.ENGINE):
    id: Column = BigSerial(primary_key=True)
    at = Timestamptz()
    variant_id = UUID()
    warehouse = Text()
    kind = Text()
    on_hand_change = Integer()
    reserved_change = Integer()
    reference = Text()
