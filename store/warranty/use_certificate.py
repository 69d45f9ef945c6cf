"""Register services for units: each takes one unit of its certificate, never more than it is for (CER-2, WAR-6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.ids import new_id
from store.warranty.certificate_errors import (
    CertificateRevoked,
    CertificateUsedUp,
    DeviceNotInUse,
    ExtensionTooLate,
    ServiceNotForProduct,
    ServiceRegisteredBefore,
    UnknownCertificate,
)
from store.warranty.coverage import coverage, extension_period, last_day
from store.warranty.find_certificates import Certificate, lock_certificates
from store.warranty.passport import record_events
from store.warranty.statuses import UnitStatus
from store.warranty.units import Unit, UnitService, lock_units


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateUse:
    """One service for one unit. `as_of` is the day on which it is registered, where the unit was sold."""

    certificate_id: UUID
    unit_id: UUID
    registration_id: UUID
    as_of: date


async def use_certificate(certificate_id: UUID, unit: Unit, *, registration_id: UUID, as_of: date) -> None:
    """In the caller's unit of work. Raises UnknownCertificate, CertificateUsedUp, CertificateRevoked, DeviceNotInUse,
    ServiceNotForProduct, ServiceRegisteredBefore, ExtensionTooLate; nothing is used then.

    For several at once take `use_certificates`, which locks them in one order.
    """
    use = CertificateUse(certificate_id=certificate_id, unit_id=unit.id, registration_id=registration_id, as_of=as_of)
    for refusal in (await use_certificates([use])).values():
        raise refusal


async def use_certificates(uses: Sequence[CertificateUse]) -> dict[int, StoreError]:
    """Register those that can be, in the caller's unit of work; returns why the others can't, by their position.

    Locks all units and then all certificates; five statements for any number of uses.
    """
    units = await lock_units({use.unit_id for use in uses})
    certificates = await lock_certificates(use.certificate_id for use in uses)
    refused: dict[int, StoreError] = {}
    done: list[tuple[CertificateUse, UnitService]] = []
    for position, use in enumerate(uses):
        certificate, unit = certificates.get(use.certificate_id), units[use.unit_id]
        refusal = UnknownCertificate(number="") if certificate is None else why_not(certificate, unit, use.as_of)
        if certificate is None or refusal is not None:
            refused[position] = refusal or UnknownCertificate(number="")
            continue
        service = new_service(certificate, unit)
        done.append((use, service))
        # What comes after it in this call meets it.
        certificates[certificate.id] = replace(certificate, used=certificate.used + 1)
        units[unit.id] = replace(unit, services=(*unit.services, service))
    await _write(done)
    return refused


def why_not(certificate: Certificate, unit: Unit, as_of: date) -> StoreError | None:
    """The refusal that using it would meet, or None. Pure: shown before and raised when it is done."""
    service, serial = certificate.reference, unit.serial
    if unit.status != UnitStatus.ACTIVE:
        return DeviceNotInUse(serial=serial)
    if not is_for(certificate, unit):
        return ServiceNotForProduct(service=service, serial=serial, product=unit.sku)
    had = any(each.certificate_id == certificate.id for each in (*unit.services, *unit.former_services))
    if had or any(each.reference == service for each in unit.services):
        return ServiceRegisteredBefore(service=service, serial=serial)
    until = last_day_to_register(certificate, unit)
    if as_of > until:
        return ExtensionTooLate(service=service, serial=serial, last_day=until)
    if certificate.left < 1:
        valid = certificate.units - certificate.revoked_units
        if not valid:
            return CertificateRevoked(number=certificate.number)
        return CertificateUsedUp(number=certificate.number, units=valid, left=0)
    return None


def is_for(certificate: Certificate, unit: Unit) -> bool:
    """Its terms may name products, categories and manufacturers: all that are named have to fit."""
    limits = (("products", unit.product_slug), ("categories", unit.category), ("manufacturers", unit.manufacturer))
    return all(fact in certificate.terms[name] for name, fact in limits if certificate.terms.get(name))


def last_day_to_register(certificate: Certificate, unit: Unit) -> date:
    """WAR-6: while the standard warranty runs, and while anything is left of the service itself."""
    standard_until = coverage(unit, unit.warranty_starts_on).standard_until
    service_until = new_service(certificate, unit).ends_on
    return min(standard_until, service_until) if service_until else standard_until


def new_service(certificate: Certificate, unit: Unit) -> UnitService:
    """An extension begins when the coverage so far ends; any other service runs from the unit's purchase (CAT-6)."""
    starts_on, ends_on = unit.warranty_starts_on, None
    if certificate.extends_months:
        starts_on, ends_on = extension_period(unit, certificate.extends_months)
    elif certificate.months:
        ends_on = last_day(starts_on, certificate.months)
    return UnitService(
        id=new_id(),
        certificate_id=certificate.id,
        reference=certificate.reference,
        names=certificate.names,
        extends_months=certificate.extends_months,
        starts_on=starts_on,
        ends_on=ends_on,
        ended_on=None,
    )


async def _write(done: Sequence[tuple[CertificateUse, UnitService]]) -> None:
    if not done:
        return
    used = Counter(use.certificate_id for use, _ in done)
    await db.execute(
        "update certificate c set used = c.used + n.used from unnest($1::uuid[], $2::int[]) as n (id, used)"
        " where c.id = n.id",
        list(used),
        list(used.values()),
    )
    names = ("id", "certificate_id", "reference", "names", "extends_months", "starts_on", "ends_on")
    kinds = ("uuid", "uuid", "text", "jsonb", "int", "date", "date")
    await db.write_rows(
        "unit_service",
        {**dict(zip(names, kinds, strict=True)), "unit_id": "uuid", "registration_id": "uuid"},
        [
            {
                **{name: getattr(service, name) for name in names},
                "unit_id": use.unit_id,
                "registration_id": use.registration_id,
            }
            for use, service in done
        ],
        registered_at=clock.now(),
    )
    await record_events(
        [(use.unit_id, {"reference": service.reference}) for use, service in done], "service_registered"
    )
