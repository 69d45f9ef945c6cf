"""Transition tables: which status may follow which, checked before every compare-and-set."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from store.kernel.errors import WrongState

S = TypeVar("S", bound=StrEnum)


class Machine(Generic[S]):
    """The statuses of one kind of object and the steps between them."""

    def __init__(self, name: str, steps: Mapping[S, set[S]]) -> None:
        self.name = name
        self.steps = steps
        unknown = {after for afters in steps.values() for after in afters} - set(steps)
        if unknown:
            msg = f"{name}: steps lead to statuses that have no row: {sorted(unknown)}"
            raise ValueError(msg)

    def allows(self, before: S, after: S) -> bool:
        return after in self.steps[before]

    def check(self, before: S, after: S) -> None:
        """Raise WrongState unless the step is in the table."""
        if not self.allows(before, after):
            raise WrongState(object=self.name, state=before, target=after)

    def sources(self, after: S) -> list[str]:
        """Every status from which `after` can be reached: the WHERE of a compare-and-set."""
        return [before.value for before, afters in self.steps.items() if after in afters]

    def final(self, status: S) -> bool:
        return not self.steps[status]
