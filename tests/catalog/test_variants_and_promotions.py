"""What a cart needs: prices by SKU or id in one statement, and coupons that hold where and when they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import catalog
from store.catalog import Promotion, find_promotion, load_variants
from store.kernel import db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_variants_come_by_the_key_they_were_asked_with_and_missing_ones_are_absent(save, make):
    await save(make("a"), make("b"), make("german", markets={"DE": "EUR"}))
    by_sku = await load_variants("FR", skus=["A", "B", "GERMAN", "NONE"])
    assert set(by_sku) == {"A", "B"}
    variant_id = by_sku["A"].variant_id
    both = await load_variants("FR", skus=["B"], ids=[variant_id, uuid4()])
    assert set(both) == {"B", variant_id}
    assert await load_variants("FR") == {}


async def test_a_lines_name_is_the_products_and_the_options(save, make):
    variant = catalog.VariantEntry(
        sku="B-1",
        names={"en": "Black", "fr": "Noir"},
        prices=(catalog.PriceEntry(market="FR", currency="EUR", amount_minor=990, compare_at_minor=1290),),
        weight_grams=120,
        serialized=True,
    )
    media = ({"kind": "serial_location", "path": "/s.svg"}, {"kind": "picture", "path": "/p.svg"})
    await save(make("a", variants=(variant,), media=media))
    found = (await load_variants("FR", skus=["B-1"]))["B-1"]
    assert found.names == {"en": "Phone a – Black", "fr": "Téléphone a – Noir", "zh-Hans": "电话 a"}
    assert (found.unit_price_minor, found.compare_at_minor, found.currency) == (990, 1290, "EUR")
    assert (found.slug, found.media_path, found.kind, found.serialized) == ("a", "/p.svg", "device", True)


async def test_a_service_tracks_no_stock(demo):
    found = await load_variants("FR", skus=["SVC-CARE-12M-1U", "CIR-CEIL-WHT"])
    assert not found["SVC-CARE-12M-1U"].tracks_stock
    assert found["CIR-CEIL-WHT"].tracks_stock


@pytest.fixture
async def coupons(database):
    async with db.unit_of_work():
        await catalog.save_promotions(
            [
                catalog.PromotionEntry(code="ten", names={}, percent_ppm=100_000),
                catalog.PromotionEntry(code="five", names={}, market="FR", amount_minor=500, currency="EUR"),
                catalog.PromotionEntry(code="EURO", names={}, amount_minor=500, currency="EUR", minimum_minor=2000),
                catalog.PromotionEntry(
                    code="MARCH", names={}, percent_ppm=50_000, starts_at=NOW, ends_at=NOW + timedelta(days=1)
                ),
            ]
        )


@pytest.mark.parametrize(
    ("code", "market", "at", "found"),
    [
        ("TEN", "US", NOW, True),
        (" ten ", "FR", NOW, True),
        ("five", "FR", NOW, True),
        ("five", "DE", NOW, False),
        ("EURO", "DE", NOW, True),
        ("EURO", "US", NOW, False),
        ("MARCH", "FR", NOW, True),
        ("MARCH", "FR", NOW - timedelta(seconds=1), False),
        ("MARCH", "FR", NOW + timedelta(days=1), False),
        ("NONE", "FR", NOW, False),
    ],
)
async def test_a_coupon_holds_where_and_when_it_says(coupons, code, market, at, found):
    assert (await find_promotion(code, market, at) is not None) is found


@given(st.integers(0, 10**9), st.integers(1, 1_000_000), st.integers(0, 10**6))
def test_a_share_off_is_never_more_than_the_goods(goods, percent_ppm, minimum):
    discount = Promotion("X", {}, percent_ppm, None, minimum).discount(goods)
    assert 0 <= discount <= goods
    assert discount == 0 or goods >= minimum


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_an_amount_off_is_never_more_than_the_goods(goods, amount):
    assert Promotion("X", {}, None, amount, 0).discount(goods) == min(goods, amount)
