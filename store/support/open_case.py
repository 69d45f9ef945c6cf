"""Somebody writes to support: a case with a number, a topic and a first message (SUP-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from store.catalog import find_product
from store.customers import Principal
from store.kernel import clock, db, outbox
from store.kernel.attachments import link_files
from store.kernel.errors import NotFound
from store.kernel.ids import new_id, new_number
from store.markets import get_market
from store.orders.find_orders import find_order
from store.support.errors import (
    MessageEmpty,
    OrderNotMatched,
    OrderNumberRequired,
    UnknownAttachment,
    UnknownSupportProduct,
    UnknownSupportTopic,
)
from store.support.statuses import CaseStatus
from store.support.topics import TOPICS, Topic

outbox.declare("case.opened", "case.answered")

MESSAGE_LENGTH_MAX = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """`order_number`, `product` (a slug) and `serial` are None where the topic doesn't ask for them.

    `attachments` are files that the caller has sent before.
    """

    topic: str
    message: str
    name: str
    email: str
    locale: str
    market: str
    principal: Principal
    order_number: str | None = None
    product: str | None = None
    serial: str | None = None
    attachments: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCase:
    case_id: UUID
    message_id: UUID
    number: str


async def open_case(command: OpenCase) -> OpenedCase:
    """Keep the case; the confirmation goes out by the fact case.opened.

    Raises UnknownSupportTopic, UnknownMarket, MessageEmpty, OrderNumberRequired, OrderNotMatched,
    UnknownSupportProduct, UnknownAttachment.
    """
    topic = TOPICS.get(command.topic)
    if topic is None:
        raise UnknownSupportTopic(topic=command.topic, known=list(TOPICS))
    market = get_market(command.market)
    body = written(command.message)
    order_id = await _order_id(command, topic)
    product_id = await _product_id(command.product)
    opened = OpenedCase(case_id=new_id(), message_id=new_id(), number=new_number("CS"))
    now, principal = clock.now(), command.principal
    async with db.unit_of_work():
        await db.insert(
            "support_case",
            id=opened.case_id,
            number=opened.number,
            status=CaseStatus.OPEN.value,
            topic=topic.code,
            market=market.code,
            locale=command.locale,
            name=command.name.strip(),
            email=command.email,
            account_id=None if principal.staff else principal.account_id,
            order_id=order_id,
            product_id=product_id,
            serial=command.serial or None,
            opened_at=now,
            waiting_since=now,
        )
        await keep_message(
            opened.message_id,
            opened.case_id,
            side="customer",
            principal=principal,
            author_name=command.name.strip(),
            body=body,
            attachments=command.attachments,
        )
        await outbox.stage("case.opened", case_id=opened.case_id)
    return opened


def written(message: str) -> str:
    """What was written, without the space around it. Raises MessageEmpty for nothing or too much."""
    body = message.strip()
    if not 0 < len(body) <= MESSAGE_LENGTH_MAX:
        raise MessageEmpty(most=MESSAGE_LENGTH_MAX)
    return body


async def keep_message(
    message_id: UUID,
    case_id: UUID,
    *,
    side: str,
    principal: Principal,
    author_name: str,
    body: str,
    attachments: Sequence[UUID] = (),
) -> None:
    """`side` is customer or support; `author_name` is what readers see. Raises UnknownAttachment."""
    files = list(dict.fromkeys(attachments))
    try:
        await link_files(files, owner_kind="case_message", owner_id=message_id, by=principal.identity)
    except NotFound as error:
        raise UnknownAttachment(**error.facts) from None
    await db.insert(
        "case_message",
        id=message_id,
        case_id=case_id,
        side=side,
        author=principal.name,
        author_name=author_name,
        body=body,
        attachments=files,
        sent_at=clock.now(),
    )


async def _order_id(command: OpenCase, topic: Topic) -> UUID | None:
    """The order that was named, if its e-mail address was named too, or if it is the caller's own."""
    if not command.order_number:
        if topic.needs_order:
            raise OrderNumberRequired
        return None
    principal = command.principal
    try:
        order = await find_order(command.order_number)
    except NotFound:
        raise OrderNotMatched from None
    own = principal.account_id is not None and order["account_id"] == principal.account_id
    company = principal.partner_id is not None and order["partner_id"] == principal.partner_id
    if not (own or company or order["email"].lower() == command.email.strip().lower()):
        raise OrderNotMatched
    order_id: UUID = order["id"]
    return order_id


async def _product_id(slug: str | None) -> UUID | None:
    if not slug:
        return None
    try:
        return (await find_product(slug)).id
    except NotFound:
        raise UnknownSupportProduct(product=slug) from None
