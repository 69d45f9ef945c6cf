"""What is known of the units that somebody wants to register: read for all of them together, and locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from store.catalog.serial_numbers import InvalidSerial, look_alikes, read_serial
from store.kernel import clock, db
from store.kernel.attachments import load_files
from store.kernel.i18n import DEFAULT_LOCALE, pick
from store.kernel.ids import new_id
from store.markets import get_market
from store.markets.calendar import local_date
from store.warranty.registration import Entry, Registrar
from store.warranty.registration_errors import (
    AttachmentNotYours,
    DeviceNotKnown,
    SerialOfSeveralProducts,
    UnknownProduct,
)
from store.warranty.registration_rules import (
    Case,
    proof_missing,
    purchase_date_missing,
    purchased_in_future,
    purchased_too_long_ago,
)
from store.warranty.units import Unit, lock_units

SHOWN_MAX = 60

# A SKU is its variant; a slug is the product's first variant, the serialised ones before others.
_PRODUCTS = """
select distinct on (named) named, product_id, variant_id, manufacturer_id, warranty_months
from (select v.sku as named, 1 as rank, v.position, v.product_id, v.id as variant_id, v.serialized from variant v
      where v.sku = any($1)
      union all
      select p.slug, 2, v.position, v.product_id, v.id, v.serialized from product p
      join variant v on v.product_id = p.id where p.slug = any($1)) found
join (select id, manufacturer_id, warranty_months, kind from product) p on p.id = product_id and p.kind <> 'service'
order by named, rank, serialized desc, position
"""
_MAKE = """
insert into unit (id, serial, product_id, variant_id, manufacturer_id, warranty_starts_on, warranty_months, origin,
                  status, status_at, market, created_at)
select n.*, 'registered', 'active', $8, $9, $8
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::date[], $7::int[]) as n
on conflict (product_id, serial) do nothing returning id
"""


async def gather_cases(entries: Sequence[Entry], registrar: Registrar) -> list[Case]:
    """In a unit of work: a case for each entry, in order, its unit locked; those that can't have one are refused.

    A unit that nobody told us of comes into being when its owner names product, day and proof of purchase (WAR-11).
    """
    today = local_date(registrar.market, clock.now())
    cases = [Case(position=position, entry=entry, today=today) for position, entry in enumerate(entries)]
    await _check_files(cases, registrar)
    for case in cases:
        try:
            case.serial = read_serial(case.entry.unit.serial)
        except InvalidSerial as error:
            case.refuse("serial", error)
    await _find_products(cases)
    readable = [case for case in cases if case.serial]
    ids = await _find_units(readable)
    missing = [case for case in readable if case.position not in ids and not case.mistakes]
    made = await _make_units(missing, registrar)
    ids |= await _find_units([case for case in missing if not case.mistakes])
    await _load_facts(cases, ids)
    for case in cases:
        case.made = case.unit is not None and case.unit.id in made
    return cases


async def _check_files(cases: Sequence[Case], registrar: Registrar) -> None:
    """Files of an import were checked with it; others have to be the caller's."""
    wanted = {each for case in cases for each in case.entry.unit.attachment_ids}
    if not wanted or registrar.import_id is not None:
        return
    files = await load_files(wanted)
    own = {each for each, file in files.items() if registrar.staff or file.kept_by == registrar.identity}
    for case in cases:
        if not own.issuperset(case.entry.unit.attachment_ids):
            case.refuse("attachment_ids", AttachmentNotYours())


async def _find_products(cases: Sequence[Case]) -> None:
    named = {case.entry.unit.product.strip() for case in cases if case.entry.unit.product}
    if not named:
        return
    rows = {row["named"]: row for row in await db.fetch(_PRODUCTS, list(named | {each.upper() for each in named}))}
    for case in cases:
        if case.entry.unit.product:
            product = case.entry.unit.product.strip()
            case.product = rows.get(product) or rows.get(product.upper())
            if case.product is None:
                case.refuse("product", UnknownProduct(product=product[:SHOWN_MAX]))


async def _find_units(cases: Iterable[Case]) -> dict[int, UUID]:
    """The unit's id by the case's position; several products with one serial number need the product named."""
    wanted = list(cases)
    rows = await db.fetch(
        "select u.id, u.serial, u.product_id, p.names from unit u join product p on p.id = u.product_id"
        " where u.serial = any($1) order by u.created_at, u.id",
        list({case.serial for case in wanted}),
    )
    by_serial: dict[str, list[db.Row]] = {}
    for row in rows:
        by_serial.setdefault(row["serial"], []).append(row)
    ids = {}
    for case in wanted:
        found = by_serial.get(case.serial, [])
        product_id = case.product["product_id"] if case.product else None
        fitting = [row for row in found if row["product_id"] == product_id] or found
        if len(fitting) == 1:
            ids[case.position] = fitting[0]["id"]
        elif fitting:
            names = [pick(row["names"], DEFAULT_LOCALE) for row in fitting]
            case.refuse("product", SerialOfSeveralProducts(serial=case.serial, products=names))
    return ids


async def _make_units(cases: Sequence[Case], registrar: Registrar) -> set[UUID]:
    """The units that came into being. One that somebody else makes at this moment is not among them."""
    for case in cases:
        _check_unknown(case, registrar)
    wanted = {
        (case.serial, case.product["product_id"]): (case.product, case.entry.unit.purchased_on)
        for case in cases
        if case.product and not case.mistakes
    }
    if not wanted:
        return set()
    keys = sorted(wanted)  # in one order, so that two who make the same ones don't wait for each other
    products = [wanted[key][0] for key in keys]
    rows = await db.fetch(
        _MAKE,
        [new_id() for _ in keys],
        [serial for serial, _ in keys],
        [product_id for _, product_id in keys],
        *([product[name] for product in products] for name in ("variant_id", "manufacturer_id")),
        [wanted[key][1] for key in keys],
        [product["warranty_months"] or registrar.market.policy.warranty_months for product in products],
        clock.now(),
        registrar.market.code,
    )
    return {row["id"] for row in rows}


def _check_unknown(case: Case, registrar: Registrar) -> None:
    if case.product is None:
        case.refuse("serial", DeviceNotKnown(serial=case.serial, suggestions=look_alikes(case.serial)))
        return
    for name, rule in (
        ("purchased_on", purchase_date_missing),
        ("purchased_on", purchased_in_future),
        ("purchased_on", purchased_too_long_ago),
        ("attachment_ids", proof_missing),
    ):
        if error := rule(case, registrar):
            case.refuse(name, error)


async def _load_facts(cases: Sequence[Case], ids: Mapping[int, UUID]) -> None:
    """Under the units' locks: what they are, who has registered them, and when we sold them."""
    units = await lock_units(sorted(set(ids.values())))
    known: dict[UUID, list[db.Row]] = {}
    for row in await db.fetch("select * from registration where unit_id = any($1)", list(units)):
        known.setdefault(row["unit_id"], []).append(row)
    orders = await _orders({unit.order_id for unit in units.values() if unit.order_id})
    for case in cases:
        if case.position in ids:
            unit = units[ids[case.position]]
            registrations = known.get(unit.id, [])
            case.unit = unit
            case.first = not registrations
            case.current = next((dict(row) for row in registrations if row["ended_at"] is None), None)
            order = orders.get(unit.order_id) if unit.order_id else None
            case.sold_on = _sold_on(unit, order)
            case.sold_to_partner_id = order["partner_id"] if order else None


async def _orders(ids: Iterable[UUID]) -> dict[UUID, db.Row]:
    rows = await db.fetch("select id, market, placed_at, partner_id from sales_order where id = any($1)", list(ids))
    return {row["id"]: row for row in rows}


def _sold_on(unit: Unit, order: db.Row | None) -> date:
    """Who bought from us may give the day of the order, too."""
    if order is None:
        return unit.warranty_starts_on
    return min(unit.warranty_starts_on, local_date(get_market(order["market"]), order["placed_at"]))
