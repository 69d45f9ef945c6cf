"""Let funds go that nothing needs any more (REF-11)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.kernel import db
from store.payments.operations import plan_operation
from store.payments.tables import lock_payment

VOIDS_MAX = 5

# What is held is needed by the charges that it secures. What was not finished, or declined (which the payer may mend on
# the provider's page), is needed while a charge has nothing better.
_UNUSED = (
    "select a.* from payment_authorization a where a.provider_ref is not null and a.charge_ids <> '{}'"
    " and a.status in ('authorized', 'requires_action', 'declined')"
    " and not exists (select from charge c where c.id = any(a.charge_ids) and case when a.status = 'authorized'"
    "   then c.authorization_id = a.id and c.status in ('planned', 'secured', 'capturing')"
    "   else c.status in ('planned', 'capturing') end)"
)


async def void_if_unused(authorization_id: UUID) -> None:
    """Plan the void of an authorization unless a charge still needs it; in a unit of work, the payment locked."""
    await _void(await db.fetch(f"{_UNUSED} and a.id = $1", authorization_id))


async def void_unused_of_charges(charge_ids: Sequence[UUID]) -> None:
    """The same for all that was made for these charges."""
    await _void(await db.fetch(f"{_UNUSED} and a.charge_ids && $1::uuid[]", list(charge_ids)))


async def void_again(limit: int = 100) -> int:
    """What a provider refused to let go is asked for again, some times, instead of waiting for its expiry.

    A job of the schedule; returns how many were planned.
    """
    rows = await db.fetch(
        f"{_UNUSED} and (select count(*) from provider_operation o where o.subject_id = a.id and o.kind = 'void')"
        " between 1 and $1 and not exists (select from provider_operation o where o.subject_id = a.id"
        " and o.kind = 'void' and o.status not in ('failed', 'declined')) order by a.created_at limit $2",
        VOIDS_MAX - 1,
        limit,
    )
    for row in rows:
        async with db.unit_of_work():
            await lock_payment(row["payment_id"])
            await void_if_unused(row["id"])
    return len(rows)


async def _void(rows: list[db.Row]) -> None:
    for row in rows:
        await plan_void(row)


async def plan_void(authorization: db.Row, *, inline: bool = False) -> UUID | None:
    """Plan to let an authorization go, once; returns the operation, None when the provider knows nothing of it."""
    running: UUID | None = await db.fetchval(
        "select id from provider_operation where subject_id = $1 and kind = 'void'"
        " and status not in ('failed', 'declined')",
        authorization["id"],
    )
    if running is not None or authorization["provider_ref"] is None:
        return running
    return await plan_operation(
        payment_id=authorization["payment_id"],
        order_id=authorization["order_id"],
        provider=authorization["provider"],
        kind="void",
        subject_id=authorization["id"],
        inline=inline,
    )
