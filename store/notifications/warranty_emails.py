"""The confirmation of registered devices: to their owner, and to the partner who registered them (WAR-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from store.customers.accounts import get_account
from store.kernel import db
from store.kernel.i18n import pick
from store.markets import get_market
from store.notifications import kinds
from store.notifications.letterhead import letterhead
from store.notifications.write_email import is_written, write_email
from store.warranty import Unit, coverage, load_units, unit_day
from store.warranty.find_registrations import registrations_of_batch
from store.warranty.registration_notes import registration_notes

SHOWN_MOST = 200  # devices of one e-mail; the rest is counted


async def on_units_registered(batch_id: str, notice_id: str = "") -> None:
    """Consumer of units.registered: one e-mail for all devices of a batch, and again when a service is added."""
    key = f"units.registered:{batch_id}:{notice_id}"
    rows = [row for row in await registrations_of_batch(UUID(batch_id)) if row["ended_at"] is None]
    if not rows:
        return
    units = await load_units(row["unit_id"] for row in rows[:SHOWN_MOST])
    first = rows[0]
    # Whoever registers as a guest has proven no address: nothing that was written freely is sent to it.
    name = _full_name(first["holder"]) if first["account_id"] else ""
    await _write(f"{key}:holder", first["holder_email"], first["locale"], name, rows, units)
    if first["partner_id"] is not None and first["account_id"] is not None and first["import_id"] is None:
        account = await get_account(first["account_id"])
        if account.email.lower() != first["holder_email"].lower():
            await _write(f"{key}:partner", account.email, account.locale, account.name, rows, units)


async def _write(
    key: str, recipient: str, locale: str, name: str, rows: Sequence[db.Row], units: Mapping[UUID, Unit]
) -> None:
    if await is_written(key):
        return
    shown = [units[row["unit_id"]] for row in rows[:SHOWN_MOST]]
    await write_email(
        key=key,
        kind=kinds.UNIT_REGISTERED,
        recipient=recipient,
        locale=locale,
        context=registered_context(
            rows[0]["market"], locale, name, [(unit, unit_day(unit)) for unit in shown], len(rows)
        ),
    )


def registered_context(
    market_code: str, locale: str, name: str, shown: Sequence[tuple[Unit, date]], count: int
) -> dict[str, Any]:
    """`shown` are devices, each with its today; `count` is how many were registered in all."""
    market = get_market(market_code)
    late_days = market.policy.late_registration_days
    return {
        "subject_facts": {},
        "name": name,
        **letterhead(market, locale),
        "devices": [_device(unit, today, locale, late_days) for unit, today in shown],
        "count": count,
        "more": count - len(shown),
    }


def _device(unit: Unit, today: date, locale: str, late_days: int) -> dict[str, Any]:
    """`sentence` and `notes` are marked for translation, with their facts."""
    seen = coverage(unit, today)
    return {
        "name": pick(unit.names, locale),
        "serial": unit.serial,
        "sentence": seen.sentence,
        "facts": dict(seen.facts),
        "services": [
            {"name": pick(service.names, locale), "starts_on": service.starts_on, "ends_on": service.ends_on}
            for service in seen.services
        ],
        "notes": [
            {"sentence": note.sentence, "facts": _named(note.facts, locale)}
            for note in registration_notes(unit, today, late_days=late_days)
        ],
    }


def _named(facts: Mapping[str, Any], locale: str) -> dict[str, Any]:
    return {name: pick(value, locale) if isinstance(value, Mapping) else value for name, value in facts.items()}


def _full_name(holder: Mapping[str, Any]) -> str:
    return f"{holder.get('first_name', '')} {holder.get('last_name', '')}".strip()
