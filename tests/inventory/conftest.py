"""Some variants, and warehouses of which two serve France."""

from __future__ import annotations

import pytest

from store import catalog, inventory
from store.kernel import db

SKUS = ("A", "B", "C", "D", "E")


@pytest.fixture
async def variants(database):
    """Ids by SKU. Paris serves France first and Germany second, Leipzig the other way round, Reno the US."""
    async with db.unit_of_work():
        await catalog.save_manufacturers([catalog.ManufacturerEntry(slug="acme", name="Acme")])
        await catalog.save_categories([catalog.CategoryEntry(slug="phones", names={"en": "Phones"})])
        prices = tuple(
            catalog.PriceEntry(market=market, currency=currency, amount_minor=1000)
            for market, currency in (("FR", "EUR"), ("DE", "EUR"), ("US", "USD"))
        )
        await catalog.save_products(
            [
                catalog.ProductEntry(
                    slug="phone",
                    manufacturer="acme",
                    kind="device",
                    category="phones",
                    names={"en": "Phone"},
                    variants=tuple(catalog.VariantEntry(sku=sku, prices=prices, sells="backorder") for sku in SKUS),
                )
            ]
        )
        await inventory.save_warehouses(
            [
                inventory.Warehouse(code="PAR", name="Paris", country="FR", markets={"FR": 0, "DE": 1}),
                inventory.Warehouse(code="LEI", name="Leipzig", country="DE", markets={"DE": 0, "FR": 1}),
                inventory.Warehouse(code="RNO", name="Reno", country="US", markets={"US": 0}),
            ]
        )
    rows = await db.fetch("select sku, id from variant")
    return {row["sku"]: row["id"] for row in rows}


@pytest.fixture
def put():
    """Puts goods on the shelf, as `await put(variant_id, "PAR", 10)`."""

    async def receive(variant_id, warehouse, quantity):
        async with db.unit_of_work():
            await inventory.receive(variant_id, warehouse, quantity, reference="test")

    return receive


@pytest.fixture
def shelf():
    """What stands in `stock`: {(variant_id, warehouse): (on_hand, reserved)}."""

    async def read():
        rows = await db.fetch("select * from stock")
        return {(row["variant_id"], row["warehouse"]): (row["on_hand"], row["reserved"]) for row in rows}

    return read
