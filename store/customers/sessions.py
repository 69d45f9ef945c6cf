"""Signing in and out: customers, partners and staff each by a door of their own (ACC-1).

A sign-in opens a family: a short access token, and a refresh token that gives the next pair (refresh_session). Ending
the family ends all of it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from store.customers.accounts import Account, get_account
from store.customers.authenticate import forget_authentications
from store.customers.passwords import verify_password
from store.customers.principal import STAFF, Kind
from store.customers.refresh_token import first_refresh_token
from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import hash_token, new_id, new_token

Door = Literal["customer", "partner", "staff"]
EndedFor = Literal["signed_out", "reused", "password", "dismissed"]
SHOPPER_ACCESS = timedelta(minutes=30)
SHOPPER_STAYS = timedelta(days=30)
STAFF_ACCESS = timedelta(minutes=15)
STAFF_STAYS = timedelta(hours=12)
KEPT_AFTER_THE_END = timedelta(days=1)


class SignInRefused(StoreError):
    code = "sign_in_refused"
    status = 401
    title = N_("E-mail address or password is wrong.")
    detail = N_("Check both, and that you sign in at the right place: customers and partners sign in separately.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in, the tokens (cs_…, cr_…: shown once, stored as hashes) and when each ends."""

    account: Account
    token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


async def sign_in(door: Door, email: str, password: str) -> Session:
    """Check the password and open a session.

    Raises SignInRefused, always after the time of one password check and with the same words, so that nobody learns
    which addresses have accounts.
    """
    row = await find_account(door, email)
    if not await verify_password(row["password_hash"] if row else None, password) or row is None:
        raise SignInRefused
    async with db.unit_of_work():
        # A password that changes at the same moment waits for us, or we see that it has changed.
        known = await db.fetchval("select password_hash from account where id = $1 for share", row["id"])
        if known != row["password_hash"]:
            raise SignInRefused
        return await _open(row["id"])


async def find_account(door: Door, email: str) -> db.Row | None:
    """id and password hash of the account that this address has behind this door."""
    kinds = sorted(STAFF) if door == "staff" else [door]
    return await db.fetchrow(
        "select id, password_hash from account where kind = any($1) and lower(email) = lower($2)"
        " and disabled_at is null",
        kinds,
        email.strip(),
    )


async def open_session(account_id: UUID) -> Session:
    """A session for somebody whose identity is already proven. Raises NotFound."""
    async with db.unit_of_work():
        return await _open(account_id)


async def _open(account_id: UUID) -> Session:
    account = await get_account(account_id)
    if account.disabled_at is not None:
        raise NotFound
    family_id, now = new_id(), clock.now()
    refresh_token = first_refresh_token(family_id)
    ends_at = now + (STAFF_STAYS if account.kind in STAFF else SHOPPER_STAYS)
    await db.insert(
        "session_family",
        id=family_id,
        account_id=account_id,
        refresh_hash=hash_token(refresh_token),
        rotated_at=now,
        created_at=now,
        ends_at=ends_at,
    )
    token, expires_at = await open_access(family_id, account.kind, ends_at)
    return Session(
        account=account,
        token=token,
        expires_at=expires_at,
        refresh_token=refresh_token,
        refresh_expires_at=ends_at,
    )


async def open_access(family_id: UUID, kind: Kind, ends_at: datetime) -> tuple[str, datetime]:
    """An access token of a family, and its end: never later than the family's."""
    now = clock.now()
    token = new_token("cs")
    expires_at = min(now + (STAFF_ACCESS if kind in STAFF else SHOPPER_ACCESS), ends_at)
    await db.insert("session", token_hash=hash_token(token), family_id=family_id, created_at=now, expires_at=expires_at)
    return token, expires_at


async def sign_out(token: str) -> None:
    """End the family of this access token; doing so twice changes nothing."""
    await db.execute(
        "update session_family set revoked_at = $2, revoked_for = 'signed_out' where revoked_at is null"
        " and id = (select family_id from session where token_hash = $1)",
        hash_token(token),
        clock.now(),
    )
    db.after_commit(forget_authentications)


async def sign_out_everywhere(account_id: UUID, *, reason: EndedFor = "signed_out", but: str | None = None) -> int:
    """End every session of an account (a lost device, a new password); returns how many.

    The family of the access token `but` goes on.
    """
    ended = await db.execute(
        "update session_family set revoked_at = $2, revoked_for = $3 where account_id = $1 and revoked_at is null"
        " and id is distinct from (select family_id from session where token_hash = $4)",
        account_id,
        clock.now(),
        reason,
        hash_token(but) if but else None,
    )
    db.after_commit(forget_authentications)
    return ended


async def purge_sessions() -> int:
    """Remove what ended more than a day ago; returns how many sign-ins are forgotten."""
    before = clock.now() - KEPT_AFTER_THE_END
    async with db.unit_of_work():
        await db.execute("delete from session where expires_at < $1", before)
        return await db.execute(
            "delete from session_family where ends_at < $1"
            " and not exists (select from session where family_id = session_family.id)",
            before,
        )
