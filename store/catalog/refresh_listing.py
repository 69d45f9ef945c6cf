"""The table that listings run through, kept in step with products and prices."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.kernel import db

_REFRESH = """
with wanted as (
    select r.market, p.id as product_id, p.position, p.category, m.slug as manufacturer, p.kind, p.condition,
           min(r.amount_minor) as from_minor, p.condition = 'new' or p.kind = 'accessory' as by_default
    from product p
    join manufacturer m on m.id = p.manufacturer_id
    join variant v on v.product_id = p.id and v.active
    join price r on r.variant_id = v.id
    where p.id = any($1::uuid[]) and p.active
    group by r.market, p.id, m.slug
), gone as (
    delete from listing t where t.product_id = any($1::uuid[])
    and not exists (select from wanted w where w.market = t.market and w.product_id = t.product_id)
)
insert into listing as t (market, product_id, position, category, manufacturer, kind, condition, from_minor, by_default)
select * from wanted
on conflict (market, product_id) do update
set (position, category, manufacturer, kind, condition, from_minor, by_default)
  = (excluded.position, excluded.category, excluded.manufacturer, excluded.kind, excluded.condition,
     excluded.from_minor, excluded.by_default)
where t is distinct from excluded
"""


async def refresh_listing(product_ids: Sequence[UUID]) -> None:
    """Bring the listing rows of these products up to date, in every market. One statement."""
    await db.execute(_REFRESH, list(product_ids))
