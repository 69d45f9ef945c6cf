"""Units as tests wish them, without a database, and with one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.ids import new_id
from store.warranty import Unit, UnitService, get_unit

DAY = date(2026, 3, 15)


def unit(**changes: Any) -> Unit:
    """A registered phone with twelve months from 15 March 2026."""
    facts: dict[str, Any] = {
        "id": new_id(),
        "serial": "HD1001",
        "product_id": new_id(),
        "variant_id": new_id(),
        "manufacturer_id": new_id(),
        "origin": "sold",
        "status": "active",
        "status_on": DAY,
        "market": "FR",
        "order_id": new_id(),
        "shipment_line_id": new_id(),
        "warranty_starts_on": DAY,
        "warranty_months": 12,
        "replaces_unit_id": None,
        "inherited_until": None,
        "registered": True,
        "sku": "HAL-D400-BLK",
        "names": {"en": "Desk 400"},
        "product_slug": "halvoris-desk-400",
        "product_kind": "device",
        "category": "ip-phones",
        "manufacturer": "halvoris",
        "manufacturer_name": "Halvoris",
        "rma_route": {},
        "services": (),
        "former_services": (),
    }
    return Unit(**{**facts, **changes})


def service(starts_on: date, ends_on: date | None, **changes: Any) -> UnitService:
    facts: dict[str, Any] = {
        "id": new_id(),
        "certificate_id": new_id(),
        "reference": "CARE-12M",
        "names": {"en": "Care Plus"},
        "extends_months": 12,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "ended_on": None,
    }
    return UnitService(**{**facts, **changes})


async def known_unit(serial: str = "HD1001", sku: str = "HAL-D400-BLK", **changes: Any) -> Unit:
    """A unit that the maker told us of, in the test's database with the demo catalogue."""
    row = await db.fetchrow(
        "select v.id as variant_id, p.id as product_id, p.manufacturer_id from variant v join product p"
        " on p.id = v.product_id where v.sku = $1",
        sku,
    )
    assert row is not None
    unit_id = new_id()
    facts = {
        "origin": "imported",
        "status": "active",
        "status_at": clock.now(),
        "market": "FR",
        "warranty_starts_on": clock.today("Europe/Paris"),
        "warranty_months": 12,
        "created_at": clock.now(),
        **changes,
    }
    await db.insert("unit", id=unit_id, serial=serial, **dict(row), **facts)
    return await get_unit(unit_id)


async def registered(unit_id: UUID, email: str = "owner@example.com", **changes: Any) -> UUID:
    """The unit has this owner."""
    registration_id = new_id()
    facts = {
        "batch_id": new_id(),
        "holder": {"email": email, "last_name": "Owner"},
        "holder_email": email,
        "purchased_on": clock.today("Europe/Paris"),
        "locale": "fr",
        "market": "FR",
        "registered_by": "test",
        "registered_at": clock.now(),
        **changes,
    }
    await db.insert("registration", id=registration_id, unit_id=unit_id, **facts)
    return registration_id


async def with_service(unit_id: UUID, starts_on: date, ends_on: date, **changes: Any) -> UUID:
    """The unit has a service of a certificate that was bought for it."""
    certificate_id, service_id = new_id(), new_id()
    await db.insert(
        "certificate",
        id=certificate_id,
        number=certificate_id.hex.upper(),
        reference="CARE-12M",
        names={"en": "Care Plus"},
        terms={},
        units=1,
        used=1,
        order_id=new_id(),
        shipment_line_id=new_id(),
        order_number="FR-0000-0000",
        email="buyer@example.com",
        locale="fr",
        market="FR",
        issued_at=clock.now(),
    )
    facts = {"reference": "CARE-12M", "names": {"en": "Care Plus"}, "extends_months": 12, **changes}
    await db.insert(
        "unit_service",
        id=service_id,
        unit_id=unit_id,
        certificate_id=certificate_id,
        starts_on=starts_on,
        ends_on=ends_on,
        registered_at=clock.now(),
        **facts,
    )
    return service_id
