"""Everything that helps with one product: answers, manuals, its warranty, and whose support is in charge (CAT-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from store.catalog import ProductFacts, find_product
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.rma.routes import RouteCode, manufacturer_route
from store.support.faq_entries import subjects_of
from store.support.search_faq import Answer, about_product, suggest_faq

ANSWERS_MOST = 20

# What a maker's way of taking back defective products means for their owner (RMA-5), by the code of the way.
ROUTE_SENTENCES: Mapping[str, str] = {
    RouteCode.MANUFACTURER_HANDLES: N_(
        "{manufacturer} takes care of defective devices itself. Please report the fault at {url}."
    ),
    RouteCode.MANUFACTURER_CONFIRMS: N_(
        "{manufacturer} confirms a fault before a return. Please report it at {url} and keep the ticket number: you"
        " need it to register the return with us."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """`title` is in the reader's language, `language` is the document's."""

    kind: str
    title: str
    language: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManufacturerRoute:
    """`sentence` tells the owner where to turn; None where our own support is in charge."""

    manufacturer: str
    code: str
    url: str | None
    sentence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSupport:
    product: ProductFacts
    name: str
    answers: tuple[Answer, ...]
    manuals: tuple[Manual, ...]
    route: ManufacturerRoute


async def product_support(slug: str, locale: str, market: str, symptom: str | None = None) -> ProductSupport:
    """Sold or not any more: who owns one finds help. With a symptom only what is about it (RMA-11). Raises NotFound."""
    product = await find_product(slug)
    if symptom is None:
        answers = await about_product(subjects_of(product), locale, market, ANSWERS_MOST)
    else:
        answers = await suggest_faq(product.id, symptom, locale, market, ANSWERS_MOST)
    return ProductSupport(
        product=product,
        name=pick(product.names, locale),
        answers=tuple(answers),
        manuals=tuple(await manuals_of(product.id, locale)),
        route=_route(product, locale),
    )


async def manuals_of(product_id: UUID, locale: str) -> list[Manual]:
    """Those in the reader's language first."""
    rows = await db.fetch(
        "select * from product_manual where product_id = $1 order by language <> $2, position", product_id, locale
    )
    return [
        Manual(kind=row["kind"], title=pick(row["titles"], locale), language=row["language"], url=row["url"])
        for row in rows
    ]


def _route(product: ProductFacts, locale: str) -> ManufacturerRoute:
    route = manufacturer_route(product.rma_route, product.manufacturer_name)
    sentence = ROUTE_SENTENCES.get(route.code) if route.portal_url else None
    facts = {"manufacturer": route.manufacturer, "url": route.portal_url}
    return ManufacturerRoute(
        manufacturer=route.manufacturer,
        code=route.code.value,
        url=route.portal_url or None,
        sentence=translate(locale, sentence, facts) if sentence else None,
    )
