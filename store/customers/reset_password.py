"""A forgotten password: a single-use link by e-mail, and with it a new password (ACC-1)."""

from __future__ import annotations

from uuid import UUID

from store.customers.account_links import check_link, open_link, use_link
from store.customers.accounts import get_account, hash_new_password
from store.customers.sessions import Door, find_account
from store.customers.set_password import set_password
from store.customers.verify_email import mark_verified
from store.kernel import db, outbox
from store.kernel.ids import new_id


async def request_password_reset(door: Door, email: str) -> None:
    """Note that somebody asked; the work is done after the answer, by `on_password_reset_requested`.

    An address without account is noted as well, for an id that nobody has: both take the same steps and the same time,
    so that nobody learns which addresses have accounts.
    """
    row = await find_account(door, email)
    async with db.unit_of_work():
        await outbox.stage("password_reset.requested", account_id=row["id"] if row else new_id(), link_id=new_id())


async def on_password_reset_requested(account_id: str, link_id: str) -> None:
    """Consumer: open the link that the e-mail carries, in place of earlier ones."""
    async with db.unit_of_work():
        email = await db.fetchval(
            "select email from account where id = $1 and disabled_at is null for update", UUID(account_id)
        )
        if email is not None:
            await open_link("password_reset", UUID(account_id), email, link_id=UUID(link_id))


async def confirm_password_reset(token: str, password: str) -> None:
    """Set a new password with the token of a link: once, and everybody is signed out.

    Following the link has proven the address as well. Raises LinkNotValid, PasswordTooShort.
    """
    await check_link("password_reset", token)  # before a password is hashed for nothing
    password_hash = await hash_new_password(password)
    async with db.unit_of_work():
        link = await use_link("password_reset", token)
        account = await get_account(link.account_id)
        await set_password(account, password_hash, act="reset_password")
        if account.email_verified_at is None and account.email == link.email:
            await mark_verified(account.id)
