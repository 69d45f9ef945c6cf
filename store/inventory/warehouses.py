"""Where goods lie, and which markets they leave to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class UnknownWarehouse(StoreError):
    code = "unknown_warehouse"
    status = 422
    title = N_("There is no such warehouse.")
    detail = N_("“{warehouse}” is not a warehouse of this store.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """`markets` are those it serves, with its rank among the warehouses of each: the lowest is asked first."""

    code: str
    name: str
    country: str
    markets: Mapping[str, int]


async def list_warehouses() -> list[Warehouse]:
    rows = await db.fetch(
        "select w.code, w.name, w.country,"
        " coalesce(jsonb_object_agg(m.market, m.position) filter (where m.market is not null), '{}') as markets"
        " from warehouse w left join warehouse_market m on m.warehouse = w.code group by w.code order by w.code"
    )
    return [Warehouse(**row) for row in rows]


_SAVE_WAREHOUSES = """
with given as (
    select * from jsonb_to_recordset($1) as e (code text, name text, country text, markets jsonb)
), saved as (
    insert into warehouse as t (code, name, country) select code, name, country from given
    on conflict (code) do update set name = excluded.name, country = excluded.country
    where (t.name, t.country) is distinct from (excluded.name, excluded.country)
), wanted as (
    select m.key as market, g.code as warehouse, m.value::integer as position
    from given g, jsonb_each_text(g.markets) m
), gone as (
    delete from warehouse_market t where t.warehouse in (select code from given)
    and not exists (select from wanted w where w.market = t.market and w.warehouse = t.warehouse)
)
insert into warehouse_market as t (market, warehouse, position) select market, warehouse, position from wanted
on conflict (market, warehouse) do update set position = excluded.position where t.position <> excluded.position
"""


async def save_warehouses(warehouses: Iterable[Warehouse]) -> None:
    """Make or change the warehouses given; others stay as they are. One statement."""
    await db.execute(
        _SAVE_WAREHOUSES,
        [
            {"code": each.code, "name": each.name, "country": each.country, "markets": dict(each.markets)}
            for each in warehouses
        ],
    )


_OPEN_STOCK = """
with opened as (
    insert into stock (variant_id, warehouse, on_hand)
    select * from unnest($1::uuid[], $2::text[], $3::int[]) as w (variant_id, warehouse, quantity)
    order by variant_id, warehouse
    on conflict do nothing returning variant_id, warehouse, on_hand
)
insert into stock_movement (at, variant_id, warehouse, kind, on_hand_change, reserved_change, reference)
select $4, variant_id, warehouse, 'opening', on_hand, 0, $5 from opened where on_hand > 0
"""


async def open_stock(quantities: Mapping[tuple[UUID, str], int], *, reference: str) -> None:
    """Count variants into warehouses that have never kept them; where they are kept already nothing changes."""
    await db.execute(
        _OPEN_STOCK,
        [variant_id for variant_id, _ in quantities],
        [warehouse for _, warehouse in quantities],
        list(quantities.values()),
        clock.now(),
        reference,
    )
