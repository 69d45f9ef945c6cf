"""A replacement takes over what the replaced unit had: the rest of its warranty, and its services (RMA-18)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.markets import get_market
from store.warranty.coverage import coverage
from store.warranty.passport import record_event
from store.warranty.statuses import UnitStatus
from store.warranty.units import Unit, lock_units, move_unit, unit_day


class UnitReplacedBefore(StoreError):
    code = "unit_replaced_before"
    status = 409
    title = N_("This device was replaced before.")
    detail = N_("The device with serial number {serial} was replaced by another one before.")


async def inherit(old_unit_id: UUID, new_unit_id: UUID) -> None:
    """In a unit of work: the new unit has the rest of the old one's warranty and its services; the old is `replaced`.

    For defective units. The new one's own warranty is cut to what the market grants replacements, so that the later of
    both days counts. Doing it twice changes nothing. Raises NotFound, UnitReplacedBefore.
    """
    units = await lock_units([old_unit_id, new_unit_id])
    old, new = units.get(old_unit_id), units.get(new_unit_id)
    if old is None or new is None:
        raise NotFound
    if new.replaces_unit_id == old.id:
        return
    if new.replaces_unit_id is not None or old.status == UnitStatus.REPLACED:
        raise UnitReplacedBefore(serial=old.serial)
    await _take_over_warranty(old, new)
    await _move_services(old, new)
    await _move_registration(old, new)
    await move_unit(old, UnitStatus.REPLACED)
    await record_event(old.id, "replaced", serial=new.serial)
    await record_event(new.id, "replaces", serial=old.serial)


async def _take_over_warranty(old: Unit, new: Unit) -> None:
    months = min(new.warranty_months, get_market(new.market).policy.replacement_warranty_months)
    await db.execute(
        "update unit set replaces_unit_id = $2, inherited_until = $3, warranty_months = $4 where id = $1",
        new.id,
        old.id,
        coverage(old, unit_day(old)).standard_until,
        months,
    )


async def _move_services(old: Unit, new: Unit) -> None:
    """With the days that they had: an extension ends when it would have ended."""
    if not old.services:
        return
    at = clock.now()
    await db.execute(
        "update unit_service set moved_to_unit_id = $2, ended_at = $3 where id = any($1)",
        [service.id for service in old.services],
        new.id,
        at,
    )
    await db.write_rows(
        "unit_service",
        {
            "id": "uuid",
            "certificate_id": "uuid",
            "reference": "text",
            "names": "jsonb",
            "extends_months": "int",
            "starts_on": "date",
            "ends_on": "date",
        },
        [
            {
                "id": new_id(),
                **{
                    name: getattr(service, name)
                    for name in ("certificate_id", "reference", "names", "extends_months", "starts_on", "ends_on")
                },
            }
            for service in old.services
        ],
        unit_id=new.id,
        registered_at=at,
    )
    for service in old.services:
        await record_event(new.id, "service_taken_over", reference=service.reference)


async def _move_registration(old: Unit, new: Unit) -> None:
    """Who owned the old one, until it came back at the latest, owns the new one and need not register twice."""
    row = await db.fetchrow(
        "select r.* from registration r join unit u on u.id = r.unit_id where r.unit_id = $1 and (r.ended_at is null"
        " or (u.status <> 'active' and r.ended_at >= u.status_at)) order by r.registered_at desc, r.id desc limit 1",
        old.id,
    )
    if row is None or new.registered:
        return
    await db.execute("update registration set ended_at = $2 where id = $1 and ended_at is null", row["id"], clock.now())
    kept = {name: row[name] for name in row.keys() if name not in {"id", "unit_id", "ended_at", "registered_at"}}  # noqa: SIM118
    registration_id = new_id()
    await db.insert("registration", id=registration_id, unit_id=new.id, registered_at=clock.now(), **kept)
    await db.execute(
        "update unit_service set registration_id = $2 where unit_id = $1 and ended_at is null", new.id, registration_id
    )
