"""Files to import, as tests come by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from store.customers import Principal
from store.kernel import attachments, clock, db
from store.kernel.csv_files import write_csv
from store.kernel.ids import new_id
from store.warranty.certificate_number import new_certificate_number
from store.warranty.import_columns import columns_of
from store.warranty.import_failures import FailedRow, failures_of
from store.warranty.imports import ImportJob, StartImport, get_import, start_import

COLUMNS = [column.code for column in columns_of("registrations") if column.mandatory]
UNIT_COLUMNS = [column.code for column in columns_of("units")]
RESELLER = Principal(kind="partner", account_id=new_id(), partner_id=new_id(), display_name="Réseau Nord")
ALEX = Principal(kind="agent", account_id=new_id(), display_name="Alex Martin")


def registration(serial: str, certificate: str, **changes: str) -> dict[str, str]:
    """A row that is right."""
    return {
        "serial_number": serial,
        "certificate_number": certificate,
        "service_reference": "CARE-24M",
        "purchase_date": day(10),
        "first_name": "Zoé",
        "last_name": "Lefèvre",
        "email": f"{serial.lower()}@example.com",
        "company": "Lefèvre & fils",
        "address": "3 quai de l’Île",
        "postcode": "69001",
        "city": "Lyon",
        "phone": "04 78 00 00 00",
        "contact_preference": "email",
        **changes,
    }


def csv_of(rows: Iterable[Mapping[str, str]], columns: list[str] = COLUMNS, locale: str = "fr") -> bytes:
    return write_csv([columns, *([row.get(column, "") for column in columns] for row in rows)], locale=locale)


def day(days_ago: int = 0) -> str:
    """As French spreadsheets write it."""
    return f"{clock.today('Europe/Paris') - timedelta(days=days_ago):%d/%m/%Y}"


async def invoice(principal: Principal = RESELLER) -> UUID:
    """A proof of purchase, sent before."""
    content = b"%PDF-1.7 " + new_id().bytes
    kept = await attachments.keep_file(content, name="invoice.pdf", purpose="test", by=principal.identity)
    return kept.id


async def start(
    content: bytes, *, kind: Any = "registrations", principal: Principal = RESELLER, **facts: Any
) -> ImportJob:
    facts = {"file_name": "file.csv", "market": "FR", "locale": "fr", **facts}
    return await start_import(StartImport(kind=kind, content=content, principal=principal, **facts))


async def imported(desk: Any, content: bytes, **facts: Any) -> ImportJob:
    """The job when the worker is done with it."""
    job = await start(content, **facts)
    await desk.work()
    return await get_import(job.id)


def counts(job: ImportJob) -> tuple[int, int, int]:
    return job.rows_new, job.rows_same, job.rows_failed


async def codes(job: ImportJob) -> dict[int, list[tuple[str, str]]]:
    """{row: [(column, code)]} of the refused rows."""
    rows: list[FailedRow] = await failures_of(job.id, limit=1000)
    return {row.number: [(error.column, error.code) for error in row.errors] for row in rows}


async def known_units(serials: Iterable[str], *, sku: str = "HAL-D400-BLK", days_ago: int = 20) -> None:
    """Units that their maker told us of, many at once."""
    await db.execute(
        "insert into unit (id, serial, product_id, variant_id, manufacturer_id, origin, status, status_at, market,"
        " warranty_starts_on, warranty_months, created_at) select gen_random_uuid(), n.serial, p.id, v.id,"
        " p.manufacturer_id, 'imported', 'active', $3, 'FR', $4, 12, $3"
        " from unnest($1::text[]) as n (serial), variant v join product p on p.id = v.product_id where v.sku = $2",
        list(serials),
        sku,
        clock.now(),
        clock.today("Europe/Paris") - timedelta(days=days_ago),
    )


async def certificate_for(units: int, **changes: Any) -> str:
    """The number of a certificate for so many units, without an order behind it."""
    number = new_certificate_number()
    facts = {
        "reference": "CARE-24M",
        "names": {"en": "Care Plus"},
        "terms": {"reference": "CARE-24M", "extends_warranty_months": 24},
        "order_id": new_id(),
        "shipment_line_id": new_id(),
        "order_number": "FR-0000-0000",
        "email": "buyer@example.com",
        "locale": "fr",
        "market": "FR",
        **changes,
    }
    await db.insert("certificate", id=new_id(), number=number, units=units, issued_at=clock.now(), **facts)
    return number
