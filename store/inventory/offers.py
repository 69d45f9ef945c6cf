"""Products together with what a shopper is told of their stock: a page in three statements (CAT-5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.catalog.get_product import get_product
from store.catalog.list_products import list_products
from store.catalog.products import Product, Variant
from store.inventory.availability import availability
from store.inventory.outlook import Outlook, outlook
from store.kernel import clock
from store.kernel.i18n import DEFAULT_LOCALE
from store.markets.registry import get_market

# How many units older orders wait for, by variant; a room that knows orders gives it.
Waiting = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, int]]]


@dataclass(frozen=True, slots=True)
class OfferedVariant:
    variant: Variant
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Offer:
    """A product and the outlook of each of its variants, in the order of `product.variants`."""

    product: Product
    variants: tuple[OfferedVariant, ...]


@dataclass(frozen=True, slots=True)
class OfferPage:
    items: tuple[Offer, ...]
    next_cursor: str | None


async def list_offers(market: str, locale: str, *, waiting: Waiting | None = None, **filters: Any) -> OfferPage:
    """A page of `catalog.list_products`, whose filters it takes, with availability."""
    page = await list_products(market, locale, **filters)
    return OfferPage(tuple(await _offers(market, page.items, waiting)), page.next_cursor)


async def get_offer(market: str, slug: str, locale: str = DEFAULT_LOCALE, *, waiting: Waiting | None = None) -> Offer:
    """One product with availability. Raises NotFound."""
    (offer,) = await _offers(market, [await get_product(market, slug, locale)], waiting)
    return offer


async def _offers(market: str, products: Iterable[Product], waiting: Waiting | None) -> list[Offer]:
    products = list(products)
    ids = [variant.variant_id for product in products for variant in product.variants]
    stocks = await availability(market, ids)
    promised = await waiting(ids) if waiting and ids else {}
    definition = get_market(market)
    today = clock.today(definition.time_zone)

    def offered(variant: Variant) -> OfferedVariant:
        told = outlook(
            stocks[variant.variant_id],
            variant.sells,
            variant.release_on,
            definition.policy,
            today,
            waiting=promised.get(variant.variant_id, 0),
        )
        return OfferedVariant(variant, told)

    return [Offer(product, tuple(offered(variant) for variant in product.variants)) for product in products]
