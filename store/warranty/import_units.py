"""Rows of makers and resellers: units that the store did not sell become known (WAR-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from store.catalog.serial_numbers import InvalidSerial, read_serial
from store.kernel import clock, db, outbox
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.markets import Market, UnknownMarket, all_markets, get_market
from store.markets.calendar import local_date
from store.warranty.import_outcome import ChunkOutcome
from store.warranty.passport import record_events
from store.warranty.read_cells import BadCell, ImportRow, read_past_date, refused

EARLIEST_DAYS = 15 * 365
AGAIN_SECONDS = 1.0
_NEW = {
    "id": "uuid",
    "serial": "text",
    "product_id": "uuid",
    "variant_id": "uuid",
    "manufacturer_id": "uuid",
    "market": "text",
    "warranty_starts_on": "date",
    "warranty_months": "int",
}


class NotSerialized(StoreError):
    """Facts: sku."""

    code = "not_serialized"
    status = 422
    title = N_("This article has no serial numbers.")
    detail = N_("Pieces of the article {sku} have no serial numbers, so they can't be made known one by one.")


class UnitKnownOtherwise(StoreError):
    """Facts: serial, sku, market, starts_on (what is known)."""

    code = "unit_known_otherwise"
    status = 409
    title = N_("This device is known with other data.")
    detail = N_("{serial} is known as article {sku}, market {market}, shipped on {starts_on}. Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    row: ImportRow
    serial: str
    sku: str
    market: Market
    shipped_on: date


async def import_units(rows: Sequence[ImportRow], outcome: ChunkOutcome) -> None:
    """Make the units of rows known, in the caller's unit of work; three statements for any number of rows.

    A unit that is known as the row says, or that the store sold itself, stays as it is.
    """
    items = [item for row in rows if (item := _read(row, outcome)) is not None]
    variants = await _variants(items)
    items = [item for item in items if _has_variant(item, variants, outcome)]
    known = await _known(items, variants)
    new = [item for item in items if _is_new(item, variants, known, outcome)]
    await _make(new, variants)
    outcome.new.update(item.row.number for item in new)


def _read(row: ImportRow, outcome: ChunkOutcome) -> _Item | None:
    """All cells are looked at, so that a row is told all its mistakes at once; None for one that has any."""
    serial, market, shipped_on = "", None, None
    if row["serial_number"]:
        try:
            serial = read_serial(row["serial_number"])
        except InvalidSerial as error:
            outcome.refuse(row, refused(error, "serial_number"))
    if row["market"]:
        try:
            market = get_market(row["market"])
        except UnknownMarket:
            codes = [each.code for each in all_markets()]
            outcome.refuse(row, BadCell("unknown_market", value=row["market"][:20], markets=codes).in_column("market"))
    if row["shipped_on"]:
        today = local_date(market or all_markets()[0], clock.now())
        try:
            shipped_on = read_past_date(row["shipped_on"], today=today, earliest=today - timedelta(days=EARLIEST_DAYS))
        except BadCell as error:
            outcome.refuse(row, error.in_column("shipped_on"))
    if row.number in outcome.failed or market is None or shipped_on is None:
        return None
    return _Item(row=row, serial=serial, sku=row["sku"], market=market, shipped_on=shipped_on)


async def _variants(items: Sequence[_Item]) -> dict[str, db.Row]:
    rows = await db.fetch(
        "select v.id, v.sku, v.serialized, v.product_id, p.manufacturer_id, p.warranty_months from variant v"
        " join product p on p.id = v.product_id where v.sku = any($1)",
        list({item.sku for item in items}),
    )
    return {row["sku"]: row for row in rows}


def _has_variant(item: _Item, variants: Mapping[str, db.Row], outcome: ChunkOutcome) -> bool:
    variant = variants.get(item.sku)
    if variant is None:
        outcome.refuse(item.row, BadCell("unknown_sku", value=item.sku[:60]).in_column("sku"))
    elif not variant["serialized"]:
        outcome.refuse(item.row, refused(NotSerialized(sku=item.sku), "sku"))
    return item.row.number not in outcome.failed


async def _known(items: Sequence[_Item], variants: Mapping[str, db.Row]) -> dict[tuple[UUID, str], db.Row]:
    rows = await db.fetch(
        "select u.product_id, u.serial, u.variant_id, u.market, u.origin, u.warranty_starts_on, v.sku from unit u"
        " join unnest($1::uuid[], $2::text[]) as n (product_id, serial)"
        " on n.product_id = u.product_id and n.serial = u.serial join variant v on v.id = u.variant_id",
        [variants[item.sku]["product_id"] for item in items],
        [item.serial for item in items],
    )
    return {(row["product_id"], row["serial"]): row for row in rows}


def _is_new(
    item: _Item, variants: Mapping[str, db.Row], known: Mapping[tuple[UUID, str], db.Row], outcome: ChunkOutcome
) -> bool:
    variant = variants[item.sku]
    unit = known.get((variant["product_id"], item.serial))
    if unit is None:
        return True
    facts = (variant["id"], item.market.code, item.shipped_on)
    if unit["origin"] == "sold" or (unit["variant_id"], unit["market"], unit["warranty_starts_on"]) == facts:
        outcome.same.add(item.row.number)
        return False
    error = UnitKnownOtherwise(
        serial=item.serial, sku=unit["sku"], market=unit["market"], starts_on=unit["warranty_starts_on"]
    )
    outcome.refuse(item.row, refused(error, "serial_number"))
    return False


async def _make(items: Sequence[_Item], variants: Mapping[str, db.Row]) -> None:
    if not items:
        return
    rows = [_unit(item, variants[item.sku]) for item in items]
    made = await db.fetch(
        f"insert into unit ({', '.join(_NEW)}, origin, status, status_at, created_at)"
        f" select n.*, 'imported', 'active', $9, $9 from unnest("
        f"{', '.join(f'${place}::{kind}[]' for place, kind in enumerate(_NEW.values(), 1))}) as n"
        " on conflict (product_id, serial) do nothing returning id",
        *([row[name] for row in rows] for name in _NEW),
        clock.now(),
    )
    if len(made) < len(rows):
        raise outbox.Later(AGAIN_SECONDS)  # One of them became known this very moment: look again.
    await record_events([(row["id"], {}) for row in rows], "imported")


def _unit(item: _Item, variant: db.Row) -> dict[str, Any]:
    return {
        "id": new_id(),
        "serial": item.serial,
        "product_id": variant["product_id"],
        "variant_id": variant["id"],
        "manufacturer_id": variant["manufacturer_id"],
        "market": item.market.code,
        "warranty_starts_on": item.shipped_on,
        "warranty_months": variant["warranty_months"] or item.market.policy.warranty_months,
    }
