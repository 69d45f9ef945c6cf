"""What was bought and has been used can't go back: rooms above say which units of a line that are (CER-2, REF-7).

A service whose certificate is registered for a device is used. Whoever knows of such things is a guard: refunds asks it
what is left, and tells it in its own transaction what a refund takes and what a rejected one gives free again. So
using and refunding the same unit have one winner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUnits:
    """Units of a shipment line that a refund takes."""

    shipment_line_id: UUID
    quantity: int
    sku: str = ""


class Guard(Protocol):
    """All but `left` run in the refund's unit of work, with order and payment locked."""

    async def left(self, order_id: UUID) -> Mapping[UUID, int]:
        """{shipment_line_id: how many of its units may still go back}; lines that it doesn't know are absent."""

    async def take(self, units: Sequence[TakenUnits]) -> None:
        """They can't be used from now on. Raises ServiceUsed when they have been meanwhile."""

    async def free(self, units: Sequence[TakenUnits]) -> None:
        """They can be used again."""


_guards: list[Guard] = []


def guard_units(guard: Guard) -> None:
    """Said once per process, where everything is composed; again changes nothing."""
    if guard not in _guards:
        _guards.append(guard)


async def units_left(order_id: UUID) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for guard in _guards:
        for line_id, units in (await guard.left(order_id)).items():
            found[line_id] = min(units, found.get(line_id, units))
    return found


async def take_units(units: Sequence[TakenUnits]) -> None:
    """Raises ServiceUsed."""
    for guard in _guards:
        await guard.take(units)


async def free_units(units: Sequence[TakenUnits]) -> None:
    for guard in _guards:
        await guard.free(units)
