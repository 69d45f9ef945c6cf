"""The catalogue's tests run on the demo catalogue, or on products that they make themselves."""

from __future__ import annotations

import pytest

from store import catalog
from store.cli.seed import seed_demo_catalogue
from store.kernel import db


@pytest.fixture
async def demo(database) -> None:
    await seed_demo_catalogue()


def entry(slug: str, *, price: int = 1000, markets: dict[str, str] | None = None, **changes):
    """A phone with one variant, sold in France and Germany unless told otherwise."""
    prices = tuple(
        catalog.PriceEntry(market=market, currency=currency, amount_minor=price)
        for market, currency in (markets or {"FR": "EUR", "DE": "EUR"}).items()
    )
    facts = {
        "slug": slug,
        "manufacturer": "acme",
        "kind": "device",
        "category": "phones",
        "names": {"en": f"Phone {slug}", "fr": f"Téléphone {slug}", "zh-Hans": f"电话 {slug}"},
        "variants": (catalog.VariantEntry(sku=slug.upper(), prices=prices),),
    }
    return catalog.ProductEntry(**{**facts, **changes})


@pytest.fixture
async def save(database):
    """Keeps entries, as `save(entry("a"), entry("b"))` after the maker and the category they name."""
    async with db.unit_of_work():
        await catalog.save_manufacturers([catalog.ManufacturerEntry(slug="acme", name="Acme")])
        await catalog.save_categories([catalog.CategoryEntry(slug="phones", names={"en": "Phones"})])

    async def save_entries(*entries):
        async with db.unit_of_work():
            return await catalog.save_products(entries)

    return save_entries


@pytest.fixture
def make():
    return entry
