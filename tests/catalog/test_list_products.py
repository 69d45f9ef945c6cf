"""Pages of the listing: what they show, what they leave out, and that they hold together while the shop changes."""

from __future__ import annotations

import json

import pytest

from store import catalog
from store.catalog import list_products
from store.kernel import db
from store.kernel.errors import Invalid, NotFound


async def every(market="FR", locale="en", **filters):
    """All items of a listing, page by page."""
    items, cursor = [], None
    while True:
        page = await list_products(market, locale, cursor=cursor, **filters)
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items


@pytest.mark.requirement("CAT-1")
async def test_a_product_carries_its_facts_in_the_readers_language(demo):
    product = await catalog.get_product("FR", "pinzelot-power-12", "zh-Hans")
    assert product.name
    assert product.name != (await catalog.get_product("FR", "pinzelot-power-12", "fr")).name
    assert product.manufacturer == "pinzelot"
    assert product.manufacturer_name == "Pinzelot"
    assert product.condition == "new"
    assert product.warranty_months > 0
    assert [media.kind for media in product.media][:1] == ["picture"]
    assert all(media.alt for media in product.media)
    (variant,) = product.variants
    assert variant.price.currency == "EUR"
    assert variant.options[0].axis == "plug"


@pytest.mark.requirement("CAT-2")
async def test_the_default_listing_leaves_out_refurbished_products_but_not_accessories(demo):
    shown = await every()
    refurbished = [item for item in shown if item.condition == "refurbished"]
    assert refurbished
    assert {item.kind for item in refurbished} == {"accessory"}


@pytest.mark.requirement("CAT-2")
async def test_a_filter_shows_refurbished_products(demo):
    by_default = await every()
    everything = await every(include_refurbished=True)
    refurbished = await every(condition="refurbished")
    assert {item.condition for item in refurbished} == {"refurbished"}
    assert any(item.kind == "device" for item in refurbished)
    assert {item.slug for item in everything} == {item.slug for item in [*by_default, *refurbished]}


@pytest.mark.requirement("CAT-3")
async def test_accessories_are_listed_for_their_device(demo):
    found = await every(accessory_for="halvoris-desk-400")
    assert found
    assert {item.kind for item in found} == {"accessory"}
    assert await every(accessory_for="no-such-device") == []


async def test_filters_narrow_the_listing(demo):
    everything = await every(include_refurbished=True)
    for name in ("category", "manufacturer", "kind"):
        for value in {getattr(item, name) for item in everything}:
            found = await every(include_refurbished=True, **{name: value})
            assert [item.slug for item in found] == [item.slug for item in everything if getattr(item, name) == value]


async def test_only_what_has_a_price_in_the_market_is_listed(save, make):
    await save(make("both"), make("german", markets={"DE": "EUR"}))
    assert [item.slug for item in await every("FR")] == ["both"]
    assert [item.slug for item in await every("DE")] == ["both", "german"]
    with pytest.raises(NotFound):
        await catalog.get_product("FR", "german")


@pytest.mark.parametrize("sort", list(catalog.Sort))
async def test_pages_hold_every_product_once_in_the_order_of_the_sort(demo, sort):
    whole = (await list_products("FR", "en", include_refurbished=True, sort=sort, limit=100)).items
    paged = await every(include_refurbished=True, sort=sort, limit=7)
    assert [item.slug for item in paged] == [item.slug for item in whole]
    assert len({item.slug for item in paged}) == len(paged)
    cheapest = [min(variant.price.amount_minor for variant in item.variants) for item in whole]
    if sort in {catalog.Sort.PRICE_ASC, catalog.Sort.PRICE_DESC}:
        assert cheapest == sorted(cheapest, reverse=sort == catalog.Sort.PRICE_DESC)


async def test_inserts_between_two_pages_neither_repeat_nor_skip(save, make):
    await save(*(make(f"p{number}", price=1000 + number) for number in range(6)))
    first = await list_products("FR", "en", sort="newest", limit=3)
    await save(make("newcomer", price=1))
    second = await list_products("FR", "en", sort="newest", limit=3, cursor=first.next_cursor)
    assert [item.slug for item in [*first.items, *second.items]] == ["p5", "p4", "p3", "p2", "p1", "p0"]
    assert second.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "!", "bm9uc2Vuc2U", "W10", "WyJuZXdlc3QiLDFd", "é", "[" * 300])
async def test_a_cursor_that_is_not_ours_is_refused(database, cursor):
    with pytest.raises(Invalid) as caught:
        await list_products("FR", "en", cursor=cursor)
    assert caught.value.facts["errors"][0]["field"] == "cursor"


async def test_a_sort_that_is_not_known_is_refused(database):
    with pytest.raises(Invalid):
        await list_products("FR", "en", sort="amount; drop table product")


@pytest.mark.parametrize("filters", [{}, {"search": "tele"}, {"sort": "price_asc", "category": "headsets"}])
async def test_a_page_takes_two_statements_whatever_its_size(demo, filters, monkeypatch):
    statements = []
    fetch = db.fetch

    async def counted(sql, *args):
        statements.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(db, "fetch", counted)
    assert (await list_products("FR", "en", limit=50, **filters)).items
    assert len(statements) == (1 if "search" in filters else 2)  # A search is fetched on a connection of its own.


async def test_a_page_is_read_off_an_index(save, make):
    """The plan of a page looks at its rows and the next, not at the catalogue."""
    await save(*(make(f"p{number:04}", price=1000 + number) for number in range(4000)))
    async with db.pool_connection() as connection:
        await connection.execute("vacuum analyze")
    plans = []
    fetch = db.fetch

    async def explained(sql, *args):
        (plan,) = await fetch("explain (analyze, format json) " + sql, *args)
        plans.append(plan[0])
        return await fetch(sql, *args)

    for filters in [{}, {"category": "phones"}, {"sort": "price_desc"}, {"manufacturer": "acme"}, {"kind": "device"}]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db, "fetch", explained)
            assert len((await list_products("FR", "en", limit=50, **filters)).items) == 50
    assert len(plans) == 10
    for plan in plans:
        for node in nodes(plan):
            assert node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0) <= 110, node


def nodes(plan):
    """Every node of a plan in JSON."""

    todo = [json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        yield node
