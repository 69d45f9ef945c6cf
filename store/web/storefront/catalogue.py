"""The catalogue: lists, one product, type-ahead, accessories (CAT-1 to CAT-5)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from store.catalog import get_product, type_ahead
from store.customers import Principal
from store.inventory import get_offer, list_offers
from store.kernel.errors import Invalid, NotFound
from store.markets import UnknownMarket, get_market
from store.web.edge.documented import answers, problems
from store.web.edge.etag import answer_with_etag, etag_of, matches
from store.web.edge.locale import header
from store.web.edge.roles import SHOPPERS, requires
from store.web.edge.schemas import Cursor, Limit, Page
from store.web.storefront.listing_cache import CACHE_CONTROL
from store.web.storefront.offers import ProductOut, SuggestionOut, page_out, product_out, suggestion_out

AnyRequest = Request[Any, Any, Any]
MarketCode = Annotated[str, QueryParameter(max_length=16, description="The market's code, e.g. FR.")]
Slug = Annotated[str | None, QueryParameter(max_length=100)]


@get(
    "/",
    opt=requires(*SHOPPERS),
    responses=answers(Page[ProductOut]) | problems(UnknownMarket, Invalid),
    summary="List products",
)
async def list_products(
    request: AnyRequest,
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    market: MarketCode,
    category: Slug = None,
    manufacturer: Slug = None,
    kind: Annotated[Literal["device", "accessory", "service"] | None, QueryParameter()] = None,
    condition: Annotated[Literal["new", "refurbished"] | None, QueryParameter()] = None,
    accessory_for: Annotated[str | None, QueryParameter(max_length=100, description="Slug of a device.")] = None,
    search: Annotated[str | None, QueryParameter(max_length=100)] = None,
    include_refurbished: Annotated[bool, QueryParameter(description="Show refurbished, too.")] = False,  # noqa: FBT002
    sort: Annotated[Literal["featured", "newest", "price_asc", "price_desc"], QueryParameter()] = "featured",
    cursor: Cursor = None,
    limit: Limit = 24,
) -> Response[bytes]:
    """A page of the products sold in a market, with prices and availability (at most two seconds old).

    Refurbished products are left out unless asked for; accessories are always shown.
    """
    code = get_market(market).code
    filters = {
        "category": category,
        "manufacturer": manufacturer,
        "kind": kind,
        "condition": condition,
        "accessory_for": accessory_for,
        "search": search,
        "include_refurbished": include_refurbished,
        "sort": sort,
        "cursor": cursor,
        "limit": limit,
    }
    build = partial(_listing, code, locale, filters)
    if principal.kind != "storefront":
        return _ready(request, await build())
    listed = await request.app.state.listing_cache.answer(request.scope, locale, build)
    return _ready(request, listed.body, listed.etag)


@get("/suggestions", opt=requires(*SHOPPERS), responses=problems(UnknownMarket), summary="Suggest while typing")
async def suggest(
    market: MarketCode,
    q: Annotated[str, QueryParameter(max_length=100, description="What was typed: part of a name in any language.")],
    locale: NamedDependency[str],
    limit: Annotated[int, QueryParameter(ge=1, le=20)] = 8,
) -> list[SuggestionOut]:
    """Products for a partial name, accents and case ignored, with the pictures that show the serial number's place."""
    return [suggestion_out(found, locale) for found in await type_ahead(get_market(market).code, locale, q, limit)]


@get(
    "/{slug:str}",
    opt=requires(*SHOPPERS),
    responses=answers(ProductOut) | problems(UnknownMarket, NotFound),
    summary="Show a product",
)
async def show_product(
    request: AnyRequest, slug: FromPath[str], market: MarketCode, locale: NamedDependency[str]
) -> Response[bytes]:
    """One product with all its variants, their prices and when they can leave."""
    return answer_with_etag(request, product_out(await get_offer(get_market(market).code, slug, locale), locale))


@get(
    "/{slug:str}/accessories",
    opt=requires(*SHOPPERS),
    responses=problems(UnknownMarket, NotFound),
    summary="List the accessories of a device",
)
async def list_accessories(
    slug: FromPath[str], market: MarketCode, locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 24
) -> Page[ProductOut]:
    """What goes with a device, services included."""
    code = get_market(market).code
    await get_product(code, slug, locale)
    return page_out(await list_offers(code, locale, accessory_for=slug, cursor=cursor, limit=limit), locale)


async def _listing(market: str, locale: str, filters: dict[str, Any]) -> bytes:
    return msgspec.json.encode(page_out(await list_offers(market, locale, **filters), locale))


def _ready(request: AnyRequest, body: bytes, etag: str | None = None) -> Response[bytes]:
    etag = etag or etag_of(body)
    headers = {"etag": etag, "cache-control": CACHE_CONTROL}
    if matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(body, headers=headers, media_type="application/json")


router = Router(
    path="/api/v1/products",
    route_handlers=[list_products, suggest, show_product, list_accessories],
    tags=["Catalogue"],
)
