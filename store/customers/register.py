"""A new customer: the account, and a link that confirms the address (ACC-1)."""

from __future__ import annotations

from store.customers.account_links import open_link
from store.customers.accounts import Account, get_account, hash_new_password, insert_account
from store.kernel import db
from store.kernel.ids import new_id


async def register_customer(*, email: str, name: str, password: str, locale: str | None) -> Account:
    """Open a customer's account and send the link. Raises EmailTaken, PasswordTooShort."""
    password_hash = await hash_new_password(password)
    async with db.unit_of_work():
        account_id = await insert_account(
            kind="customer", email=email, name=name, password_hash=password_hash, locale=locale
        )
        await open_link("email_verification", account_id, email.strip(), link_id=new_id())
    return await get_account(account_id)
