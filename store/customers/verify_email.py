"""Whose address it is: confirmed by a link, before anything that was bought with it is shown (ACC-1)."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from store.customers.account_links import AccountLink, close_links, open_link, use_link
from store.customers.accounts import Account, EmailTaken, get_account, record_own_act
from store.customers.authenticate import forget_authentications
from store.kernel import clock, db, outbox
from store.kernel.ids import new_id


async def request_verification(account_id: UUID) -> None:
    """Send the link (again) to the account's address; nothing happens when that is confirmed already."""
    async with db.unit_of_work():
        account = await get_account(account_id)
        if account.email_verified_at is None:
            await open_link("email_verification", account_id, account.email, link_id=new_id())


async def confirm_email(token: str) -> Account:
    """Follow a link: the address it went to is the account's from now on. Raises LinkNotValid, EmailTaken.

    `account.email_verified` is told, so that what a guest bought with the address can come to the account.
    """
    async with db.unit_of_work():
        link = await use_link("email_verification", token)
        account = await get_account(link.account_id)
        if link.email != account.email:
            await _change_address(account, link)
        await mark_verified(account.id)
        return await get_account(account.id)


async def mark_verified(account_id: UUID) -> None:
    """The account's address is its owner's; in the caller's unit of work."""
    await db.execute("update account set email_verified_at = $2 where id = $1", account_id, clock.now())
    await close_links(account_id, "email_verification")
    await outbox.stage("account.email_verified", account_id=account_id)


async def _change_address(account: Account, link: AccountLink) -> None:
    """The one before is told, and links that went there open nothing any more."""
    try:
        await db.execute("update account set email = $2 where id = $1", account.id, link.email)
    except asyncpg.UniqueViolationError as error:
        raise EmailTaken from error
    await close_links(account.id, "password_reset")
    await record_own_act(account, "change_email")
    await outbox.stage("account.email_changed", account_id=account.id, link_id=link.id, former=account.email)
    db.after_commit(forget_authentications)
