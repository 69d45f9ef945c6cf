"""Refresh a session: a new pair for a refresh token that is used up by it (ACC-1).

A token that comes a second time has been copied: nobody can say which of the two is the thief, so the family ends and
its owner signs in again. One thing is no theft: a page that sends the same request twice within a moment (two tabs, a
dropped connection). Within GRACE it is given the same next refresh token again, as that is derived from the one that
was sent. So a family never has two living refresh tokens; a thief who is that fast holds the same token as its owner,
and the next use of both gives him away.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from store.customers.accounts import get_account
from store.customers.authenticate import forget_authentications
from store.customers.refresh_token import family_of, next_refresh_token
from store.customers.sessions import Session, open_access
from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import hash_token

GRACE = timedelta(seconds=10)


class SessionOver(StoreError):
    code = "session_over"
    status = 401
    title = N_("Your session is over.")
    detail = N_("Please sign in again.")


async def refresh_session(refresh_token: str) -> Session:
    """A new access token and the next refresh token; the session's end stays what it was. Raises SessionOver."""
    session = None
    async with db.unit_of_work():
        family = await _lock_family(refresh_token)
        if family is not None:
            session = await _rotate(family, refresh_token)
    if session is None:  # The end of the family is committed before its owner is told.
        raise SessionOver
    return session


async def _lock_family(refresh_token: str) -> db.Row | None:
    """The living family of the token, locked: the same token at the same time is answered one by one."""
    family_id = family_of(refresh_token)
    if family_id is None:
        return None
    return await db.fetchrow(
        "select f.* from session_family f join account a on a.id = f.account_id where f.id = $1"
        " and f.revoked_at is null and f.ends_at > $2 and a.disabled_at is null for update of f",
        family_id,
        clock.now(),
    )


async def _rotate(family: db.Row, refresh_token: str) -> Session | None:
    now = clock.now()
    sent = hash_token(refresh_token)
    following = next_refresh_token(refresh_token, family["id"])
    if hmac.compare_digest(sent, family["refresh_hash"]):
        await db.execute(
            "update session_family set previous_hash = refresh_hash, refresh_hash = $2, rotated_at = $3 where id = $1",
            family["id"],
            hash_token(following),
            now,
        )
    elif not (_is_previous(sent, family) and now - family["rotated_at"] <= GRACE):
        await db.execute(
            "update session_family set revoked_at = $2, revoked_for = 'reused' where id = $1", family["id"], now
        )
        db.after_commit(forget_authentications)
        return None
    account = await get_account(family["account_id"])
    token, expires_at = await open_access(family["id"], account.kind, family["ends_at"])
    return Session(
        account=account,
        token=token,
        expires_at=expires_at,
        refresh_token=following,
        refresh_expires_at=family["ends_at"],
    )


def _is_previous(sent: bytes, family: db.Row) -> bool:
    return family["previous_hash"] is not None and hmac.compare_digest(sent, family["previous_hash"])
