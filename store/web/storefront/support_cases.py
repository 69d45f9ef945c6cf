"""Writing to support, and reading what came back (SUP-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from litestar.response import File
from msgspec import Meta, field

from store.customers import Principal
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.i18n import translate
from store.kernel.throttle import TooManyTries
from store.markets import UnknownMarket, get_market
from store.support import TOPICS, OpenCase, case_for, cases_of, find_case, messages_of, open_case, write_as_customer
from store.support.errors import (
    CaseFull,
    MessageEmpty,
    OrderNotMatched,
    OrderNumberRequired,
    UnknownAttachment,
    UnknownSupportProduct,
    UnknownSupportTopic,
)
from store.support.open_case import MESSAGE_LENGTH_MAX
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems
from store.web.edge.locale import locale_for
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Email, Limit, Page, RequestBody
from store.web.storefront.attachments import saved_file
from store.web.storefront.support_shapes import CaseOut, CaseSummaryOut, TopicOut
from store.web.storefront.support_view import case_facts, case_out
from store.web.storefront.try_limits import HOUR
from store.web.storefront.try_limits import Limit as TryLimit

CONTACT_BY_CLIENT = TryLimit("contact_client", 10, HOUR)
# Whoever fills in the form with somebody else's address can't fill that mailbox.
CONTACT_BY_ADDRESS = TryLimit("contact_address", 10, HOUR)
MESSAGES_BY_CASE = TryLimit("case_messages", 30, HOUR)

CaseToken = Annotated[
    str | None,
    HeaderParameter(name="X-Case-Token", max_length=200, description="From the e-mails about the case; for guests."),
]
Message = Annotated[str, Meta(min_length=1, max_length=MESSAGE_LENGTH_MAX, description="Plain text.")]
# It stands in the greeting of an e-mail, so it is one line and no link.
_SIGN = r"[^\x00-\x1f\x7f<>:/\\@]"
PersonName = Annotated[
    str, Meta(min_length=1, max_length=80, pattern=rf"^{_SIGN}*[^\s\x00-\x1f\x7f<>:/\\@]{_SIGN}*$", examples=["Ada"])
]
Files = Annotated[list[UUID], Meta(max_length=5, description="Ids of files that were sent before.")]


class ContactForm(RequestBody):
    """`order_number` is mandatory for help with an order and has to go with the e-mail address of that order."""

    topic: Annotated[str, Meta(min_length=1, max_length=40, examples=["order_help"])]
    message: Message
    name: PersonName
    email: Email
    market: Annotated[str, Meta(min_length=1, max_length=16, examples=["FR"])]
    order_number: Annotated[str, Meta(max_length=40)] | None = None
    product: Annotated[str, Meta(max_length=100, description="Slug.")] | None = None
    serial: Annotated[str, Meta(max_length=64)] | None = None
    attachments: Files = field(default_factory=list)
    EXAMPLE: ClassVar = {
        "topic": "order_help",
        "message": "The parcel was delivered to a neighbour whom I do not know.",
        "name": "Camille Durand",
        "email": "camille@example.com",
        "market": "FR",
        "order_number": "FR-7K3M-9QX2",
    }


class CaseReply(RequestBody):
    message: Message
    attachments: Files = field(default_factory=list)
    EXAMPLE: ClassVar = {"message": "It was found, thank you."}


@get("/topics", opt=requires(*SHOPPERS), summary="List the topics of the contact form", sync_to_thread=False)
def show_topics(locale: NamedDependency[str]) -> list[TopicOut]:
    """What one may write about, and what each topic asks for."""
    return [
        TopicOut(
            code=topic.code,
            name=translate(locale, topic.name),
            needs_order=topic.needs_order,
            asks_order=topic.asks_order,
            asks_product=topic.asks_product,
            asks_serial=topic.asks_serial,
        )
        for topic in TOPICS.values()
    ]


@post(
    "/cases",
    opt=requires(*SHOPPERS, idempotent=True),
    responses=problems(
        UnknownSupportTopic,
        UnknownMarket,
        MessageEmpty,
        OrderNumberRequired,
        OrderNotMatched,
        UnknownSupportProduct,
        UnknownAttachment,
        TooManyTries,
    ),
    summary="Write to support",
)
async def contact(
    request: Request[Any, Any, Any], data: JSONBody[ContactForm], principal: NamedDependency[Principal]
) -> CaseOut:
    """Opens a case. Its number comes by e-mail too, with the link on which guests read and answer.

    Wrong order number or wrong e-mail address: the answer is the same.
    """
    await CONTACT_BY_CLIENT.spend(client_address(request))
    await CONTACT_BY_ADDRESS.spend(data.email)
    market = get_market(data.market)
    locale = locale_for(request, market=market)
    opened = await open_case(
        OpenCase(
            topic=data.topic,
            message=data.message,
            name=data.name,
            email=data.email,
            locale=locale,
            market=market.code,
            principal=principal,
            order_number=data.order_number,
            product=data.product,
            serial=data.serial,
            attachments=data.attachments,
        )
    )
    return await case_out(await find_case(opened.number), locale)


@get("/cases", opt=requires(*SIGNED_IN), summary="List one’s cases")
async def list_cases(
    principal: NamedDependency[Principal], locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[CaseSummaryOut]:
    """The newest first."""
    assert principal.account_id is not None
    after = decode_cursor(cursor, datetime, UUID)
    rows = await cases_of(principal.account_id, after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = rows[:limit]
    return Page(
        items=[CaseSummaryOut(**case_facts(row, locale)) for row in shown],
        next_cursor=encode_cursor(shown[-1]["opened_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/cases/{number:str}", opt=requires(*SHOPPERS), responses=problems(NotFound), summary="Show a case")
async def show_case(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    case_token: CaseToken = None,
) -> CaseOut:
    """For the account that opened it, or whoever holds the token of its e-mails."""
    case = await case_for(number, principal, case_token)
    return await case_out(case, _locale(request, case))


@post(
    "/cases/{number:str}/messages",
    opt=requires(*SHOPPERS, idempotent=True),
    responses=problems(NotFound, MessageEmpty, CaseFull, UnknownAttachment, TooManyTries),
    summary="Write again in a case",
)
async def reply(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    data: JSONBody[CaseReply],
    principal: NamedDependency[Principal],
    case_token: CaseToken = None,
) -> CaseOut:
    """An answered or closed case waits for support again."""
    case = await case_for(number, principal, case_token)
    await MESSAGES_BY_CASE.spend(case["number"])
    await write_as_customer(case["id"], data.message, principal=principal, attachments=data.attachments)
    return await case_out(await find_case(number), _locale(request, case))


@get(
    "/cases/{number:str}/attachments/{attachment_id:uuid}",
    opt=requires(*SHOPPERS),
    responses=problems(NotFound),
    summary="Download a file of a case",
)
async def download(
    number: FromPath[str],
    attachment_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    case_token: CaseToken = None,
) -> File:
    """As it was sent; offered for saving."""
    case = await case_for(number, principal, case_token)
    if not any(attachment_id in row["attachments"] for row in await messages_of(case["id"])):
        raise NotFound
    return await saved_file(attachment_id)


def _locale(request: Request[Any, Any, Any], case: db.Row) -> str:
    return locale_for(request, case["locale"], market=get_market(case["market"]))


router = Router(
    path="/api/v1/support",
    route_handlers=[show_topics, contact, list_cases, show_case, reply, download],
    tags=["Support"],
)
