"""Every process follows the clock that the demo moves: its offset stands in one row of the database."""

from __future__ import annotations

from datetime import timedelta

from store.kernel import clock, db


async def follow() -> timedelta:
    """Take over the stored offset, and give it."""
    seconds = await db.fetchval("select offset_seconds from clock_offset")
    offset = timedelta(seconds=seconds or 0)
    if offset != clock.offset():
        clock.set_offset(offset)
    return offset
