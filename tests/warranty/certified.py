"""Certificates as tests come by them: bought and delivered, and registered for devices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.ids import new_id
from store.warranty import Unit, unit_day
from store.warranty.certificates import Certificate, find_certificate, use_certificate
from warranty.made import known_unit, registered

CARE_1, CARE_24, CARE_24_FIVE, CARE_24_TEN = (
    "SVC-CARE-12M-1U",
    "SVC-CARE-24M-1U",
    "SVC-CARE-24M-5U",
    "SVC-CARE-24M-10U",
)
SWAP, SETUP = "SVC-SWAP-1U", "SVC-SETUP-1U"


async def bought(desk: Any, *lines: tuple[str, int], **facts: Any) -> UUID:
    """An order of services, delivered by the worker; returns its id."""
    order = await desk.place(list(lines), **facts)
    await desk.work()
    return order.order_id


async def certificates(order_id: UUID) -> list[Certificate]:
    rows = await db.fetch("select number from certificate where order_id = $1 order by shipment_line_id", order_id)
    return [await find_certificate(row["number"]) for row in rows]


async def certificate(desk: Any, sku: str = CARE_1, quantity: int = 1, **facts: Any) -> Certificate:
    """The certificate of a service that was just bought."""
    (found,) = await certificates(await bought(desk, (sku, quantity), **facts))
    return found


async def device(serial: str | None = None, **changes: Any) -> tuple[Unit, UUID]:
    """A registered device with its registration."""
    unit = await known_unit(serial or f"HD{new_id().hex[-10:].upper()}", **changes)
    return unit, await registered(unit.id)


async def use(found: Certificate, unit: Unit, registration_id: UUID, **facts: Any) -> None:
    as_of = facts.get("as_of", unit_day(unit))
    async with db.unit_of_work():
        await use_certificate(found.id, unit, registration_id=registration_id, as_of=as_of)


async def counts(certificate_id: UUID) -> tuple[int, int, int]:
    """(units, used, revoked)."""
    row = await db.fetchrow("select units, used, revoked_units from certificate where id = $1", certificate_id)
    assert row is not None
    return row["units"], row["used"], row["revoked_units"]
