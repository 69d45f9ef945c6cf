"""The demo catalogue: about sixty invented products in three languages, ready to be sold in four markets.

It is data (`manufacturers.toml`, `options.toml`, `products/*.toml`, `promotions.toml`, `media/*.svg`); this package
reads it, checks it and hands it over as plain objects. It knows no database: whoever loads it decides what becomes of
it.
"""

from store.catalog.demo.check_catalogue import DemoContentInvalid, problems_of
from store.catalog.demo.read_catalogue import MEDIA_DIR, read_catalogue
from store.catalog.demo.shapes import (
    LANGUAGES,
    MARKET_CURRENCY,
    WAREHOUSE_MARKETS,
    DemoCatalogue,
    DemoCategory,
    DemoCoupon,
    DemoInbound,
    DemoManufacturer,
    DemoMedia,
    DemoOption,
    DemoPrice,
    DemoProduct,
    DemoServiceTerms,
    DemoVariant,
)

__all__ = [
    "LANGUAGES",
    "MARKET_CURRENCY",
    "MEDIA_DIR",
    "WAREHOUSE_MARKETS",
    "DemoCatalogue",
    "DemoCategory",
    "DemoContentInvalid",
    "DemoCoupon",
    "DemoInbound",
    "DemoManufacturer",
    "DemoMedia",
    "DemoOption",
    "DemoPrice",
    "DemoProduct",
    "DemoServiceTerms",
    "DemoVariant",
    "load_demo_catalogue",
    "problems_of",
]


def load_demo_catalogue() -> DemoCatalogue:
    """The whole demo catalogue, checked. Raises DemoContentInvalid with every problem found, not only the first."""
    catalogue = read_catalogue()
    if problems := problems_of(catalogue):
        raise DemoContentInvalid(problems)
    return catalogue
