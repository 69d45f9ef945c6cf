"""Register units and their services for an owner: by the form, or row by row of an import (WAR-3, WAR-7, WAR-11).

Both go through `register_entries`, which reads and writes for all entries together. It locks units and then
certificates, each in the order of their ids, and decides under those locks: of two owners at once one wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from store.kernel import audit, clock, db, outbox
from store.kernel.attachments import link_files
from store.kernel.ids import new_id
from store.warranty.find_certificates import find_certificates, lock_certificates
from store.warranty.gather_cases import gather_cases
from store.warranty.passport import record_events
from store.warranty.registration import Entry, Holder, Outcome, RegisterUnit, Registrar, holder_json
from store.warranty.registration_errors import RegistrationRefused, SerialTwice, TooManyForForm
from store.warranty.registration_rules import Case, examine, examine_services, warranty_begins
from store.warranty.units import Unit, unit_day
from store.warranty.use_certificate import CertificateUse, use_certificates

outbox.declare("units.registered")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUnits:
    """What the form sends: the owner once, and up to the market's figure of units."""

    holder: Holder
    units: Sequence[RegisterUnit]
    registrar: Registrar


async def register_units(command: RegisterUnits) -> list[Outcome]:
    """All of the units or none. The same owner registering the same again gets the same answer.

    Raises TooManyForForm, RegistrationRefused (with what is wrong with each unit).
    """
    most = command.registrar.market.policy.form_units_max
    if len(command.units) > most:
        raise TooManyForForm(given=len(command.units), most=most)
    async with db.unit_of_work():
        entries = [Entry(holder=command.holder, unit=unit) for unit in command.units]
        outcomes = await register_entries(entries, command.registrar)
        mistakes = [
            {
                "field": f"units.{outcome.position}.{mistake.field}",
                "code": mistake.error.code,
                "message": mistake.error.detail or mistake.error.title,
                **mistake.error.facts,
            }
            for outcome in outcomes
            for mistake in outcome.mistakes
        ]
        if mistakes:
            raise RegistrationRefused(errors=mistakes)
        notice_id = new_id()  # A service that is added to a batch is a notice of its own.
        for batch_id in sorted({outcome.batch_id for outcome in outcomes if outcome.new and outcome.batch_id}):
            await outbox.stage("units.registered", batch_id=batch_id, notice_id=notice_id)
        if command.registrar.staff:
            await _audit(outcomes, command.registrar)
    return outcomes


async def register_entries(entries: Sequence[Entry], registrar: Registrar) -> list[Outcome]:
    """In a unit of work: register what can be, and say what is wrong with the rest; some twenty statements in all.

    The caller tells `units.registered` of the batches: one for each owner, and of an import one for all its chunks.
    """
    cases = await gather_cases(entries, registrar)
    await _decide(cases, registrar)
    new = [case for case in cases if not case.mistakes and case.current and case.current.get("new")]
    served = [case for case in cases if not case.mistakes and case.certificates]
    await _drop_unused([case for case in cases if case.made])
    await _insert(new, registrar)
    refused = await use_certificates(
        [_use(case, each.id) for case in served for each in case.certificates] if served else []
    )
    for error in refused.values():  # They were examined under the same locks.
        raise error
    return [_outcome(case) for case in cases]


async def _audit(outcomes: Sequence[Outcome], registrar: Registrar) -> None:
    """What customer service registers for an owner (ACC-4)."""
    new = [outcome for outcome in outcomes if outcome.new]
    if new and new[0].batch_id:
        serials = [outcome.serial for outcome in new]
        await audit.record(registrar.actor, "register_units", "registration", new[0].batch_id, serials=serials)


async def _decide(cases: Sequence[Case], registrar: Registrar) -> None:
    """One after the other, so that a unit or certificate that stands in several entries is decided as it should."""
    found = await find_certificates(list({each for case in cases for each in case.entry.unit.certificates}))
    locked = await lock_certificates(certificate.id for certificate in found.values())
    units: dict[UUID, Unit] = {}
    owners: dict[UUID, Mapping[str, Any]] = {}
    batches: dict[str, UUID] = {}
    for case in cases:
        if case.mistakes or case.unit is None:
            continue
        case.unit = units.get(case.unit.id, case.unit)
        seen = case.unit.id in owners
        case.first = case.first and not seen
        case.current = owners.get(case.unit.id, case.current)
        examine(case, registrar)
        case.unit = replace(case.unit, warranty_starts_on=warranty_begins(case, registrar))
        if not any(mistake.field == "serial" for mistake in case.mistakes):  # Else it isn't theirs to be served.
            examine_services(case, found, locked, unit_day(case.unit))
        if seen and not case.certificates and not case.mistakes:
            case.refuse("serial", SerialTwice(serial=case.serial))
        if not case.mistakes:
            case.first = False
            case.current = {**case.current, "new": False} if case.current else _registration(case, registrar, batches)
            units[case.unit.id], owners[case.unit.id] = case.unit, case.current


def _registration(case: Case, registrar: Registrar, batches: dict[str, UUID]) -> Mapping[str, Any]:
    assert case.unit
    holder = case.entry.holder
    return {
        "id": new_id(),
        "new": True,
        "unit_id": case.unit.id,
        "batch_id": batches.setdefault(holder.email.lower(), _batch_id(registrar, holder)),
        "account_id": None if registrar.staff else registrar.account_id,
        "partner_id": registrar.partner_id,
        "holder": holder_json(holder),
        "holder_email": holder.email,
        "purchased_on": case.entry.unit.purchased_on or case.unit.warranty_starts_on,
        "attachment_ids": [str(each) for each in dict.fromkeys(case.entry.unit.attachment_ids)],
    }


def _batch_id(registrar: Registrar, holder: Holder) -> UUID:
    return uuid5(registrar.import_id, holder.email.lower()) if registrar.import_id else new_id()


async def _drop_unused(made: Sequence[Case]) -> None:
    """Units that would have come into being for entries that are refused after all."""
    kept = {case.unit.id for case in made if case.unit and not case.mistakes}
    unused = {case.unit.id for case in made if case.unit} - kept
    if unused:
        await db.execute("delete from unit where id = any($1)", list(unused))


_INSERT = """
insert into registration (id, unit_id, batch_id, account_id, partner_id, holder, holder_email, purchased_on,
                          attachment_ids, locale, market, registered_by, registered_at, import_id)
select r.*, $2, $3, $4, $5, $6 from jsonb_to_recordset($1) as r (id uuid, unit_id uuid, batch_id uuid, account_id uuid,
  partner_id uuid, holder jsonb, holder_email text, purchased_on date, attachment_ids uuid[])
"""


async def _insert(new: Sequence[Case], registrar: Registrar) -> None:
    if not new:
        return
    rows = [case.current for case in new if case.current]
    values = (registrar.locale, registrar.market.code, registrar.actor, clock.now(), registrar.import_id)
    await _begin_warranties(new)
    await db.execute(_INSERT, rows, *values)
    await record_events([(case.unit.id, {}) for case in new if case.unit and case.made], "made_known")
    await record_events([(case.unit.id, {}) for case in new if case.unit], "registered")
    if registrar.import_id is None:
        files = {each for case in new for each in case.entry.unit.attachment_ids}
        await link_files(files, owner_kind="registration", owner_id=rows[0]["batch_id"])


async def _begin_warranties(new: Sequence[Case]) -> None:
    """From the purchase that was proven, where that is when it begins."""
    begins: dict[UUID, date] = {case.unit.id: case.unit.warranty_starts_on for case in new if case.unit}
    await db.execute(
        "update unit u set warranty_starts_on = n.starts_on from unnest($1::uuid[], $2::date[]) as n (id, starts_on)"
        " where u.id = n.id and u.warranty_starts_on <> n.starts_on",
        list(begins),
        list(begins.values()),
    )


def _use(case: Case, certificate_id: UUID) -> CertificateUse:
    assert case.unit
    assert case.current
    return CertificateUse(
        certificate_id=certificate_id,
        unit_id=case.unit.id,
        registration_id=case.current["id"],
        as_of=unit_day(case.unit),
    )


def _outcome(case: Case) -> Outcome:
    if case.mistakes or case.unit is None or case.current is None:
        return Outcome(position=case.position, serial=case.serial, mistakes=tuple(case.mistakes))
    return Outcome(
        position=case.position,
        serial=case.serial,
        unit_id=case.unit.id,
        registration_id=case.current["id"],
        batch_id=case.current["batch_id"],
        new=bool(case.current["new"] or case.certificates),
    )
