"""What answers about support consist of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from store.web.edge.schemas import Labelled, Out


class AnswerOut(Out):
    """A question of the FAQ with its answer: plain text or simple Markdown, never HTML.

    `language` is what the texts are in; it differs from the asked one where there is no translation.
    """

    slug: str
    topic: Labelled
    question: str
    answer: str
    language: str
    symptoms: list[Labelled]
    updated_at: datetime


class ManualOut(Out):
    """`title` is in the reader's language, `language` is the document's."""

    kind: Labelled
    title: str
    language: str
    url: str


class HoursOut(Out):
    """Days with the same hours. `text` says it whole, e.g. “Monday to Friday: 9:00 AM – 6:00 PM”."""

    days: list[str]
    days_text: str
    hours_text: str
    text: str


class MomentOut(Out):
    """A moment, and how people in that time zone say it."""

    at: datetime
    time_zone: str
    time_zone_name: str
    text: str


class ClosedDayOut(Out):
    day: date
    text: str


class ChannelsOut(Out):
    """How support is reached. `next_opening` is null while it is open.

    `next_opening_for_reader` is the same in the zone of `?time_zone=`; `closed_on` are the public holidays ahead.
    """

    phone: str
    email: str
    time_zone: str
    time_zone_name: str
    hours: list[HoursOut]
    open_now: bool
    open_now_text: str
    next_opening: MomentOut | None
    next_opening_for_reader: MomentOut | None
    closed_on: list[ClosedDayOut]


class MakerOut(Out):
    """Who makes the product, and where its support is reached when a defective one goes through it (RMA-5)."""

    slug: str
    name: str
    route: Labelled
    url: str | None
    sentence: str | None


class ProductSupportOut(Out):
    slug: str
    name: str
    warranty_months: int
    manufacturer: MakerOut
    faq: list[AnswerOut]
    manuals: list[ManualOut]
    support: ChannelsOut


class TopicOut(Out):
    """`needs_order`: the order's number is mandatory. The others tell which fields a form shows."""

    code: str
    name: str
    needs_order: bool
    asks_order: bool
    asks_product: bool
    asks_serial: bool


class CaseFileOut(Out):
    id: UUID
    name: str
    media_type: Annotated[str, Meta(examples=["application/pdf"])]
    size_bytes: int


class CaseMessageOut(Out):
    """`side` is customer or support. `text` is plain text: what looks like HTML in it is none."""

    id: UUID
    side: Labelled
    author_name: str
    text: str
    attachments: list[CaseFileOut]
    sent_at: datetime


class CaseProductOut(Out):
    slug: str
    name: str


class CaseSummaryOut(Out):
    number: str
    status: str
    status_label: str
    topic: Labelled
    market: str
    order_number: str | None
    product: CaseProductOut | None
    serial: str | None
    opened_at: datetime
    closed_at: datetime | None


class CaseOut(CaseSummaryOut):
    """A case with its thread, the oldest message first."""

    messages: list[CaseMessageOut]
