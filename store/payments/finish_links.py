"""End the payment links of charges that need no payment any more."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.kernel import clock, db


async def finish_links(charge_ids: Sequence[UUID], *, used: bool) -> int:
    """Consume (`used`) or close the open links of these charges, each once; in the current unit of work."""
    column = "used_at" if used else "closed_at"
    return await db.execute(
        f"update payment_link set {column} = $2 where charge_id = any($1) and used_at is null and closed_at is null",
        list(charge_ids),
        clock.now(),
    )
