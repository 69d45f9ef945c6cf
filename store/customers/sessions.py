"""Signing in and out: customers, partners and staff each by a door of their own (ACC-1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from store.customers.accounts import Account, get_account
from store.customers.authenticate import forget_authentications
from store.customers.passwords import verify_password
from store.customers.principal import STAFF
from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import hash_token, new_token

Door = Literal["customer", "partner", "staff"]
SHOPPER_SESSION = timedelta(days=30)
STAFF_SESSION = timedelta(hours=12)


class SignInRefused(StoreError):
    code = "sign_in_refused"
    status = 401
    title = N_("E-mail address or password is wrong.")
    detail = N_("Check both, and that you sign in at the right place: customers and partners sign in separately.")


async def sign_in(door: Door, email: str, password: str) -> tuple[Account, str, datetime]:
    """Check the password and open a session; returns the account, the token (cs_…) and when it ends.

    Raises SignInRefused, always after the time of one password check and with the same words, so that nobody learns
    which addresses have accounts.
    """
    kinds = sorted(STAFF) if door == "staff" else [door]
    row = await db.fetchrow(
        "select id, password_hash from account where kind = any($1) and lower(email) = lower($2)"
        " and disabled_at is null",
        kinds,
        email.strip(),
    )
    if not await verify_password(row["password_hash"] if row else None, password) or row is None:
        raise SignInRefused
    return await open_session(row["id"], STAFF_SESSION if door == "staff" else SHOPPER_SESSION)


async def open_session(account_id: UUID, lifetime: timedelta = SHOPPER_SESSION) -> tuple[Account, str, datetime]:
    """A session for somebody whose identity is already proven; returns account, token and end."""
    token = new_token("cs")
    expires_at = clock.now() + lifetime
    await db.insert(
        "session",
        token_hash=hash_token(token),
        account_id=account_id,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    return await get_account(account_id), token, expires_at


async def sign_out(token: str) -> None:
    """End the session of this token; doing so twice changes nothing."""
    await db.execute(
        "update session set revoked_at = $2 where token_hash = $1 and revoked_at is null",
        hash_token(token),
        clock.now(),
    )
    forget_authentications()


async def sign_out_everywhere(account_id: UUID) -> int:
    """End every session of an account (a lost device, a new password); returns how many."""
    ended = await db.execute(
        "update session set revoked_at = $2 where account_id = $1 and revoked_at is null", account_id, clock.now()
    )
    db.after_commit(forget_authentications)
    return ended
