"""What people change about their own account: name, language, password, address (ACC-1)."""

from __future__ import annotations

from uuid import UUID

from store.customers.account_links import open_link
from store.customers.accounts import Account, get_account, hash_new_password, record_own_act
from store.customers.authenticate import forget_authentications
from store.customers.passwords import verify_password
from store.customers.set_password import set_password
from store.kernel import db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id


class WrongPassword(StoreError):
    code = "wrong_password"
    status = 422  # neither 401 nor 403: the session is good, and it is theirs
    title = N_("The password is wrong.")
    detail = N_("Please give the password that you sign in with now.")


async def change_profile(account_id: UUID, *, name: str | None = None, locale: str | None = None) -> Account:
    """Another name or language; None leaves it as it is."""
    async with db.unit_of_work():
        account = await get_account(account_id)
        await db.execute(
            "update account set name = coalesce($2, name), locale = coalesce($3, locale) where id = $1",
            account_id,
            name.strip() if name is not None else None,
            locale,
        )
        await record_own_act(account, "change_profile", name=name, locale=locale)
        db.after_commit(forget_authentications)
    return await get_account(account_id)


async def change_password(account_id: UUID, *, old: str, new: str, but: str | None = None) -> None:
    """A new password for somebody who knows the old one; other devices are signed out.

    `but` is the access token whose session goes on. Raises WrongPassword, PasswordTooShort.
    """
    known = await _check_password(account_id, old)
    password_hash = await hash_new_password(new)
    async with db.unit_of_work():
        await _lock_with(account_id, known)
        await set_password(await get_account(account_id), password_hash, act="change_password", but=but)


async def change_email(account_id: UUID, *, email: str, password: str) -> None:
    """Send a link to a new address; it counts once the link was followed. Raises WrongPassword.

    Whether somebody else has the address is told to whoever follows the link, and to nobody else.
    """
    known = await _check_password(account_id, password)
    async with db.unit_of_work():
        await _lock_with(account_id, known)
        await open_link("email_verification", account_id, email.strip(), link_id=new_id())


async def _check_password(account_id: UUID, password: str) -> str:
    row = await db.fetchrow("select password_hash from account where id = $1 and disabled_at is null", account_id)
    if row is None:
        raise NotFound
    if not await verify_password(row["password_hash"], password):
        raise WrongPassword
    return str(row["password_hash"])


async def _lock_with(account_id: UUID, password_hash: str) -> None:
    """Lock the account, if its password is still the one that was checked: of two changes at once one counts."""
    if await db.fetchval("select password_hash from account where id = $1 for update", account_id) != password_hash:
        raise WrongPassword
