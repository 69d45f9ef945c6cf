"""Units: physical items with a serial number, whoever sold them, and all that is known of each (WAR-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from store.catalog import line_names
from store.kernel import clock, db
from store.kernel.errors import NotFound, WrongState
from store.markets import Market, get_market
from store.markets.calendar import local_date
from store.warranty.statuses import UNIT, UnitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitService:
    """A service that a unit has. `ends_on` is its last day; `ended_on`: from that day on it counts no more."""

    id: UUID
    certificate_id: UUID
    reference: str
    names: Mapping[str, str]
    extends_months: int
    starts_on: date
    ends_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One item. Days are those of its market; `rma_route` is how its maker takes defective ones back.

    `services` are those that it has, `former_services` those that a replacement took over or that ended with its owner.
    """

    id: UUID
    serial: str
    product_id: UUID
    variant_id: UUID
    manufacturer_id: UUID
    origin: str
    status: str
    status_on: date
    market: str
    order_id: UUID | None
    shipment_line_id: UUID | None
    warranty_starts_on: date
    warranty_months: int
    replaces_unit_id: UUID | None
    inherited_until: date | None
    registered: bool
    sku: str
    names: Mapping[str, str]
    product_slug: str
    product_kind: str
    category: str
    manufacturer: str
    manufacturer_name: str
    rma_route: Mapping[str, Any]
    services: tuple[UnitService, ...]
    former_services: tuple[UnitService, ...]


_UNIT = """
select u.*, v.sku, v.names as option_names, p.names as product_names, p.slug as product_slug, p.kind as product_kind,
       p.category, m.slug as manufacturer, m.name as manufacturer_name, m.rma_route,
       exists (select from registration r where r.unit_id = u.id and r.ended_at is null) as registered,
       (select jsonb_agg(jsonb_build_object('id', s.id, 'certificate_id', s.certificate_id, 'reference', s.reference,
          'names', s.names, 'extends_months', s.extends_months, 'starts_on', s.starts_on, 'ends_on', s.ends_on,
          'ended_at', s.ended_at) order by s.starts_on, s.registered_at, s.id)
        from unit_service s where s.unit_id = u.id) as services
from unit u
join variant v on v.id = u.variant_id
join product p on p.id = u.product_id
join manufacturer m on m.id = u.manufacturer_id
"""


async def find_units(serial: str) -> list[Unit]:
    """All that have this serial number (see read_serial), in one statement: one, unless two makers chose the same."""
    return [_unit(row) for row in await db.fetch(f"{_UNIT} where u.serial = $1 order by u.created_at, u.id", serial)]


async def get_unit(unit_id: UUID) -> Unit:
    """Raises NotFound."""
    row = await db.fetchrow(f"{_UNIT} where u.id = $1", unit_id)
    if row is None:
        raise NotFound
    return _unit(row)


async def load_units(ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Those that exist, in one statement."""
    return {row["id"]: _unit(row) for row in await db.fetch(f"{_UNIT} where u.id = any($1)", list(ids))}


async def lock_unit(unit_id: UUID) -> Unit:
    """In a unit of work. Raises NotFound."""
    assert db.in_unit_of_work()
    await db.execute("select from unit where id = $1 for update", unit_id)
    return await get_unit(unit_id)


async def lock_units(ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Those that exist, locked in the order of their ids, in a unit of work."""
    assert db.in_unit_of_work()
    wanted = list(ids)
    await db.fetch("select from unit where id = any($1) order by id for update", wanted)
    return await load_units(wanted)


async def units_of_line(shipment_line_id: UUID) -> list[Unit]:
    return [
        _unit(row)
        for row in await db.fetch(f"{_UNIT} where u.shipment_line_id = $1 order by u.serial", shipment_line_id)
    ]


async def move_unit(unit: Unit, after: UnitStatus, **changes: Any) -> None:
    """Set the status (and further columns) of a locked unit. Raises WrongState when there is no such step."""
    UNIT.check(UnitStatus(unit.status), after)
    names = "".join(f", {name} = ${position}" for position, name in enumerate(changes, start=5))
    touched = await db.execute(
        f"update unit set status = $2, status_at = $4{names} where id = $1 and status = $3",
        unit.id,
        after,
        unit.status,
        clock.now(),
        *changes.values(),
    )
    if not touched:
        raise WrongState(object="unit", state=UnitStatus(unit.status), target=after)


def unit_day(unit: Unit, at: datetime | None = None) -> date:
    """The calendar day of a moment (now by default) where the unit was sold."""
    return local_date(get_market(unit.market), at or clock.now())


_COLUMNS = set(Unit.__slots__) - {"names", "services", "former_services", "status_on"}


def _unit(row: db.Row) -> Unit:
    market = get_market(row["market"])
    services = [_service(found, market) for found in row["services"] or ()]
    return Unit(
        **{name: row[name] for name in _COLUMNS},
        names=line_names(row["product_names"], row["option_names"]),
        status_on=local_date(market, row["status_at"]),
        services=tuple(each for each in services if each.ended_on is None),
        former_services=tuple(each for each in services if each.ended_on is not None),
    )


def _service(found: Mapping[str, Any], market: Market) -> UnitService:
    ends_on, ended_at = found["ends_on"], found["ended_at"]
    return UnitService(
        id=UUID(found["id"]),
        certificate_id=UUID(found["certificate_id"]),
        reference=found["reference"],
        names=found["names"],
        extends_months=found["extends_months"],
        starts_on=date.fromisoformat(found["starts_on"]),
        ends_on=date.fromisoformat(ends_on) if ends_on else None,
        ended_on=local_date(market, datetime.fromisoformat(ended_at)) if ended_at else None,
    )
