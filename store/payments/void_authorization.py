"""Let funds go that nothing needs any more (REF-11)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db
from store.payments.operations import plan_operation

# A charge counts on what secures it; while the payer may still act, it counts on what is meant to secure it. One that
# was declined can be paid on the provider's page after all, so that it is let go as well.
_UNUSED = (
    "select a.* from payment_authorization a where a.provider_ref is not null and a.charge_ids <> '{}'"
    " and a.status in ('authorized', 'requires_action', 'declined')"
    " and not exists (select from charge c where c.id = any(a.charge_ids)"
    "   and (c.authorization_id = a.id or a.status <> 'authorized')"
    "   and c.status in ('planned', 'secured', 'capturing'))"
)


async def void_if_unused(authorization_id: UUID) -> None:
    """Plan the void of an authorization unless a charge still needs it; in a unit of work, the payment locked."""
    await _void(await db.fetch(f"{_UNUSED} and a.id = $1", authorization_id))


async def void_unused_of_charge(charge_id: UUID) -> None:
    """The same for all that was made for this charge."""
    await _void(await db.fetch(f"{_UNUSED} and a.charge_ids @> array[$1::uuid]", charge_id))


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
