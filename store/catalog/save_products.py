"""Keep products, variants and prices as handed in: made or changed by slug and SKU, in a handful of statements.

What is the same already is not touched, so that a second import changes nothing and `catalog_version` stays. All of
it runs inside the caller's unit of work; writers of the catalogue take turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from store.catalog.entries import CategoryEntry, ManufacturerEntry, ProductEntry, PromotionEntry
from store.catalog.refresh_listing import refresh_listing
from store.catalog.save_variants import save_variants
from store.catalog.search_text import grams, search_text
from store.kernel import db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id


class UnknownCatalogEntry(StoreError):
    """A product names a manufacturer, a category or a device that isn't there."""

    code = "unknown_catalog_entry"
    status = 422
    title = N_("The product names something that does not exist.")
    detail = N_("There is no {field} called {names}.")


async def save_manufacturers(entries: Iterable[ManufacturerEntry]) -> None:
    await db.execute(
        "insert into manufacturer as t (id, slug, name, rma_route)"
        " select id, slug, name, rma_route from jsonb_to_recordset($1)"
        " as e (id uuid, slug text, name text, rma_route jsonb) order by slug"
        " on conflict (slug) do update set name = excluded.name, rma_route = excluded.rma_route"
        " where (t.name, t.rma_route) is distinct from (excluded.name, excluded.rma_route)",
        [{**msgspec.to_builtins(entry), "id": new_id()} for entry in entries],
    )


async def save_categories(entries: Iterable[CategoryEntry]) -> None:
    await db.execute(
        "insert into category as t (slug, names, position)"
        " select slug, names, position from jsonb_to_recordset($1)"
        " as e (slug text, names jsonb, position integer) order by slug"
        " on conflict (slug) do update set names = excluded.names, position = excluded.position"
        " where (t.names, t.position) is distinct from (excluded.names, excluded.position)",
        [msgspec.to_builtins(entry) for entry in entries],
    )


async def save_promotions(entries: Iterable[PromotionEntry]) -> None:
    await db.execute(
        "insert into promotion as t select * from jsonb_populate_recordset(null::promotion, $1) order by code"
        " on conflict (code) do update set (names, market, percent_ppm, amount_minor, currency, minimum_minor,"
        " starts_at, ends_at) = (excluded.names, excluded.market, excluded.percent_ppm, excluded.amount_minor,"
        " excluded.currency, excluded.minimum_minor, excluded.starts_at, excluded.ends_at)"
        " where t is distinct from excluded",
        [{**msgspec.to_builtins(entry), "code": entry.code.upper()} for entry in entries],
    )


_SAVE_PRODUCTS = """
insert into product as t (id, slug, manufacturer_id, kind, condition, category, warranty_months, tax_class, names,
                          descriptions, media, search_text, search_grams, active)
select e.id, e.slug, m.id, e.kind, e.condition, e.category, e.warranty_months, e.tax_class, e.names,
       e.descriptions, e.media, e.search_text, e.search_grams, e.active
from jsonb_to_recordset($1) as e (id uuid, ordinal integer, slug text, manufacturer text, kind text, condition text,
     category text, warranty_months integer, tax_class text, names jsonb, descriptions jsonb, media jsonb,
     search_text text, search_grams text[], active boolean)
join manufacturer m on m.slug = e.manufacturer
order by e.ordinal
on conflict (slug) do update set (manufacturer_id, kind, condition, category, warranty_months, tax_class, names,
     descriptions, media, search_text, search_grams, active)
  = (excluded.manufacturer_id, excluded.kind, excluded.condition, excluded.category, excluded.warranty_months,
     excluded.tax_class, excluded.names, excluded.descriptions, excluded.media, excluded.search_text,
     excluded.search_grams, excluded.active)
where (t.manufacturer_id, t.kind, t.condition, t.category, t.warranty_months, t.tax_class, t.names, t.descriptions,
     t.media, t.search_text, t.search_grams, t.active)
  is distinct from (excluded.manufacturer_id, excluded.kind, excluded.condition, excluded.category,
     excluded.warranty_months, excluded.tax_class, excluded.names, excluded.descriptions, excluded.media,
     excluded.search_text, excluded.search_grams, excluded.active)
"""


async def save_products(entries: Sequence[ProductEntry]) -> dict[str, UUID]:
    """Keep the products as they are given here; returns their ids by slug.

    Variants that a product no longer names are set inactive, prices that it no longer names are gone. Raises
    UnknownCatalogEntry, or SkuTaken when a SKU belongs to another product.
    """
    assert db.in_unit_of_work(), "products are saved inside a unit of work"
    await db.execute("select from catalog_version for update")
    makers = await _names_of_makers(entries)
    await _check_categories(entries)
    await db.execute(_SAVE_PRODUCTS, [_row(entry, index, makers) for index, entry in enumerate(entries)])
    slugs = {entry.slug for entry in entries} | {device for entry in entries for device in entry.accessory_for}
    rows = await db.fetch("select slug, id from product where slug = any($1::text[])", list(slugs))
    ids: dict[str, UUID] = {row["slug"]: row["id"] for row in rows}
    await save_variants(entries, ids)
    await _save_accessories(entries, ids)
    saved = {entry.slug: ids[entry.slug] for entry in entries}
    await refresh_listing(list(saved.values()))
    return saved


def _row(entry: ProductEntry, ordinal: int, makers: dict[str, str]) -> dict[str, Any]:
    text = search_text(
        [*entry.names.values(), makers[entry.manufacturer], *(variant.sku for variant in entry.variants)]
    )
    row: dict[str, Any] = msgspec.to_builtins(entry)
    del row["variants"]
    return {**row, "id": new_id(), "ordinal": ordinal, "search_text": text, "search_grams": grams(text)}


async def _names_of_makers(entries: Sequence[ProductEntry]) -> dict[str, str]:
    wanted = {entry.manufacturer for entry in entries}
    rows = await db.fetch("select slug, name from manufacturer where slug = any($1::text[])", list(wanted))
    found: dict[str, str] = {row["slug"]: row["name"] for row in rows}
    if missing := wanted - set(found):
        raise UnknownCatalogEntry(field="manufacturer", names=sorted(missing))
    return found


async def _check_categories(entries: Sequence[ProductEntry]) -> None:
    wanted = {entry.category for entry in entries}
    rows = await db.fetch("select slug from category where slug = any($1::text[])", list(wanted))
    if missing := wanted - {row["slug"] for row in rows}:
        raise UnknownCatalogEntry(field="category", names=sorted(missing))


_SAVE_ACCESSORIES = """
with wanted as (
    select * from unnest($2::uuid[], $3::uuid[]) as w (accessory_id, device_id)
), gone as (
    delete from accessory t where t.accessory_id = any($1::uuid[])
    and not exists (select from wanted w where w.accessory_id = t.accessory_id and w.device_id = t.device_id)
)
insert into accessory (accessory_id, device_id) select accessory_id, device_id from wanted on conflict do nothing
"""


async def _save_accessories(entries: Sequence[ProductEntry], ids: dict[str, UUID]) -> None:
    pairs = [(entry.slug, device) for entry in entries for device in dict.fromkeys(entry.accessory_for)]
    if missing := {device for _, device in pairs} - set(ids):
        raise UnknownCatalogEntry(field="device", names=sorted(missing))
    await db.execute(
        _SAVE_ACCESSORIES,
        [ids[entry.slug] for entry in entries],
        [ids[accessory] for accessory, _ in pairs],
        [ids[device] for _, device in pairs],
    )
