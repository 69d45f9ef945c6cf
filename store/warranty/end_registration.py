"""Customer service ends a registration: the device was sold on, or registered by mistake (WAR-3, ACC-4)."""

from __future__ import annotations

from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db
from store.warranty.find_registrations import get_registration
from store.warranty.passport import record_event
from store.warranty.units import lock_unit


async def end_registration(registration_id: UUID, *, reason: str, principal: Principal) -> None:
    """The unit can be registered anew; its services count again for its next owner. Twice changes nothing.

    Raises NotFound.
    """
    registration = await get_registration(registration_id)
    async with db.unit_of_work():
        await lock_unit(registration["unit_id"])
        ended = await db.execute(
            "update registration set ended_at = $2 where id = $1 and ended_at is null", registration_id, clock.now()
        )
        if not ended:
            return
        await record_event(registration["unit_id"], "registration_ended", public=False, reason=reason)
        await audit.record(principal.name, "end_registration", "registration", registration_id, reason=reason)
