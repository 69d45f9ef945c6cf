"""The FAQ is searched in three languages: the reader's first, questions before answers (SUP-3, RMA-11).

First every word must occur, whole or as a part. When that finds too little, people have typed a sentence: then pieces
of it are enough, and entries with more of them come first. Both go through one index and rank a bounded number of hits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.catalog import find_product, product_facts
from store.catalog.search_fetch import fetch_planned_afresh
from store.catalog.search_text import MOST_WORDS, Query
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.i18n import pick
from store.support.faq_entries import GENERAL, subjects_of

MOST_ANSWERS = 50
RANKED_HITS = 200
PIECES_MOST = 12
ENOUGH = 3  # so many hits of all words need no help from pieces

_ENDING = {6: 1, 7: 1}  # so many signs of a word of that length may be its ending; three of a longer one
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An entry in the reader's language; `locale` is the one that its texts are in."""

    id: UUID
    slug: str
    topic: str
    question: str
    answer: str
    locale: str
    symptoms: tuple[str, ...]
    position: int
    updated_at: datetime


# $1 grams, $2 patterns, $3 the whole text as a pattern, $4 locale, $5 market, $6 subjects, $7 symptom, $8 topic
_ALL_WORDS = f"""
with hits as materialized (
    select t.entry_id, t.locale, t.question from faq_text t join faq_entry e on e.id = t.entry_id
    where t.grams @> $1::text[] and t.question || E'\\n' || t.answer like all($2::text[])
      and e.active and (e.market is null or e.market = $5)
      and ($6::text[] is null or e.subjects && $6) and ($7::text is null or e.symptoms @> array[$7])
      and ($8::text is null or e.topic = $8)
    limit {RANKED_HITS}
), best as (
    select entry_id, min(case when locale = $4 then 0 else 10 end + case when question like $3 then 0
        when question like all($2::text[]) then 1 else 2 end) as rank
    from hits group by entry_id
)
select e.* from best b join faq_entry e on e.id = b.entry_id order by b.rank, e.position, e.id limit $9
"""
# $1 pieces, each with its own look into the index; $2 how many are needed. What stands everywhere weighs little.
_SOME_PIECES = f"""
with hits as materialized (
    select h.entry_id, p.piece, h.locale, h.in_question from unnest($1::text[]) as p (piece) cross join lateral (
        select t.entry_id, t.locale, t.question like '%' || p.piece || '%' as in_question
        from faq_text t join faq_entry e on e.id = t.entry_id
        where t.grams @> array[left(p.piece, 3)] and t.question || E'\\n' || t.answer like '%' || p.piece || '%'
          and e.active and (e.market is null or e.market = $4)
          and ($5::text[] is null or e.subjects && $5) and ($6::text is null or e.symptoms @> array[$6])
          and ($7::text is null or e.topic = $7)
        limit {RANKED_HITS}) h
), weighed as (
    select piece, 1.0 / count(distinct entry_id) as weight from hits group by piece
), scored as (
    select entry_id, locale, sum(weight * case when in_question then 2 else 1 end) as score
    from hits join weighed using (piece) group by entry_id, locale having count(*) >= $2
), best as (
    select distinct on (entry_id) entry_id, score, locale from scored order by entry_id, score desc, locale <> $3
)
select e.* from best b join faq_entry e on e.id = b.entry_id
order by b.score desc, b.locale <> $3, e.position, e.id limit $8
"""


async def search_faq(
    query: str,
    locale: str,
    market: str,
    product: str | None = None,
    symptom: str | None = None,
    limit: int = 10,
    *,
    topic: str | None = None,
) -> list[Answer]:
    """The best answers to what was typed, at most `limit`; without words none.

    `product` is a slug and leaves out what is about other products; `symptom` keeps what is about it. Not for use
    inside a unit of work. Raises NotFound for an unknown product.
    """
    typed = Query.parse(query)
    if not typed:
        return []
    limit = max(1, min(limit, MOST_ANSWERS))
    subjects = await _subjects(product)
    asked = f"%{typed.folded}%"
    filters = (market, subjects, symptom, topic)
    rows = await fetch_planned_afresh(_ALL_WORDS, typed.grams, typed.patterns, asked, locale, *filters, limit)
    if len(rows) < min(ENOUGH, limit) and (wanted := pieces(typed.folded)):
        needed = -(-len(wanted) // 3)
        more = await fetch_planned_afresh(_SOME_PIECES, wanted, needed, locale, *filters, limit)
        known = {row["id"] for row in rows}
        rows = [*rows, *(row for row in more if row["id"] not in known)][:limit]
    return [_answer(row, locale) for row in rows]


def pieces(folded: str) -> list[str]:
    """What is looked for in a sentence: the stems of its longer words, and every two neighbouring Chinese signs."""
    found: dict[str, None] = {}
    for word in folded.split()[:MOST_WORDS]:
        if _HAN.match(word):
            found.update(dict.fromkeys(word[at : at + 2] for at in range(len(word) - 1)))
        elif len(word) > 3 or word.isdigit():
            found[word[: len(word) - _ENDING.get(len(word), 3 if len(word) > 7 else 0)]] = None
    return list(found)[:PIECES_MOST]


async def list_faq(
    locale: str,
    market: str,
    *,
    topic: str | None = None,
    product: str | None = None,
    symptom: str | None = None,
    after: tuple[int, UUID] | None = None,
    limit: int = 25,
) -> list[Answer]:
    """A page of the FAQ in the order of the editors, from a keyset position (position, id) on. Raises NotFound."""
    conditions = ["active", "(market is null or market = $1)"]
    values: list[Any] = [market]

    def add(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if topic is not None:
        add("topic = {}", topic)
    if (subjects := await _subjects(product)) is not None:
        add("subjects && {}::text[]", subjects)
    if symptom is not None:
        add("symptoms @> array[{}]", symptom)
    if after is not None:
        values.extend(after)
        conditions.append(f"(position, id) > (${len(values) - 1}, ${len(values)})")
    rows = await db.fetch(
        f"select * from faq_entry where {' and '.join(conditions)} order by position, id limit {int(limit)}", *values
    )
    return [_answer(row, locale) for row in rows]


async def get_answer(slug: str, locale: str, market: str) -> Answer:
    """Raises NotFound."""
    row = await db.fetchrow(
        "select * from faq_entry where slug = $1 and active and (market is null or market = $2)", slug, market
    )
    if row is None:
        raise NotFound
    return _answer(row, locale)


_SUGGEST = """
select * from faq_entry
where active and (market is null or market = $1) and subjects && $2::text[] and symptoms @> array[$3::text]
order by case when subjects && $2[1:1] then 0 when subjects && $2[2:2] then 1 when subjects && $2[3:3] then 2
         else 3 end, position, id
limit $4
"""


async def suggest_faq(
    product_id: UUID, symptom: str, locale: str, market: str | None = None, limit: int = 5
) -> list[Answer]:
    """What may spare the return: answers about this symptom, those about the very product first (RMA-11).

    Then those about its category, its maker, and devices in general. An unknown symptom has none. Raises NotFound.
    """
    product = await product_facts(product_id)
    tags = subjects_of(product)
    rows = await db.fetch(_SUGGEST, market, tags, symptom, max(1, min(limit, MOST_ANSWERS)))
    return [_answer(row, locale) for row in rows]


async def about_product(tags: Sequence[str], locale: str, market: str, limit: int) -> list[Answer]:
    """What is about the product, its category or its maker, the closest first; general entries are left out (CAT-6)."""
    rows = await db.fetch(
        "select * from faq_entry where active and (market is null or market = $1) and subjects && $2::text[]"
        " order by case when subjects && $2[1:1] then 0 when subjects && $2[2:2] then 1 else 2 end, position, id"
        " limit $3",
        market,
        [tag for tag in tags if tag != GENERAL],
        limit,
    )
    return [_answer(row, locale) for row in rows]


async def _subjects(product: str | None) -> list[str] | None:
    if product is None:
        return None
    return subjects_of(await find_product(product))


def _answer(row: db.Row, locale: str) -> Answer:
    questions = row["questions"]
    return Answer(
        id=row["id"],
        slug=row["slug"],
        topic=row["topic"],
        question=pick(questions, locale),
        answer=pick(row["answers"], locale),
        locale=locale if locale in questions else "en",
        symptoms=tuple(row["symptoms"]),
        position=row["position"],
        updated_at=row["updated_at"],
    )
