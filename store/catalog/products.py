"""A product as a reader of one language sees it in one market, with its variants and their prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a document; `kind` is picture, serial_location (where the serial number stands) or manual."""

    kind: str
    path: str
    alt: str


@dataclass(frozen=True, slots=True)
class Option:
    """What sets a variant apart: axis "color", value "black", and how the reader calls both."""

    axis: str
    value: str
    axis_name: str
    value_name: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A SKU with its price in the market; `name` is its options' ("Black, 2 m"), empty when there is no choice."""

    variant_id: UUID
    sku: str
    name: str
    options: tuple[Option, ...]
    price: Money
    compare_at: Money | None
    barcode: str | None
    serialized: bool
    weight_grams: int
    sells: str
    release_on: date | None
    service: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Product:
    product_id: UUID
    slug: str
    name: str
    description: str
    kind: str
    condition: str
    category: str
    category_name: str
    manufacturer: str
    manufacturer_name: str
    warranty_months: int
    media: tuple[Media, ...]
    variants: tuple[Variant, ...]


# To be put after `from listing l`; the columns that `read_product` needs.
PRODUCT_COLUMNS = """
p.id, p.slug, p.names, p.descriptions, p.kind, p.condition, p.category, c.names as category_names,
m.slug as manufacturer, m.name as manufacturer_name, p.warranty_months, p.media
"""
PRODUCT_JOINS = """
join product p on p.id = l.product_id
join category c on c.slug = p.category
join manufacturer m on m.id = p.manufacturer_id
"""

_VARIANTS = """
select v.product_id, v.id, v.sku, v.names, v.options, v.barcode, v.serialized, v.weight_grams, v.sells, v.release_on,
       v.service, r.amount_minor, r.compare_at_minor, r.currency
from variant v join price r on r.variant_id = v.id and r.market = $1
where v.product_id = any($2::uuid[]) and v.active
order by v.product_id, v.position
"""


async def load_market_variants(
    market: str, product_ids: Iterable[UUID], locale: str
) -> dict[UUID, tuple[Variant, ...]]:
    """The variants of products that have a price in the market, in one statement."""
    by_product: dict[UUID, list[Variant]] = {product_id: [] for product_id in product_ids}
    for row in await db.fetch(_VARIANTS, market, list(by_product)):
        by_product[row["product_id"]].append(_read_variant(row, locale))
    return {product_id: tuple(variants) for product_id, variants in by_product.items()}


def read_product(row: db.Row, variants: tuple[Variant, ...], locale: str) -> Product:
    """A row of PRODUCT_COLUMNS in the reader's language."""
    return Product(
        product_id=row["id"],
        slug=row["slug"],
        name=pick(row["names"], locale),
        description=pick(row["descriptions"], locale),
        kind=row["kind"],
        condition=row["condition"],
        category=row["category"],
        category_name=pick(row["category_names"], locale),
        manufacturer=row["manufacturer"],
        manufacturer_name=row["manufacturer_name"],
        warranty_months=row["warranty_months"],
        media=read_media(row["media"], locale),
        variants=variants,
    )


def read_media(media: list[dict[str, Any]], locale: str) -> tuple[Media, ...]:
    return tuple(Media(item["kind"], item["path"], pick(item.get("alt"), locale)) for item in media)


def _read_variant(row: db.Row, locale: str) -> Variant:
    was = row["compare_at_minor"]
    return Variant(
        variant_id=row["id"],
        sku=row["sku"],
        name=pick(row["names"], locale),
        options=tuple(
            Option(item["axis"], item["value"], pick(item["axis_names"], locale), pick(item["value_names"], locale))
            for item in row["options"]
        ),
        price=Money(row["amount_minor"], row["currency"]),
        compare_at=None if was is None else Money(was, row["currency"]),
        barcode=row["barcode"],
        serialized=row["serialized"],
        weight_grams=row["weight_grams"],
        sells=row["sells"],
        release_on=row["release_on"],
        service=row["service"],
    )
