"""What the answers about service certificates consist of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta

from store.kernel.i18n import pick
from store.warranty.certificates import Certificate, CertifiedUnit
from store.web.edge.schemas import Out


class CertificateOut(Out):
    """A service that was bought for so many devices. Without anything about its buyer: the number is the key.

    `extends_warranty_months` is 0 for a service that is no extension; such a service runs for `months`, or without end.
    `units` are those that are valid; what was refunded is not among them.
    """

    number: Annotated[str, Meta(examples=["CERT-7K3M-9QX2-4WTN-P5HA"])]
    reference: Annotated[str, Meta(examples=["CARE-24M"])]
    name: str
    extends_warranty_months: int
    months: int | None
    units: int
    left: int


class CertifiedUnitOut(Out):
    """A device that has the service, from its first to its last day; `ends_on` null: without end."""

    serial: str
    name: str
    registered_at: datetime
    starts_on: date
    ends_on: date | None


class OwnCertificateOut(CertificateOut, kw_only=True):
    """The same for its buyer. `devices` are at most 200."""

    used: int
    order_number: str
    issued_at: datetime
    devices: list[CertifiedUnitOut]


def certificate_out(certificate: Certificate, locale: str) -> CertificateOut:
    return CertificateOut(**certificate_facts(certificate, locale))


def own_certificate_out(certificate: Certificate, units: Sequence[CertifiedUnit], locale: str) -> OwnCertificateOut:
    return OwnCertificateOut(**own_certificate_facts(certificate, units, locale))


def certificate_facts(certificate: Certificate, locale: str) -> dict[str, Any]:
    return {
        "number": certificate.number,
        "reference": certificate.reference,
        "name": pick(certificate.names, locale),
        "extends_warranty_months": certificate.extends_months,
        "months": certificate.months,
        "units": certificate.units - certificate.revoked_units,
        "left": certificate.left,
    }


def own_certificate_facts(certificate: Certificate, units: Sequence[CertifiedUnit], locale: str) -> dict[str, Any]:
    return {
        **certificate_facts(certificate, locale),
        "used": certificate.used,
        "order_number": certificate.order_number,
        "issued_at": certificate.issued_at,
        "devices": [
            CertifiedUnitOut(
                serial=unit.serial,
                name=pick(unit.names, locale),
                registered_at=unit.registered_at,
                starts_on=unit.starts_on,
                ends_on=unit.ends_on,
            )
            for unit in units
        ],
    }
