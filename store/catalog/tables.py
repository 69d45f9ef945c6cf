"""The room's tables for administration through Piccolo; reads and hot paths use SQL.

Piccolo knows keys of one column only: where the key has more, the first stands for it and changes must name them all.
JSON is written by the room's functions, never through these classes. Saving products goes through `save_products`,
which keeps the listing and the search in step.
"""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import Column
from piccolo.table import Table

from store.kernel import db


def _reference(table: type[Table], *, primary_key: bool = False) -> ForeignKey[Table]:
    """A foreign key as the store wants it: never null, never cascading."""
    return ForeignKey(table, null=False, on_delete=OnDelete.restrict, default=None, primary_key=primary_key)


class Manufacturer(Table, db=db.ENGINE):
    id: Column = UUID(primary_key=True)
    slug = Text(unique=True)
    name = Text()
    rma_route = JSONB()


class Category(Table, db=db.ENGINE):
    slug: Column = Text(primary_key=True)
    names = JSONB()
    position = Integer()


class Product(Table, db=db.ENGINE):
    id: Column = UUID(primary_key=True)
    slug = Text(unique=True)
    manufacturer_id = _reference(Manufacturer)
    kind = Text()
    condition = Text()
    category = _reference(Category)
    warranty_months = Integer()
    tax_class = Text()
    names = JSONB()
    descriptions = JSONB()
    media = JSONB()
    search_text = Text()
    search_grams = Array(Text())
    active = Boolean(default=True)
    position = BigSerial()


class Accessory(Table, db=db.ENGINE):
    device_id: Column = _reference(Product, primary_key=True)
    accessory_id = _reference(Product)


class Variant(Table, db=db.ENGINE):
    id: Column = UUID(primary_key=True)
    product_id = _reference(Product)
    sku = Text(unique=True)
    names = JSONB()
    options = JSONB()
    barcode = Text(null=True, default=None)
    serialized = Boolean()
    service = JSONB(null=True, default=None)
    weight_grams = Integer()
    sells = Text()
    release_on = Date(null=True, default=None)
    active = Boolean(default=True)
    position = BigSerial()


class Price(Table, db=db.ENGINE):
    variant_id: Column = _reference(Variant, primary_key=True)
    market = Text()
    currency = Varchar(length=3)
    amount_minor = BigInt()
    compare_at_minor = BigInt(null=True, default=None)


class Listing(Table, db=db.ENGINE):
    market: Column = Text(primary_key=True)
    product_id = _reference(Product)
    position = BigInt()
    category = Text()
    manufacturer = Text()
    kind = Text()
    condition = Text()
    from_minor = BigInt()
    by_default = Boolean()


class Promotion(Table, db=db.ENGINE):
    code: Column = Text(primary_key=True)
    names = JSONB()
    market = Text(null=True, default=None)
    percent_ppm = Integer(null=True, default=None)
    amount_minor = BigInt(null=True, default=None)
    currency = Varchar(length=3, null=True, default=None)
    minimum_minor = BigInt()
    starts_at = Timestamptz(null=True, default=None)
    ends_at = Timestamptz(null=True, default=None)


class CatalogVersion(Table, db=db.ENGINE):
    only_row: Column = Boolean(primary_key=True, default=True)
    version = BigInt()
