"""Which items of a return the scanned ones are: by serial number, by position, or in place of which they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.catalog.serial_numbers import InvalidSerial, read_serial
from store.kernel import db
from store.rma.desk_errors import WhichUnit
from store.rma.find_returns import WholeReturn
from store.rma.statuses import Reception

KEPT_MAX = 64  # of a number that is none


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedUnit:
    """By `serial`, or by `position` in the return; both: an item of that number came in place of the one there.

    `other`: what came has no readable number and is not what was awaited. `accessories` are codes of what came along.
    """

    serial: str | None = None
    position: int | None = None
    other: bool = False
    accessories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`received_serial` is the number of what came instead, None when it is the item itself."""

    unit: db.Row
    reception: Reception
    received_serial: str | None
    accessories: tuple[str, ...]


def match_scans(whole: WholeReturn, scans: Sequence[ScannedUnit]) -> list[Match]:
    """One match per item, the last scan of an item counts. Raises WhichUnit, NotFound."""
    found: dict[int, Match] = {}
    for scan in scans:
        match = _match(whole, scan)
        found[match.unit["position"]] = match
    return list(found.values())


def _match(whole: WholeReturn, scan: ScannedUnit) -> Match:
    serial = _readable(scan.serial)
    own = next((unit for unit in whole.units if serial is not None and unit["serial"] == serial), None)
    if own is not None and scan.position in {None, own["position"]} and not scan.other:
        return Match(unit=own, reception=Reception.RECEIVED, received_serial=None, accessories=scan.accessories)
    place = whole.unit(scan.position) if scan.position is not None else _only_place(whole, serial)
    as_said = serial is None and not scan.other
    # A wrong delivery comes back as what it is: another item than the one that was ordered.
    expected = as_said or place["reason"] == "wrong_delivery"
    return Match(
        unit=place,
        reception=Reception.RECEIVED if expected else Reception.WRONG_ITEM,
        received_serial=serial,
        accessories=scan.accessories,
    )


def _readable(text: str | None) -> str | None:
    """What was scanned, in its one form; a number that is none is kept as it was read."""
    if text is None or not text.strip():
        return None
    try:
        return read_serial(text)
    except InvalidSerial:
        return " ".join(text.upper().split())[:KEPT_MAX]


def _only_place(whole: WholeReturn, serial: str | None) -> db.Row:
    """Where an unknown number must belong: the item that got it before, or the only one that is still awaited."""
    again = [unit for unit in whole.units if serial is not None and unit["received_serial"] == serial]
    awaited = [unit for unit in whole.units if unit["reception_status"] == Reception.AWAITED]
    for places in (again, awaited):
        if len(places) == 1:
            return places[0]
    raise WhichUnit(
        serial=serial or "–",
        awaited=[{"position": unit["position"], "item": unit["serial"] or unit["sku"]} for unit in awaited],
    )
