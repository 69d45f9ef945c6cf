"""Find units by the serial number that somebody typed, and help where it is not known (WAR-1, WAR-2)."""

from __future__ import annotations

from store.catalog.serial_numbers import look_alikes, read_serial
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.warranty.units import Unit, find_units


class UnknownSerial(StoreError):
    """Facts: serial, suggestions: look-alikes of what was typed, made without looking whether they exist."""

    code = "unknown_serial"
    status = 404
    title = N_("We don't know this serial number.")
    detail = N_(
        "We know no device with serial number {serial}. Please compare it with the label; a device that was bought"
        " elsewhere is known once it is registered."
    )


class DoubtfulSerial(UnknownSerial):
    """The same where signs may have been mixed up."""

    detail = N_(
        "We know no device with serial number {serial}. Please compare it with the label: some signs look alike. Is it"
        " one of these: {suggestions}?"
    )


async def units_with(typed: str) -> list[Unit]:
    """One unit, or those of several products with the same serial number; one statement.

    Raises InvalidSerial, UnknownSerial.
    """
    serial = read_serial(typed)
    units = await find_units(serial)
    if units:
        return units
    suggestions = look_alikes(serial)
    refusal = DoubtfulSerial if suggestions else UnknownSerial
    raise refusal(serial=serial, suggestions=suggestions)
