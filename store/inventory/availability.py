"""What a market's warehouses have free and what is on its way to them, in one statement and without locks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from store.kernel import db


@dataclass(frozen=True, slots=True)
class WarehouseStock:
    """What nobody has reserved of a variant in one warehouse."""

    warehouse: str
    free: int


@dataclass(frozen=True, slots=True)
class Inbound:
    """A delivery of a variant that a warehouse awaits."""

    warehouse: str
    expected_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class VariantStock:
    """A variant as one market sees it: `warehouses` in the order in which they serve it, `inbound` soonest first."""

    variant_id: UUID
    warehouses: tuple[WarehouseStock, ...] = ()
    inbound: tuple[Inbound, ...] = ()

    @property
    def free(self) -> int:
        return sum(place.free for place in self.warehouses)


_AVAILABILITY = """
with serving as (select warehouse, position from warehouse_market where market = $1)
select s.variant_id, s.warehouse, s.on_hand - s.reserved as quantity, null::date as expected_on, w.position,
  (select version from catalog_version) as version
from stock s join serving w using (warehouse)
where s.variant_id = any($2::uuid[])
union all
select i.variant_id, i.warehouse, i.quantity, i.expected_on, w.position, (select version from catalog_version)
from inbound_delivery i join serving w using (warehouse)
where i.variant_id = any($2::uuid[]) and i.received_at is null
order by expected_on nulls first, position
"""


async def availability(market: str, variant_ids: Iterable[UUID]) -> dict[UUID, VariantStock]:
    """Stock and deliveries of each variant for a market; a variant that no warehouse keeps has empty ones."""
    return (await availability_and_version(market, variant_ids))[0]


async def availability_and_version(
    market: str, variant_ids: Iterable[UUID]
) -> tuple[dict[UUID, VariantStock], int | None]:
    """The same, with the version that the catalogue had at that moment; None when nothing was found at all."""
    version: int | None = None
    ids = list(dict.fromkeys(variant_ids))
    places: dict[UUID, list[WarehouseStock]] = {variant_id: [] for variant_id in ids}
    inbound: dict[UUID, list[Inbound]] = {variant_id: [] for variant_id in ids}
    if ids:
        for variant_id, warehouse, quantity, expected_on, _, version in await db.fetch(_AVAILABILITY, market, ids):  # noqa: B007 - the same in all rows
            if expected_on is None:
                places[variant_id].append(WarehouseStock(warehouse, quantity))
            else:
                inbound[variant_id].append(Inbound(warehouse, expected_on, quantity))
    found = {
        variant_id: VariantStock(variant_id, tuple(places[variant_id]), tuple(inbound[variant_id]))
        for variant_id in ids
    }
    return found, version
