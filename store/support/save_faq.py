"""Keep questions of the FAQ and manuals as handed in, made or changed by their slugs; a second time changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from store.catalog.search_text import grams, search_text
from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.i18n import LOCALES, N_
from store.kernel.ids import new_id
from store.markets import all_markets
from store.rma.symptoms import SYMPTOMS
from store.support.faq_entries import (
    FAQ_TOPICS,
    GENERAL,
    MANUAL_KINDS,
    SUBJECT_KINDS,
    FaqEntry,
    ManualEntry,
)


class SupportContentRefused(StoreError):
    """An entry can't be kept: facts are the entry, the field and what was wrong with it."""

    code = "support_content_refused"
    status = 422
    title = N_("This content can't be kept.")
    detail = N_("The entry “{entry}” has a {field} that can't be used: {value}.")


_SAVE = """
insert into faq_entry as t (id, slug, topic, questions, answers, subjects, symptoms, market, position, active,
                            updated_at)
select id, slug, topic, questions, answers, subjects, symptoms, market, position, active, $2
from jsonb_to_recordset($1) as e (id uuid, slug text, topic text, questions jsonb, answers jsonb, subjects text[],
     symptoms text[], market text, position integer, active boolean)
order by position
on conflict (slug) do update set (topic, questions, answers, subjects, symptoms, market, position, active, updated_at)
  = (excluded.topic, excluded.questions, excluded.answers, excluded.subjects, excluded.symptoms, excluded.market,
     excluded.position, excluded.active, excluded.updated_at)
where (t.topic, t.questions, t.answers, t.subjects, t.symptoms, t.market, t.position, t.active)
  is distinct from (excluded.topic, excluded.questions, excluded.answers, excluded.subjects, excluded.symptoms,
     excluded.market, excluded.position, excluded.active)
"""
_SAVE_TEXTS = """
with wanted as (
    select f.id as entry_id, e.locale, e.question, e.answer, e.grams
    from jsonb_to_recordset($1) as e (slug text, locale text, question text, answer text, grams text[])
    join faq_entry f using (slug)
), gone as (
    delete from faq_text t where t.entry_id in (select entry_id from wanted)
    and not exists (select from wanted w where w.entry_id = t.entry_id and w.locale = t.locale)
)
insert into faq_text as t (entry_id, locale, question, answer, grams)
select * from wanted order by entry_id, locale
on conflict (entry_id, locale) do update set (question, answer, grams)
  = (excluded.question, excluded.answer, excluded.grams)
where (t.question, t.answer) is distinct from (excluded.question, excluded.answer)
"""


async def save_faq(entries: Sequence[FaqEntry]) -> None:
    """Keep these entries, in this order, inside the caller's unit of work; others stay as they are (SUP-3).

    Raises SupportContentRefused for a topic, market, subject, symptom or language that does not exist.
    """
    assert db.in_unit_of_work(), "the FAQ is saved inside a unit of work"
    for entry in entries:
        _check(entry)
    rows = [_row(entry, position) for position, entry in enumerate(entries)]
    await db.execute(_SAVE, rows, clock.now())
    await db.execute(_SAVE_TEXTS, [text for entry in entries for text in _texts(entry)])


_SAVE_MANUALS = """
insert into product_manual as t (id, product_id, kind, language, titles, url, position)
select e.id, p.id, e.kind, e.language, e.titles, e.url, e.position
from jsonb_to_recordset($1) as e (id uuid, product text, kind text, language text, titles jsonb, url text,
     position integer)
join product p on p.slug = e.product
order by e.position
on conflict (product_id, kind, language) do update set (titles, url, position)
  = (excluded.titles, excluded.url, excluded.position)
where (t.titles, t.url, t.position) is distinct from (excluded.titles, excluded.url, excluded.position)
"""


async def save_manuals(entries: Sequence[ManualEntry]) -> None:
    """Keep these manuals inside the caller's unit of work (CAT-6).

    Raises SupportContentRefused for an unknown product, kind or language, or an address that isn't http(s).
    """
    known = await db.fetch("select slug from product where slug = any($1)", [entry.product for entry in entries])
    products = {row["slug"] for row in known}
    for entry in entries:
        name = f"{entry.product} {entry.kind} {entry.language}"
        _need(entry.product in products, name, "product", entry.product)
        _need(entry.kind in MANUAL_KINDS, name, "kind", entry.kind)
        _need(entry.language in LOCALES, name, "language", entry.language)
        _need("en" in entry.titles and set(entry.titles) <= set(LOCALES), name, "titles", sorted(entry.titles))
        parts = urlsplit(entry.url)
        _need(parts.scheme in {"http", "https"} and bool(parts.hostname), name, "url", entry.url)
    rows = [{**msgspec.to_builtins(entry), "id": new_id(), "position": at} for at, entry in enumerate(entries)]
    await db.execute(_SAVE_MANUALS, rows)


def _check(entry: FaqEntry) -> None:
    markets = {market.code for market in all_markets()}
    _need(entry.topic in FAQ_TOPICS, entry.slug, "topic", entry.topic)
    _need(entry.market is None or entry.market in markets, entry.slug, "market", entry.market)
    for field, texts in (("questions", entry.questions), ("answers", entry.answers)):
        _need(bool(texts.get("en")) and set(texts) <= set(LOCALES), entry.slug, field, sorted(texts))
        _need(all(text.strip() for text in texts.values()), entry.slug, field, sorted(texts))
    _need(set(entry.questions) == set(entry.answers), entry.slug, "answers", sorted(entry.answers))
    for subject in entry.subjects:
        kind, _, slug = subject.partition(":")
        _need(kind in SUBJECT_KINDS and bool(slug), entry.slug, "subject", subject)
    for symptom in entry.symptoms:
        _need(symptom in SYMPTOMS, entry.slug, "symptom", symptom)


def _need(right: bool, entry: str, field: str, value: Any) -> None:  # noqa: FBT001 - reads like assert
    if not right:
        raise SupportContentRefused(entry=entry, field=field, value=value)


def _row(entry: FaqEntry, position: int) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(entry)
    return {**row, "id": new_id(), "position": position, "subjects": list(entry.subjects) or [GENERAL]}


def _texts(entry: FaqEntry) -> Iterable[dict[str, Any]]:
    for locale, question in entry.questions.items():
        folded, answer = search_text([question]), search_text([entry.answers[locale]])
        yield {
            "slug": entry.slug,
            "locale": locale,
            "question": folded,
            "answer": answer,
            "grams": grams(f"{folded}\n{answer}"),
        }
