"""What can be sold in a market: the price and the facts of a variant that carts and orders need, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from store.kernel import db


@dataclass(frozen=True, slots=True)
class SellableVariant:
    """A variant with its price in one market. `names` are the line's names: the product's, and the option chosen."""

    variant_id: UUID
    product_id: UUID
    sku: str
    names: dict[str, str]
    unit_price_minor: int
    compare_at_minor: int | None
    currency: str
    tax_class: str
    serialized: bool
    kind: str
    condition: str
    sells: str
    release_on: date | None
    weight_grams: int
    slug: str
    media_path: str | None

    @property
    def tracks_stock(self) -> bool:
        """False for services: never out of stock, never reserved."""
        return self.sells != "always"


_SELLABLE = """
select v.id, v.product_id, v.sku, p.names as product_names, v.names as option_names, r.amount_minor,
       r.compare_at_minor, r.currency, p.tax_class, v.serialized, p.kind, p.condition, v.sells, v.release_on,
       v.weight_grams, p.slug,
       jsonb_path_query_first(p.media, '$[*] ? (@.kind == "picture").path') #>> '{}' as media_path,
       (select version from catalog_version) as version
from variant v
join product p on p.id = v.product_id and p.active
join price r on r.variant_id = v.id and r.market = $1
where v.active and (v.sku = any($2::text[]) or v.id = any($3::uuid[]))
"""


async def load_variants(
    market: str, *, skus: Sequence[str] = (), ids: Sequence[UUID] = ()
) -> dict[str | UUID, SellableVariant]:
    """What of the asked SKUs and ids is sold in the market, by the key it was asked with; the rest is absent."""
    found: dict[str | UUID, SellableVariant] = {}
    if not skus and not ids:
        return found
    wanted_skus, wanted_ids = set(skus), set(ids)
    for row in await db.fetch(_SELLABLE, market, list(wanted_skus), list(wanted_ids)):
        variant = _sellable(row)
        if not db.in_unit_of_work():  # It may have changed the catalogue and be rolled back.
            _remembered.keep(row["version"], market, variant)
        if variant.sku in wanted_skus:
            found[variant.sku] = variant
        if variant.variant_id in wanted_ids:
            found[variant.variant_id] = variant
    return found


async def variant_ids(skus: Sequence[str]) -> dict[str, UUID]:
    """The ids of SKUs, whether or not they are sold anywhere; unknown ones are absent."""
    rows = await db.fetch("select sku, id from variant where sku = any($1)", list(skus))
    return {row["sku"]: row["id"] for row in rows}


async def variant_skus(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await db.fetch("select id, sku from variant where id = any($1)", list(ids))
    return {row["id"]: row["sku"] for row in rows}


@dataclass(slots=True)
class _Remembered:
    """The variants of one version of the catalogue in one database."""

    version: int = 0
    pool: Any = None
    variants: dict[tuple[str, str], SellableVariant] = field(default_factory=dict)

    def keep(self, version: int, market: str, variant: SellableVariant) -> None:
        pool = db.connected_pool()
        if (self.version, self.pool) != (version, pool) or len(self.variants) >= REMEMBERED_MAX:
            self.version, self.pool, self.variants = version, pool, {}
        self.variants[market, variant.sku] = variant


REMEMBERED_MAX = 20_000
_remembered = _Remembered()


def remembered_variants(market: str, skus: Sequence[str]) -> tuple[int, dict[str, SellableVariant]] | None:
    """What this process has loaded of a version of the catalogue, if it has all of it.

    Worth something only to who then makes sure that the catalogue still has this version.
    """
    if _remembered.pool is not db.connected_pool():
        return None
    try:
        return _remembered.version, {sku: _remembered.variants[market, sku] for sku in skus}
    except KeyError:
        return None


def line_names(product: Mapping[str, str], option: Mapping[str, str]) -> dict[str, str]:
    """A line's names in every language of the product: "Desk phone – Black", or the product's name alone."""
    return {locale: f"{name} – {option[locale]}" if option.get(locale) else name for locale, name in product.items()}


def _sellable(row: db.Row) -> SellableVariant:
    (variant_id, product_id, sku, product_names, option_names, price, *rest, _version) = row
    return SellableVariant(variant_id, product_id, sku, line_names(product_names, option_names), price, *rest)
