"""What becomes of a chunk of rows of an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.warranty.read_cells import BadCell, CellError, ImportRow, missing_cells


@dataclass(slots=True)
class ChunkOutcome:
    """`new` and `same` are rows by their numbers; every row ends in one of the three.

    `uses` counts rows by the certificate (id) that they used: a dry run carries it to its next chunk.
    """

    new: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    failed: dict[int, list[CellError]] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> set[int]:
        return self.new | self.same | set(self.failed)

    def refuse(self, row: ImportRow, *errors: CellError) -> None:
        if errors:
            self.failed.setdefault(row.number, []).extend(errors)


def first_look(rows: Sequence[ImportRow], mandatory: Sequence[str], repeated: Mapping[int, int]) -> ChunkOutcome:
    """What is wrong with rows before anything is looked up: empty cells, and devices that stand there twice."""
    outcome = ChunkOutcome()
    for row in rows:
        outcome.refuse(row, *missing_cells(row, mandatory))
        if row.number in repeated:
            outcome.refuse(row, BadCell("duplicate_row", row=repeated[row.number]).in_column("serial_number"))
    return outcome
