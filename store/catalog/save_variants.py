"""The variants and prices of products, as `save_products` got them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from store.catalog.entries import ProductEntry
from store.kernel import db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id


class SkuTaken(StoreError):
    code = "sku_taken"
    status = 409
    title = N_("The SKU belongs to another product.")
    detail = N_("These SKUs belong to other products: {skus}.")


_SAVE_VARIANTS = """
insert into variant as t (id, product_id, sku, names, options, barcode, serialized, service, weight_grams, sells,
                          release_on, active)
select id, product_id, sku, names, options, barcode, serialized, service, weight_grams, sells, release_on, true
from jsonb_to_recordset($1) as e (id uuid, ordinal integer, product_id uuid, sku text, names jsonb, options jsonb,
     barcode text, serialized boolean, service jsonb, weight_grams integer, sells text, release_on date)
order by ordinal
on conflict (sku) do update set (names, options, barcode, serialized, service, weight_grams, sells, release_on, active)
  = (excluded.names, excluded.options, excluded.barcode, excluded.serialized, excluded.service, excluded.weight_grams,
     excluded.sells, excluded.release_on, true)
where t.product_id = excluded.product_id
  and (t.names, t.options, t.barcode, t.serialized, t.service, t.weight_grams, t.sells, t.release_on, t.active)
  is distinct from (excluded.names, excluded.options, excluded.barcode, excluded.serialized, excluded.service,
     excluded.weight_grams, excluded.sells, excluded.release_on, true)
"""

_SAVE_PRICES = """
with wanted as (
    select v.id as variant_id, e.market, e.currency, e.amount_minor, e.compare_at_minor
    from jsonb_to_recordset($2)
         as e (sku text, market text, currency text, amount_minor bigint, compare_at_minor bigint)
    join variant v on v.sku = e.sku
), gone as (
    delete from price t using variant v
    where v.id = t.variant_id and v.product_id = any($1::uuid[])
    and not exists (select from wanted w where w.variant_id = t.variant_id and w.market = t.market)
)
insert into price as t (variant_id, market, currency, amount_minor, compare_at_minor) select * from wanted
on conflict (variant_id, market) do update set (currency, amount_minor, compare_at_minor)
  = (excluded.currency, excluded.amount_minor, excluded.compare_at_minor)
where (t.currency, t.amount_minor, t.compare_at_minor)
  is distinct from (excluded.currency, excluded.amount_minor, excluded.compare_at_minor)
"""


async def save_variants(entries: Sequence[ProductEntry], product_ids: dict[str, UUID]) -> None:
    """Make or change the variants by SKU; those that their product no longer names become inactive."""
    pairs = [(product_ids[entry.slug], variant) for entry in entries for variant in entry.variants]
    ids = [product_ids[entry.slug] for entry in entries]
    rows = [
        {**msgspec.to_builtins(variant), "id": new_id(), "ordinal": ordinal, "product_id": product_id, "prices": None}
        for ordinal, (product_id, variant) in enumerate(pairs)
    ]
    prices = [{"sku": variant.sku, **msgspec.to_builtins(price)} for _, variant in pairs for price in variant.prices]
    await db.execute(_SAVE_VARIANTS, rows)
    await _check_owners({variant.sku: product_id for product_id, variant in pairs})
    await db.execute(
        "update variant set active = false where product_id = any($1::uuid[]) and active and sku <> all($2::text[])",
        ids,
        [variant.sku for _, variant in pairs],
    )
    await db.execute(_SAVE_PRICES, ids, prices)


async def _check_owners(owners: dict[str, UUID]) -> None:
    rows = await db.fetch("select sku, product_id from variant where sku = any($1::text[])", list(owners))
    taken = sorted(row["sku"] for row in rows if row["product_id"] != owners[row["sku"]])
    if taken:
        raise SkuTaken(skus=taken)
