"""Service certificates: what was bought for so many units, and what of it is left (CER-1, CER-2).

A certificate's `used` counts units that have its service; the database refuses more than it is for. Using it locks the
unit first and the certificate after it, certificates in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound
from store.warranty.certificate_errors import UnknownCertificate
from store.warranty.certificate_number import read_certificate_number

SHOWN_UNITS = 200  # of one certificate, in a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """`terms` as they were bought: {reference, units (of one piece), extends_warranty_months, months, and to whom it
    is limited: products, categories, manufacturers}. `revoked_units` were refunded, or withdrawn by customer service.
    """

    id: UUID
    number: str
    reference: str
    names: Mapping[str, str]
    terms: Mapping[str, Any]
    units: int
    used: int
    revoked_units: int
    order_id: UUID
    shipment_line_id: UUID
    order_number: str
    account_id: UUID | None
    partner_id: UUID | None
    email: str
    locale: str
    market: str
    issued_at: datetime

    @property
    def left(self) -> int:
        return self.units - self.used - self.revoked_units

    @property
    def extends_months(self) -> int:
        return int(self.terms.get("extends_warranty_months") or 0)

    @property
    def months(self) -> int | None:
        """How long a service that is no extension runs; None has no end."""
        months = self.terms.get("months")
        return int(months) if months else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedUnit:
    """A unit that has a certificate's service."""

    serial: str
    names: Mapping[str, str]
    registered_at: datetime
    starts_on: Any
    ends_on: Any


async def find_certificate(number: str) -> Certificate:
    """By its number as a person may have typed it. Raises UnknownCertificate."""
    found = await find_certificates([number])
    if number not in found:
        raise unknown(number)
    return found[number]


async def find_certificates(numbers: Sequence[str]) -> dict[str, Certificate]:
    """Those that exist by the numbers as they were typed, in one statement."""
    read = {number: read_certificate_number(number) for number in numbers}
    rows = await db.fetch("select * from certificate where number = any($1)", [each for each in read.values() if each])
    known = {row["number"]: certificate_of(row) for row in rows}
    return {number: known[kept] for number, kept in read.items() if kept in known}


def unknown(number: str) -> UnknownCertificate:
    return UnknownCertificate(number=number.strip()[:64], mistyped=read_certificate_number(number) is None)


async def get_certificate(certificate_id: UUID) -> Certificate:
    """Raises NotFound."""
    row = await db.fetchrow("select * from certificate where id = $1", certificate_id)
    if row is None:
        raise NotFound
    return certificate_of(row)


async def lock_certificates(ids: Iterable[UUID]) -> dict[UUID, Certificate]:
    """Those that exist, locked in the order of their ids, in a unit of work."""
    assert db.in_unit_of_work()
    rows = await db.fetch("select * from certificate where id = any($1) order by id for update", list(set(ids)))
    return {row["id"]: certificate_of(row) for row in rows}


async def certificates_of(
    *,
    account_id: UUID | None = None,
    partner_id: UUID | None = None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Certificate]:
    """An account's or a partner's, the newest first, from a keyset position (issued_at, id) on."""
    column, key = ("partner_id", partner_id) if partner_id else ("account_id", account_id)
    rows = await db.fetch(
        f"select * from certificate where {column} = $1 and ($2::timestamptz is null or (issued_at, id) < ($2, $3))"
        " order by issued_at desc, id desc limit $4",
        key,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [certificate_of(row) for row in rows]


async def certificates_of_buyer(
    *, email: str | None = None, order_number: str | None = None, limit: int = 100
) -> list[Certificate]:
    """Bought with an e-mail address, in an order, or both; the newest first. None of both finds nothing."""
    wanted = {
        "lower(email) = lower(${})": email,
        "order_id = (select id from sales_order where number = ${})": order_number,
    }
    named = {condition: value for condition, value in wanted.items() if value is not None}
    if not named:
        return []
    conditions = " and ".join(condition.format(place) for place, condition in enumerate(named, start=2))
    rows = await db.fetch(
        f"select * from certificate where {conditions} order by issued_at desc, id desc limit $1",
        limit,
        *named.values(),
    )
    return [certificate_of(row) for row in rows]


async def units_of_certificates(ids: Sequence[UUID]) -> dict[UUID, list[CertifiedUnit]]:
    """The units that have their services now, at most SHOWN_UNITS each, in one statement."""
    rows = await db.fetch(
        "select c.id as certificate_id, s.* from unnest($1::uuid[]) as c (id) cross join lateral ("
        "  select u.serial, p.names, s.registered_at, s.starts_on, s.ends_on from unit_service s"
        "  join unit u on u.id = s.unit_id join product p on p.id = u.product_id"
        "  where s.certificate_id = c.id and s.ended_at is null order by s.registered_at, s.id limit $2) s",
        list(ids),
        SHOWN_UNITS,
    )
    found: dict[UUID, list[CertifiedUnit]] = {certificate_id: [] for certificate_id in ids}
    for row in rows:
        values = {name: value for name, value in row.items() if name != "certificate_id"}
        found[row["certificate_id"]].append(CertifiedUnit(**values))
    return found


def certificate_of(row: db.Row) -> Certificate:
    return Certificate(**dict(row))
