"""Single-use links that are e-mailed to an account: a new password, a confirmed address (ACC-1).

Only the hash of a link's token is stored. The token is derived from the link's id with the installation's secret, so
that the worker that writes the e-mail can derive it again, and a copy of the database opens no account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from store.kernel import clock, db, outbox, signing
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import hash_token

LinkKind = Literal["password_reset", "email_verification"]
LIFETIMES: dict[LinkKind, timedelta] = {
    "password_reset": timedelta(hours=1),
    "email_verification": timedelta(days=7),
}
KEPT_AFTER_THE_END = timedelta(days=30)


class LinkNotValid(StoreError):
    """One answer for links that are unknown, used, replaced and expired: nothing is told about accounts."""

    code = "link_not_valid"
    status = 410
    title = N_("This link is not valid any more.")
    detail = N_("It was used, has expired, or was replaced by a newer one. Please ask for a new link.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """A link that can be used; `email` is where it goes."""

    id: UUID
    account_id: UUID
    kind: LinkKind
    email: str
    expires_at: datetime


def link_token(kind: LinkKind, link_id: UUID) -> str:
    """The token of a link: for its e-mail."""
    return signing.make_token(kind, link_id)


async def open_link(kind: LinkKind, account_id: UUID, email: str, *, link_id: UUID) -> None:
    """Open a link in place of the one before, and stage `account_link.created`; in the caller's unit of work.

    A second run with the same id changes nothing.
    """
    await db.execute("select from account where id = $1 for update", account_id)
    if await db.fetchval("select true from account_link where id = $1", link_id):
        return
    await close_links(account_id, kind)
    now = clock.now()
    await db.insert(
        "account_link",
        id=link_id,
        account_id=account_id,
        kind=kind,
        email=email,
        token_hash=hash_token(link_token(kind, link_id)),
        created_at=now,
        expires_at=now + LIFETIMES[kind],
    )
    await outbox.stage("account_link.created", link_id=link_id)


async def close_links(account_id: UUID, kind: LinkKind) -> None:
    """What was sent before opens nothing any more."""
    await db.execute(
        "update account_link set closed_at = $3 where account_id = $1 and kind = $2"
        " and used_at is null and closed_at is null",
        account_id,
        kind,
        clock.now(),
    )


async def check_link(kind: LinkKind, token: str) -> UUID:
    """The account of a token that could be used now. Raises LinkNotValid."""
    account_id: UUID | None = await db.fetchval(
        "select account_id from account_link where token_hash = $1 and kind = $2"
        " and used_at is null and closed_at is null and expires_at > $3",
        hash_token(token),
        kind,
        clock.now(),
    )
    if account_id is None:
        raise LinkNotValid
    return account_id


async def use_link(kind: LinkKind, token: str) -> AccountLink:
    """Use a link up, whatever races, and lock its account; in the caller's unit of work. Raises LinkNotValid."""
    account_id = await check_link(kind, token)
    await db.execute("select from account where id = $1 for update", account_id)  # lock order: account → link
    row = await db.fetchrow(
        "update account_link set used_at = $3 where token_hash = $1 and kind = $2"
        " and used_at is null and closed_at is null and expires_at > $3"
        " and (select disabled_at from account where id = account_id) is null"
        " returning id, account_id, kind, email, expires_at",
        hash_token(token),
        kind,
        clock.now(),
    )
    if row is None:
        raise LinkNotValid
    return AccountLink(**dict(row))


async def find_link(link_id: UUID) -> AccountLink | None:
    """The link for its e-mail; None when it can't be used any more."""
    row = await db.fetchrow(
        "select id, account_id, kind, email, expires_at from account_link where id = $1"
        " and used_at is null and closed_at is null and expires_at > $2",
        link_id,
        clock.now(),
    )
    return AccountLink(**dict(row)) if row else None


async def purge_links() -> int:
    """Remove links that have been over for a month; returns how many."""
    return await db.execute("delete from account_link where expires_at < $1", clock.now() - KEPT_AFTER_THE_END)
