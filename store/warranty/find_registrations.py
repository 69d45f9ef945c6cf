"""Reading registrations: one's own, those of a unit, those of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound

# What was registered by the account itself, and by anybody for the e-mail address that the account has proven. Each
# branch is a look into one index.
_OF_ACCOUNT = """
select * from (
    (select * from registration where account_id = $1 and ($2::timestamptz is null or (registered_at, id) < ($2, $3))
     order by registered_at desc, id desc limit $4)
    union
    (select r.* from registration r where lower(r.holder_email) = (
        select lower(email) from account where id = $1 and kind = 'customer' and email_verified_at is not null)
     and ($2::timestamptz is null or (r.registered_at, r.id) < ($2, $3))
     order by r.registered_at desc, r.id desc limit $4)
) own order by registered_at desc, id desc limit $4
"""
_OF_PARTNER = """
select * from registration where partner_id = $1 and ($2::timestamptz is null or (registered_at, id) < ($2, $3))
order by registered_at desc, id desc limit $4
"""


async def registrations_of(
    *,
    account_id: UUID,
    partner_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 25,
) -> list[db.Row]:
    """A customer's own, or all that a partner's people registered, the newest first; those that ended are among them.

    From a keyset position (registered_at, id) on.
    """
    sql, key = (_OF_PARTNER, partner_id) if partner_id else (_OF_ACCOUNT, account_id)
    return await db.fetch(sql, key, after[0] if after else None, after[1] if after else None, limit)


async def get_registration(registration_id: UUID) -> db.Row:
    """Raises NotFound."""
    row = await db.fetchrow("select * from registration where id = $1", registration_id)
    if row is None:
        raise NotFound
    return row


async def registrations_of_units(unit_ids: Sequence[UUID]) -> list[db.Row]:
    """The newest first, in one statement."""
    return await db.fetch(
        "select * from registration where unit_id = any($1) order by registered_at desc, id desc", list(unit_ids)
    )


async def registrations_of_batch(batch_id: UUID) -> list[db.Row]:
    return await db.fetch("select * from registration where batch_id = $1 order by registered_at, id", batch_id)
