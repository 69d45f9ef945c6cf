"""Products, variants, prices, coupons, search: what other rooms and the web may use of the catalogue."""

from store.catalog.promotions import Promotion, find_promotion
from store.catalog.variants import SellableVariant, line_names, load_variants

__all__ = ["Promotion", "SellableVariant", "find_promotion", "line_names", "load_variants"]
