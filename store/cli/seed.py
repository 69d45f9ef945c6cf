"""Load the demo catalogue with its warehouses, stock and support content; a second time changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from store import catalog, inventory, support
from store.catalog.demo import (
    MARKET_CURRENCY,
    WAREHOUSE_MARKETS,
    DemoCatalogue,
    DemoCoupon,
    DemoOption,
    DemoProduct,
    DemoVariant,
    load_demo_catalogue,
)
from store.kernel import clock, db
from store.support.demo import load_demo_support

WAREHOUSE_NAMES = {"PAR": ("Paris", "FR"), "LEI": ("Leipzig", "DE"), "RNO": ("Reno", "US"), "SZX": ("Shenzhen", "CN")}
REFERENCE = "demo"


async def seed_demo_catalogue() -> None:
    """All of the demo content in one unit of work.

    Prices, texts and coupons become those of the demo again; stock, deliveries and release dates that are there
    already stay, as orders may rest on them.
    """
    content = load_demo_catalogue()
    async with db.unit_of_work():
        await catalog.save_manufacturers(
            catalog.ManufacturerEntry(
                slug=maker.slug,
                name=maker.name,
                rma_route={"route": maker.rma_route, "portal_url": maker.rma_portal_url},
            )
            for maker in content.manufacturers
        )
        await catalog.save_categories(
            catalog.CategoryEntry(slug=each.slug, names=dict(each.names), position=each.position)
            for each in content.categories
        )
        released = await _known_releases()
        await catalog.save_products([_product(product, released) for product in content.products])
        await catalog.save_promotions(_promotion(coupon) for coupon in content.coupons)
        await inventory.save_warehouses(_warehouses())
        await _seed_stock(content)
        await _seed_support()


async def _known_releases() -> Mapping[str, date]:
    rows = await db.fetch("select sku, release_on from variant where release_on is not null")
    return {row["sku"]: row["release_on"] for row in rows}


def _product(product: DemoProduct, released: Mapping[str, date]) -> catalog.ProductEntry:
    return catalog.ProductEntry(
        slug=product.slug,
        manufacturer=product.manufacturer,
        kind=product.kind,
        condition=product.condition,
        category=product.category,
        warranty_months=product.warranty_months,
        tax_class=product.tax_class,
        names=dict(product.names),
        descriptions=dict(product.descriptions),
        media=tuple({"kind": each.kind, "path": each.path, "alt": dict(each.alt)} for each in product.media),
        accessory_for=product.accessory_for,
        variants=tuple(_variant(variant, released) for variant in product.variants),
    )


def _variant(variant: DemoVariant, released: Mapping[str, date]) -> catalog.VariantEntry:
    release_on = released.get(variant.sku)
    if release_on is None and variant.release_in_days is not None:
        release_on = clock.today("UTC") + timedelta(days=variant.release_in_days)
    return catalog.VariantEntry(
        sku=variant.sku,
        names=dict(variant.names),
        options=tuple(_option(option) for option in variant.options),
        barcode=variant.barcode,
        serialized=variant.serialized,
        weight_grams=variant.weight_grams,
        sells=variant.sells if variant.tracks_stock else "always",
        release_on=release_on,
        service=None if variant.service is None else msgspec.to_builtins(variant.service),
        prices=tuple(
            catalog.PriceEntry(
                market=price.market,
                currency=price.currency,
                amount_minor=price.amount_minor,
                compare_at_minor=price.compare_at_minor,
            )
            for price in variant.prices
        ),
    )


def _option(option: DemoOption) -> dict[str, Any]:
    return {
        "axis": option.axis,
        "value": option.value,
        "axis_names": dict(option.axis_names),
        "value_names": dict(option.value_names),
    }


def _promotion(coupon: DemoCoupon) -> catalog.PromotionEntry:
    currency = coupon.currency
    if currency is None and coupon.minimum_minor and coupon.market:
        currency = MARKET_CURRENCY[coupon.market]
    return catalog.PromotionEntry(
        code=coupon.code,
        names=dict(coupon.names),
        market=coupon.market,
        percent_ppm=coupon.percent_ppm,
        amount_minor=coupon.amount_minor,
        currency=currency,
        minimum_minor=coupon.minimum_minor,
        starts_at=_midnight(coupon.starts_on) if coupon.starts_on else None,
        ends_at=_midnight(coupon.ends_on + timedelta(days=1)) if coupon.ends_on else None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _warehouses() -> list[inventory.Warehouse]:
    """The nearest warehouse of a market stands first in it: by how early the warehouse names the market."""
    return [
        inventory.Warehouse(
            code=code,
            name=WAREHOUSE_NAMES[code][0],
            country=WAREHOUSE_NAMES[code][1],
            markets={market: markets.index(market) for market in markets},
        )
        for code, markets in WAREHOUSE_MARKETS.items()
    ]


async def _seed_stock(content: DemoCatalogue) -> None:
    ids = await _variant_ids()
    variants = [variant for product in content.products for variant in product.variants]
    quantities = {
        (ids[variant.sku], warehouse): quantity for variant in variants for warehouse, quantity in variant.stock.items()
    }
    await inventory.open_stock(quantities, reference=REFERENCE)
    today = clock.today("UTC")
    await inventory.plan_deliveries(
        [
            inventory.InboundDelivery(
                variant_id=ids[variant.sku],
                warehouse=delivery.warehouse,
                quantity=delivery.quantity,
                expected_on=today + timedelta(days=delivery.expected_in_days),
                reference=f"{REFERENCE}-{variant.sku}-{delivery.warehouse}-{number}",
            )
            for variant in variants
            for number, delivery in enumerate(variant.inbound, 1)
        ]
    )


async def _seed_support() -> None:
    content = load_demo_support()
    await support.save_faq(content.questions)
    await support.save_manuals(content.manuals)


async def _variant_ids() -> dict[str, UUID]:
    rows = await db.fetch("select sku, id from variant")
    return {row["sku"]: row["id"] for row in rows}
