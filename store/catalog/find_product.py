"""What a product is, whatever market it is sold in: for rooms that know it by id or slug (CAT-6, RMA-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """`rma_route` is how its maker takes defective ones back: {"route", "portal_url"}."""

    id: UUID
    slug: str
    names: Mapping[str, str]
    kind: str
    category: str
    manufacturer: str
    manufacturer_name: str
    rma_route: Mapping[str, Any]
    warranty_months: int


_FACTS = """
select p.id, p.slug, p.names, p.kind, p.category, m.slug as manufacturer, m.name as manufacturer_name, m.rma_route,
       p.warranty_months
from product p join manufacturer m on m.id = p.manufacturer_id
"""


async def product_facts(product_id: UUID) -> ProductFacts:
    """Raises NotFound."""
    return _one(await db.fetchrow(f"{_FACTS} where p.id = $1", product_id))


async def find_product(slug: str) -> ProductFacts:
    """By slug, sold or not: who owns one asks for support years later. Raises NotFound."""
    return _one(await db.fetchrow(f"{_FACTS} where p.slug = $1", slug))


def _one(row: db.Row | None) -> ProductFacts:
    if row is None:
        raise NotFound
    return ProductFacts(**dict(row))
