"""Gapless numbers for documents that law wants without a hole: credit notes, invoices (REF-8, DOC-3)."""

from __future__ import annotations

from store.kernel import db


async def next_number(legal_entity: str, kind: str, year: int) -> int:
    """The next number of this entity, kind and year. Taken only in a unit of work, and given back if it fails.

    The row stays locked until the transaction ends, so numbers are handed out one after the other.
    """
    assert db.in_unit_of_work()
    number: int = await db.fetchval(
        "insert into number_sequence as known (legal_entity, kind, year, last_number) values ($1, $2, $3, 1)"
        " on conflict (legal_entity, kind, year) do update set last_number = known.last_number + 1"
        " returning last_number",
        legal_entity,
        kind,
        year,
    )
    return number
