"""Answers, hours and cases in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.attachments import Attachment, load_files
from store.kernel.i18n import N_, pick, translate
from store.kernel.wording import status_label
from store.support import FAQ_TOPICS, TOPICS, Answer, ProductSupport, SupportChannels, messages_of
from store.support.opening_hours import Moment
from store.web.edge.schemas import Labelled, labelled
from store.web.storefront.support_shapes import (
    AnswerOut,
    CaseFileOut,
    CaseMessageOut,
    CaseOut,
    CaseProductOut,
    ChannelsOut,
    ClosedDayOut,
    HoursOut,
    MakerOut,
    ManualOut,
    MomentOut,
    ProductSupportOut,
)


def answer_out(answer: Answer, locale: str) -> AnswerOut:
    return AnswerOut(
        slug=answer.slug,
        topic=Labelled(code=answer.topic, label=translate(locale, FAQ_TOPICS[answer.topic])),
        question=answer.question,
        answer=answer.answer,
        language=answer.locale,
        symptoms=[labelled(symptom, locale) for symptom in answer.symptoms],
        updated_at=answer.updated_at,
    )


def channels_out(channels: SupportChannels, locale: str) -> ChannelsOut:
    return ChannelsOut(
        phone=channels.phone,
        email=channels.email,
        time_zone=channels.time_zone,
        time_zone_name=channels.time_zone_name,
        hours=[
            HoursOut(days=list(line.days), days_text=line.days_text, hours_text=line.hours_text, text=line.text)
            for line in channels.hours
        ],
        open_now=channels.open_now,
        open_now_text=_open_now(channels, locale),
        next_opening=_moment(channels.next_opening),
        next_opening_for_reader=_moment(channels.next_opening_for_reader),
        closed_on=[ClosedDayOut(day=closed.day, text=closed.text) for closed in channels.closed_on],
    )


def product_support_out(found: ProductSupport, channels: SupportChannels, locale: str) -> ProductSupportOut:
    product, route = found.product, found.route
    return ProductSupportOut(
        slug=product.slug,
        name=found.name,
        warranty_months=product.warranty_months,
        manufacturer=MakerOut(
            slug=product.manufacturer,
            name=product.manufacturer_name,
            route=labelled(route.code, locale),
            url=route.url,
            sentence=route.sentence,
        ),
        faq=[answer_out(answer, locale) for answer in found.answers],
        manuals=[
            ManualOut(kind=labelled(manual.kind, locale), title=manual.title, language=manual.language, url=manual.url)
            for manual in found.manuals
        ],
        support=channels_out(channels, locale),
    )


def case_facts(case: db.Row, locale: str) -> dict[str, Any]:
    """The members of a CaseSummaryOut."""
    product = (
        CaseProductOut(slug=case["product"], name=pick(case["product_names"], locale)) if case["product"] else None
    )
    return {
        "number": case["number"],
        "status": case["status"],
        "status_label": status_label(case["status"], locale),
        "topic": topic_label(case["topic"], locale),
        "market": case["market"],
        "order_number": case["order_number"],
        "product": product,
        "serial": case["serial"],
        "opened_at": case["opened_at"],
        "closed_at": case["closed_at"],
    }


async def case_out(case: db.Row, locale: str) -> CaseOut:
    return CaseOut(**case_facts(case, locale), messages=await messages_out(case["id"], locale))


async def messages_out(case_id: UUID, locale: str, *, staff: bool = False) -> list[CaseMessageOut]:
    """Two statements. Customers don't read the names of agents."""
    rows = await messages_of(case_id)
    files = await load_files(file_id for row in rows for file_id in row["attachments"])
    return [_message(row, files, locale, staff=staff) for row in rows]


def topic_label(code: str, locale: str) -> Labelled:
    return Labelled(code=code, label=translate(locale, TOPICS[code].name))


SIDES = {"customer": N_("Customer"), "support": N_("Customer service")}


def _message(row: db.Row, files: Mapping[UUID, Attachment], locale: str, *, staff: bool) -> CaseMessageOut:
    code = row["side"]
    side = Labelled(code=code, label=translate(locale, SIDES[code]))
    hidden = code == "support" and not staff
    return CaseMessageOut(
        id=row["id"],
        side=side,
        author_name=side.label if hidden else row["author_name"],
        text=row["body"],
        attachments=_files([files[file_id] for file_id in row["attachments"] if file_id in files]),
        sent_at=row["sent_at"],
    )


def _files(files: Sequence[Attachment]) -> list[CaseFileOut]:
    return [
        CaseFileOut(id=file.id, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes)
        for file in files
    ]


def _open_now(channels: SupportChannels, locale: str) -> str:
    if channels.open_now:
        return translate(locale, N_("We are there for you now."))
    if channels.next_opening is None:
        return translate(locale, N_("We are closed."))
    facts = {"moment": channels.next_opening.text, "time_zone": channels.next_opening.time_zone_name}
    return translate(locale, N_("We are closed now and open again: {moment} ({time_zone})."), facts)


def _moment(moment: Moment | None) -> MomentOut | None:
    if moment is None:
        return None
    return MomentOut(at=moment.at, time_zone=moment.time_zone, time_zone_name=moment.time_zone_name, text=moment.text)
