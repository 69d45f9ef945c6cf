"""Products, variants, prices, coupons, search: what other rooms and the web may use of the catalogue."""

from store.catalog.entries import (
    CategoryEntry,
    ManufacturerEntry,
    PriceEntry,
    ProductEntry,
    PromotionEntry,
    VariantEntry,
)
from store.catalog.find_product import ProductFacts, find_product, product_facts
from store.catalog.get_product import get_product
from store.catalog.list_products import ProductPage, Sort, list_products
from store.catalog.products import Media, Option, Product, Variant
from store.catalog.promotions import Promotion, find_promotion
from store.catalog.save_products import (
    UnknownCatalogEntry,
    save_categories,
    save_manufacturers,
    save_products,
    save_promotions,
)
from store.catalog.save_variants import SkuTaken
from store.catalog.type_ahead import Suggestion, type_ahead
from store.catalog.variants import (
    SellableVariant,
    line_names,
    load_variants,
    remembered_variants,
    variant_ids,
    variant_skus,
)
from store.catalog.version import catalog_version

__all__ = [
    "CategoryEntry",
    "ManufacturerEntry",
    "Media",
    "Option",
    "PriceEntry",
    "Product",
    "ProductEntry",
    "ProductFacts",
    "ProductPage",
    "Promotion",
    "PromotionEntry",
    "SellableVariant",
    "SkuTaken",
    "Sort",
    "Suggestion",
    "UnknownCatalogEntry",
    "Variant",
    "VariantEntry",
    "catalog_version",
    "find_product",
    "find_promotion",
    "get_product",
    "line_names",
    "list_products",
    "load_variants",
    "product_facts",
    "remembered_variants",
    "save_categories",
    "save_manufacturers",
    "save_products",
    "save_promotions",
    "type_ahead",
    "variant_ids",
    "variant_skus",
]
