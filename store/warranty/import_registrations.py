"""Rows of registrations, each with a device and its owner: by the same rules as the form (WAR-7, WAR-8, WAR-11)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from store.catalog.serial_numbers import InvalidSerial, read_serial
from store.kernel import db, outbox
from store.kernel.ids import new_id
from store.markets import get_market
from store.warranty.find_certificates import find_certificates
from store.warranty.import_outcome import ChunkOutcome
from store.warranty.imports import ImportJob
from store.warranty.read_cells import BadCell, CellError, ImportRow, read_date, read_preference, refused
from store.warranty.read_holder import read_holder
from store.warranty.register_units import register_entries
from store.warranty.registration import Entry, Holder, Mistake, Outcome, RegisterUnit, Registrar
from store.warranty.registration_errors import InvalidHolder

# Fields of the form → columns of the file; a field without one is about the whole row.
_COLUMNS = {
    "serial": "serial_number",
    "product": "sku",
    "purchased_on": "purchase_date",
    "service_reference": "service_reference",
    "certificates": "certificate_number",
}


async def import_registrations(job: ImportJob, rows: Sequence[ImportRow], outcome: ChunkOutcome) -> None:
    """Register what the rows say, in the caller's unit of work. A device may stand in several rows, one per service."""
    entries = await asyncio.to_thread(_read_all, job, rows, outcome)
    registrar = Registrar(
        market=get_market(job.market),
        locale=job.locale,
        actor=job.asked_by,
        identity=job.identity,
        account_id=job.account_id,
        partner_id=job.partner_id,
        staff=job.by_staff,
        import_id=job.id,
    )
    done = await register_entries([entry for _, entry in entries], registrar)
    await _announce_services(done, job)
    for (row, _), result in zip(entries, done, strict=True):
        if result.mistakes:
            outcome.refuse(row, *(_mistake(mistake) for mistake in result.mistakes))
        elif result.new:
            outcome.new.add(row.number)
        else:
            outcome.same.add(row.number)


async def announce_registrations(job: ImportJob) -> None:
    """WAR-10: each owner hears of all devices of the import at once, when it has ended."""
    if job.kind == "registrations" and not job.dry_run:
        rows = await db.fetch("select distinct batch_id from registration where import_id = $1", job.id)
        await outbox.stage_all("units.registered", [{"batch_id": row["batch_id"], "notice_id": job.id} for row in rows])


async def certificates_used(rows: Sequence[ImportRow], outcome: ChunkOutcome) -> Counter[str]:
    """How many rows have used which certificate (by id): every new one has used its own."""
    numbers = Counter(row["certificate_number"] for row in rows if row.number in outcome.new)
    found = await find_certificates(list(numbers))
    used: Counter[str] = Counter()
    for number, count in numbers.items():
        used[str(found[number].id)] += count
    return used


async def set_aside(rows: Sequence[ImportRow], carried: Mapping[str, int]) -> None:
    """For a dry run, in its unit of work: what its earlier rows would have used of certificates is not there any more.

    Units are locked before certificates, as everywhere.
    """
    if not carried:
        return
    serials = {serial for row in rows if (serial := _serial(row)) is not None}
    await db.fetch("select from unit where serial = any($1) order by id for update", list(serials))
    await db.fetch("select from certificate where id = any($1::uuid[]) order by id for update", list(carried))
    await db.execute(
        "update certificate c set used = least(c.units - c.revoked_units, c.used + n.used)"
        " from unnest($1::uuid[], $2::int[]) as n (id, used) where c.id = n.id",
        list(carried),
        list(carried.values()),
    )


async def _announce_services(done: Sequence[Outcome], job: ImportJob) -> None:
    """Services that were added to devices of earlier registrations."""
    ids = [each.registration_id for each in done if each.new and each.registration_id]
    rows = await db.fetch(
        "select distinct batch_id from registration where id = any($1) and import_id is distinct from $2", ids, job.id
    )
    await outbox.stage_all("units.registered", [{"batch_id": row["batch_id"], "notice_id": new_id()} for row in rows])


def _read_all(job: ImportJob, rows: Sequence[ImportRow], outcome: ChunkOutcome) -> list[tuple[ImportRow, Entry]]:
    """Those whose cells can be read; the others are refused, each with all that is wrong in its cells."""
    country = get_market(job.market).home_country
    entries = []
    for row in rows:
        entry = _read(row, country, tuple(job.attachment_ids), outcome)
        if row.number not in outcome.failed and entry is not None:
            entries.append((row, entry))
    return entries


def _read(row: ImportRow, country: str, files: tuple[UUID, ...], outcome: ChunkOutcome) -> Entry | None:
    known = {error.column for error in outcome.failed.get(row.number, ())}
    holder, errors = _holder(row, country)
    if row["serial_number"]:
        try:
            read_serial(row["serial_number"])
        except InvalidSerial as error:
            errors.append(refused(error, "serial_number"))
    purchased_on: date | None = None
    try:
        purchased_on = read_date(row["purchase_date"])
    except BadCell as error:
        errors.append(error.in_column("purchase_date"))
    outcome.refuse(row, *(error for error in errors if error.column not in known))
    if holder is None or purchased_on is None:
        return None
    unit = RegisterUnit(
        serial=row["serial_number"],
        purchased_on=purchased_on,
        product=row["sku"] or None,
        certificates=(row["certificate_number"],),
        service_reference=row["service_reference"],
        attachment_ids=files,
    )
    return Entry(holder=holder, unit=unit)


def _holder(row: ImportRow, country: str) -> tuple[Holder | None, list[CellError]]:
    raw = {name: row[name] for name in Holder.__slots__}
    raw["country"] = row["country"] or country
    raw["contact_preference"] = read_preference(row["contact_preference"])
    try:
        return read_holder(raw, company_required=True), []
    except InvalidHolder as error:
        mistakes = error.facts["errors"]
        return None, [
            CellError(column=each["field"], code=each["code"], text=each["message"], facts={}) for each in mistakes
        ]


def _serial(row: ImportRow) -> str | None:
    try:
        return read_serial(row["serial_number"])
    except InvalidSerial:
        return None


def _mistake(mistake: Mistake) -> CellError:
    return refused(mistake.error, _COLUMNS.get(mistake.field.partition(".")[0], ""))
