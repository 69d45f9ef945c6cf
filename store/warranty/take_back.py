"""A unit comes back to us for good: refunded, exchanged, or not deliverable (RMA-17, SHP-6)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import clock, db
from store.shipments import free_serials
from store.warranty.passport import record_event
from store.warranty.statuses import UnitStatus
from store.warranty.units import lock_unit, move_unit


async def take_back(unit_id: UUID, *, restock: bool) -> None:
    """In a unit of work: the unit is `returned` and may be sold again, or `scrapped`; its registration ends.

    Its services stay on it until it is sold again or replaced. Taking it back twice changes nothing. Raises NotFound,
    WrongState.
    """
    unit = await lock_unit(unit_id)
    after = UnitStatus.RETURNED if restock else UnitStatus.SCRAPPED
    if unit.status == after:
        return
    await move_unit(unit, after)
    await end_registrations([unit_id])
    if restock and unit.shipment_line_id is not None:
        await free_serials(unit.shipment_line_id, [unit.serial])
    await record_event(unit_id, after.value)


async def end_registrations(unit_ids: list[UUID]) -> list[UUID]:
    """Nobody owns these units any more, as far as we know; returns the registrations that ended."""
    rows = await db.fetch(
        "update registration set ended_at = $2 where unit_id = any($1) and ended_at is null returning id",
        unit_ids,
        clock.now(),
    )
    return [row["id"] for row in rows]
