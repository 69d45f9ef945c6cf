"""Suggestions while a name is typed, with the pictures that show where the serial number stands (CAT-4)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from store.catalog.products import Media, read_media
from store.catalog.search_fetch import fetch_planned_afresh
from store.catalog.search_text import Query
from store.kernel import db
from store.kernel.i18n import pick

MOST_SUGGESTIONS = 20
# A word that half the shop has in its name is ranked among so many of its hits: the work stays the same.
RANKED_HITS = 200


@dataclass(frozen=True, slots=True)
class Suggestion:
    product_id: UUID
    slug: str
    name: str
    manufacturer_name: str
    condition: str
    picture: Media | None
    serial_pictures: tuple[Media, ...]


_SUGGEST = f"""
with hits as materialized (
    select p.id, case when E'\\n' || p.search_text like $4 then 0 when ' ' || p.search_text like $5 then 1 else 2 end
           as rank, p.position
    from product p
    where p.search_grams @> $2::text[] and p.search_text like all($3::text[])
      and exists (select from listing l where l.market = $1 and l.product_id = p.id)
    order by p.position limit {RANKED_HITS}
), best as (
    select id, rank, position from hits order by rank, position limit $6
)
select p.id, p.slug, p.names, p.condition, p.media, m.name as manufacturer_name
from best b join product p using (id) join manufacturer m on m.id = p.manufacturer_id
order by b.rank, b.position
"""


async def type_ahead(market: str, locale: str, query: str, limit: int = 8) -> list[Suggestion]:
    """Products whose name in any language, maker or SKU has every typed word; names that begin so come first.

    Refurbished ones are suggested too: their owners look for the serial number as others do. One statement.
    """
    typed = Query.parse(query)
    if not typed:
        return []
    begins, word_begins = f"%\n{typed.folded}%", f"% {typed.folded}%"
    limit = max(1, min(limit, MOST_SUGGESTIONS))
    rows = await fetch_planned_afresh(_SUGGEST, market, typed.grams, typed.patterns, begins, word_begins, limit)
    return [_suggestion(row, locale) for row in rows]


def _suggestion(row: db.Row, locale: str) -> Suggestion:
    media = read_media(row["media"], locale)
    return Suggestion(
        product_id=row["id"],
        slug=row["slug"],
        name=pick(row["names"], locale),
        manufacturer_name=row["manufacturer_name"],
        condition=row["condition"],
        picture=next((item for item in media if item.kind == "picture"), None),
        serial_pictures=tuple(item for item in media if item.kind == "serial_location"),
    )
