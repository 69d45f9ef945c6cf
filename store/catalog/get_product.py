"""One product in a market."""

from __future__ import annotations

from store.catalog.products import PRODUCT_COLUMNS, PRODUCT_JOINS, Product, load_market_variants, read_product
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.i18n import DEFAULT_LOCALE

_PRODUCT = f"""
select {PRODUCT_COLUMNS} from listing l {PRODUCT_JOINS} where l.market = $1 and p.slug = $2
"""


async def get_product(market: str, slug: str, locale: str = DEFAULT_LOCALE) -> Product:
    """The product of that slug with the variants that have a price in the market, in two statements, or NotFound."""
    row = await db.fetchrow(_PRODUCT, market, slug)
    if row is None:
        raise NotFound
    variants = await load_market_variants(market, [row["id"]], locale)
    return read_product(row, variants[row["id"]], locale)
