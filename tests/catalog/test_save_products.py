"""Saving is by slug and SKU, changes only what differs, and tells caches exactly then."""

from __future__ import annotations

import pytest

from store import catalog
from store.catalog import catalog_version, load_variants
from store.cli.seed import seed_demo_catalogue
from store.kernel import db

TABLES = ("manufacturer", "category", "product", "variant", "price", "accessory", "listing", "promotion")


async def contents():
    return {table: await db.fetch(f"select * from {table} order by 1, 2") for table in TABLES}


async def test_the_seed_run_twice_changes_nothing(demo):
    before, version = await contents(), await catalog_version()
    await seed_demo_catalogue()
    assert await contents() == before
    assert await catalog_version() == version


async def test_a_change_is_kept_and_bumps_the_version(save, make):
    await save(make("a"))
    version = await catalog_version()
    await save(make("a"))
    assert await catalog_version() == version
    await save(make("a", price=900))
    assert await catalog_version() > version
    (item,) = (await catalog.list_products("FR", "en")).items
    assert item.variants[0].price.amount_minor == 900


async def test_ids_stay_when_a_product_changes(save, make):
    before = await save(make("a"))
    old = await load_variants("FR", skus=["A"])
    assert await save(make("a", names={"en": "Renamed"})) == before
    new = await load_variants("FR", skus=["A"])
    assert new["A"].variant_id == old["A"].variant_id
    assert [found.slug for found in await catalog.type_ahead("FR", "en", "renamed")] == ["a"]


async def test_what_is_no_longer_named_is_no_longer_sold(save, make):
    prices = (catalog.PriceEntry(market="FR", currency="EUR", amount_minor=5),)
    two = tuple(catalog.VariantEntry(sku=sku, prices=prices) for sku in ("X-1", "X-2"))
    await save(make("a", variants=two), make("b"))
    await save(make("a", variants=two[:1]), make("b", active=False))
    assert set(await load_variants("FR", skus=["X-1", "X-2", "B"])) == {"X-1"}
    assert [item.slug for item in (await catalog.list_products("FR", "en")).items] == ["a"]
    assert (await catalog.list_products("DE", "en")).items == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"manufacturer": "nobody"}, "manufacturer"),
        ({"category": "nowhere"}, "category"),
        ({"kind": "accessory", "accessory_for": ("nothing",)}, "device"),
    ],
)
async def test_unknown_names_are_refused_and_nothing_is_kept(save, make, changes, field):
    with pytest.raises(catalog.UnknownCatalogEntry) as caught:
        await save(make("good"), make("bad", **changes))
    assert caught.value.facts["field"] == field
    assert await db.fetchval("select count(*) from product") == 0


async def test_a_sku_of_another_product_is_refused(save, make):
    await save(make("a"))
    with pytest.raises(catalog.SkuTaken) as caught:
        await save(make("b", variants=make("a").variants))
    assert caught.value.facts == {"skus": ["A"]}


async def test_the_version_counts_real_changes_only(save, make):
    await save(make("a"))
    version = await catalog_version()
    await db.execute("update product set active = active where false")
    assert await catalog_version() == version
    await db.execute("update price set amount_minor = amount_minor + 1")
    assert await catalog_version() == version + 1
