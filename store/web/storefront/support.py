"""Help before anybody is asked: the FAQ, a product's support, and when support is open (SUP-2, SUP-3, CAT-6)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from store.kernel.errors import NotFound
from store.kernel.i18n import translate
from store.markets import UnknownMarket, get_market
from store.support import (
    FAQ_TOPICS,
    Answer,
    get_answer,
    list_faq,
    product_support,
    search_faq,
    support_channels,
)
from store.support.opening_hours import UnknownTimeZone
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import SHOPPERS, requires
from store.web.edge.schemas import Cursor, Labelled, Limit, Page
from store.web.storefront.catalogue import MarketCode, Slug
from store.web.storefront.support_shapes import AnswerOut, ChannelsOut, ProductSupportOut
from store.web.storefront.support_view import answer_out, channels_out, product_support_out

Symptom = Annotated[
    str | None, QueryParameter(max_length=40, description="What is wrong, as returns name it, e.g. no_power.")
]
TimeZone = Annotated[
    str | None, QueryParameter(max_length=64, description="Where the reader is, e.g. Asia/Shanghai (IANA).")
]


@get("/faq", opt=requires(*SHOPPERS), responses=problems(UnknownMarket, NotFound), summary="Search the FAQ")
async def show_faq(
    market: MarketCode,
    locale: NamedDependency[str],
    q: Annotated[str, QueryParameter(max_length=200, description="Words or a sentence, in any language.")] = "",
    topic: Slug = None,
    product: Slug = None,
    symptom: Symptom = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[AnswerOut]:
    """With `q` the best answers, on one page: those in the reader's language first, questions before answers.

    Without it all answers in the order of the editors, page by page. `product` leaves out what is about others.
    """
    code = get_market(market).code
    if q.strip():
        found = await search_faq(q, locale, code, product, symptom, limit, topic=topic)
        return Page(items=[answer_out(answer, locale) for answer in found])
    after = decode_cursor(cursor, int, UUID)
    answers = await list_faq(
        locale,
        code,
        topic=topic,
        product=product,
        symptom=symptom,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    return _page(answers, limit, locale)


@get("/faq/topics", opt=requires(*SHOPPERS), summary="List the topics of the FAQ", sync_to_thread=False)
def show_topics(locale: NamedDependency[str]) -> list[Labelled]:
    """In the order in which a page shows them."""
    return [Labelled(code=code, label=translate(locale, name)) for code, name in FAQ_TOPICS.items()]


@get(
    "/faq/{slug:str}",
    opt=requires(*SHOPPERS),
    responses=problems(UnknownMarket, NotFound),
    summary="Show one answer",
)
async def show_answer(slug: FromPath[str], market: MarketCode, locale: NamedDependency[str]) -> AnswerOut:
    """For links to it."""
    return answer_out(await get_answer(slug, locale, get_market(market).code), locale)


@get(
    "/products/{slug:str}/support",
    opt=requires(*SHOPPERS),
    responses=problems(UnknownMarket, NotFound, UnknownTimeZone),
    summary="Show the support for a product",
)
async def show_product_support(
    slug: FromPath[str],
    market: MarketCode,
    locale: NamedDependency[str],
    symptom: Symptom = None,
    time_zone: TimeZone = None,
) -> ProductSupportOut:
    """Answers, manuals, the length of its warranty, and who is in charge of a defect; for products of the past, too.

    With `symptom` only the answers about it, general ones included: what may spare a return (RMA-11).
    """
    sold_in = get_market(market)
    channels = support_channels(sold_in, locale, reader_zone=time_zone)
    return product_support_out(await product_support(slug, locale, sold_in.code, symptom), channels, locale)


@get(
    "/markets/{market:str}/support",
    opt=requires(*SHOPPERS),
    responses=problems(UnknownMarket, UnknownTimeZone),
    summary="Show how to reach support",
)
async def show_channels(market: FromPath[str], locale: NamedDependency[str], time_zone: TimeZone = None) -> ChannelsOut:
    """Phone, e-mail, hours in support's own time zone, whether it is open now and when next; holidays are heeded."""
    return channels_out(support_channels(get_market(market), locale, reader_zone=time_zone), locale)


def _page(answers: list[Answer], limit: int, locale: str) -> Page[AnswerOut]:
    shown = answers[:limit]
    return Page(
        items=[answer_out(answer, locale) for answer in shown],
        next_cursor=encode_cursor(shown[-1].position, shown[-1].id) if len(answers) > limit else None,
    )


router = Router(
    path="/api/v1",
    route_handlers=[show_faq, show_topics, show_answer, show_product_support, show_channels],
    tags=["Support"],
)
