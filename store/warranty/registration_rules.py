"""May this unit be registered for this owner, and if not, why not: one small function per rule (WAR-3, WAR-6, WAR-11).

A rule looks at a case under lock and returns the refusal, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.errors import StoreError
from store.warranty.find_certificates import Certificate, unknown
from store.warranty.registration import Entry, Mistake, Registrar
from store.warranty.registration_errors import (
    DeviceGone,
    ProofOfPurchaseMissing,
    PurchaseDateMissing,
    PurchasedBeforeSale,
    PurchasedInFuture,
    PurchasedTooLongAgo,
    RegisteredBefore,
    SerialOfOtherProduct,
    ServiceReferenceDiffers,
)
from store.warranty.statuses import UnitStatus
from store.warranty.units import Unit
from store.warranty.use_certificate import new_service, why_not


@dataclass(slots=True, kw_only=True)
class Case:
    """An entry with what is known of it. `current` is the unit's registration, `sold_on` the earliest day of purchase.

    `made` says that the unit comes into being by this registration, `first` that nobody has ever registered it.
    """

    position: int
    entry: Entry
    today: date
    serial: str = ""
    unit: Unit | None = None
    product: db.Row | None = None
    made: bool = False
    first: bool = True
    sold_on: date | None = None
    sold_to_partner_id: UUID | None = None
    current: Mapping[str, Any] | None = None
    certificates: list[Certificate] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def refuse(self, name: str, error: StoreError) -> None:
        self.mistakes.append(Mistake(field=name, error=error))


def examine(case: Case, registrar: Registrar) -> None:
    """Note every mistake of a case whose unit is known."""
    for name, rule in RULES:
        if error := rule(case, registrar):
            case.refuse(name, error)


def same_owner(current: Mapping[str, Any], case: Case, registrar: Registrar) -> bool:
    """The same holder, or the same customer once more: registering again changes nothing."""
    if str(current["holder_email"]).lower() == case.entry.holder.email.lower():
        return True
    own = registrar.account_id is not None and registrar.partner_id is None and not registrar.staff
    return own and current["account_id"] == registrar.account_id


def unit_gone(case: Case, _: Registrar) -> StoreError | None:
    assert case.unit
    return None if case.unit.status == UnitStatus.ACTIVE else DeviceGone(serial=case.serial)


def other_product(case: Case, _: Registrar) -> StoreError | None:
    """Who names a product that we know better has mistyped the serial number, most likely."""
    assert case.unit
    if case.product is None or case.product["product_id"] == case.unit.product_id:
        return None
    return SerialOfOtherProduct(serial=case.serial, product=case.unit.names.get("en") or case.unit.sku)


def registered_by_another(case: Case, registrar: Registrar) -> StoreError | None:
    if case.current is None or same_owner(case.current, case, registrar):
        return None
    return RegisteredBefore(serial=case.serial)


def purchase_date_missing(case: Case, _: Registrar) -> StoreError | None:
    if not _needs_proof(case) or case.entry.unit.purchased_on:
        return None
    return PurchaseDateMissing(serial=case.serial)


def proof_missing(case: Case, _: Registrar) -> StoreError | None:
    if not _needs_proof(case) or case.entry.unit.attachment_ids:
        return None
    return ProofOfPurchaseMissing(serial=case.serial)


def purchased_in_future(case: Case, _: Registrar) -> StoreError | None:
    bought = case.entry.unit.purchased_on
    return PurchasedInFuture(purchased_on=bought) if bought and bought > case.today else None


def purchased_too_long_ago(case: Case, _: Registrar) -> StoreError | None:
    """A slip of the keyboard: 0206 for 2026."""
    bought = case.entry.unit.purchased_on
    return PurchasedTooLongAgo(value=bought) if bought and (case.today - bought) > OLDEST else None


def purchased_before_sale(case: Case, _: Registrar) -> StoreError | None:
    """Nobody bought it before its seller had it leave; of our own orders the day of the order counts."""
    bought = case.entry.unit.purchased_on
    if bought is None or case.sold_on is None or case.current is not None or bought >= case.sold_on:
        return None
    return PurchasedBeforeSale(serial=case.serial, purchased_on=bought, sold_on=case.sold_on)


def _needs_proof(case: Case) -> bool:
    """WAR-11: what we did not sell; an owner who is registered has shown it before."""
    return (case.unit is None or case.unit.origin != "sold") and case.current is None


SHOWN_MAX = 60  # of what was typed, in the answer
OLDEST = timedelta(days=30 * 366)  # no device is registered that was bought before
Rule = Callable[[Case, Registrar], StoreError | None]
RULES: tuple[tuple[str, Rule], ...] = (
    ("serial", unit_gone),
    ("product", other_product),
    ("serial", registered_by_another),
    ("purchased_on", purchase_date_missing),
    ("purchased_on", purchased_in_future),
    ("purchased_on", purchased_too_long_ago),
    ("purchased_on", purchased_before_sale),
    ("attachment_ids", proof_missing),
)


def warranty_begins(case: Case, registrar: Registrar) -> date:
    """WAR-4: a proven purchase moves the beginning, once, for what we did not sell to its owner ourselves.

    That is what others sold, and what a partner bought from us and registers for its customer.
    """
    assert case.unit
    bought = case.entry.unit.purchased_on
    resold = case.sold_to_partner_id is not None and case.sold_to_partner_id == registrar.partner_id
    if bought and case.first and (case.unit.origin != "sold" or resold):
        return max(bought, case.unit.warranty_starts_on) if case.unit.origin == "sold" else bought
    return case.unit.warranty_starts_on


def examine_services(
    case: Case, found: Mapping[str, Certificate], locked: dict[UUID, Certificate], as_of: date
) -> None:
    """Note what speaks against each certificate of a case; give the unit the services that it will have.

    `locked` has the certificates as the cases before this one leave them. A case with mistakes uses none.
    """
    assert case.unit
    unit, left = case.unit, dict(locked)
    for index, number in enumerate(dict.fromkeys(case.entry.unit.certificates)):
        certificate = left.get(found[number].id) if number in found else None
        if case.current and certificate and any(each.certificate_id == certificate.id for each in unit.services):
            continue  # It has this very service: sent again.
        if error := _service_refused(case, number, certificate, unit, as_of):
            name = "service_reference" if isinstance(error, ServiceReferenceDiffers) else f"certificates.{index}"
            case.refuse(name, error)
        elif certificate:
            unit = replace(unit, services=(*unit.services, new_service(certificate, unit)))
            left[certificate.id] = replace(certificate, used=certificate.used + 1)
            case.certificates.append(certificate)
    if not case.mistakes:
        case.unit = unit
        locked.update(left)


def _service_refused(
    case: Case, number: str, certificate: Certificate | None, unit: Unit, as_of: date
) -> StoreError | None:
    if certificate is None:
        return unknown(number)
    reference = case.entry.unit.service_reference
    if reference and reference.casefold() != certificate.reference.casefold():
        return ServiceReferenceDiffers(
            number=certificate.number, reference=reference[:SHOWN_MAX], service=certificate.reference
        )
    return why_not(certificate, unit, as_of)
