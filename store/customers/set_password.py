"""A new password: earlier links are void, other devices are signed out, and its owner is told (ACC-1)."""

from __future__ import annotations

from typing import Literal

from store.customers.account_links import close_links
from store.customers.accounts import Account, record_own_act
from store.customers.sessions import sign_out_everywhere
from store.kernel import db, outbox
from store.kernel.ids import new_id


async def set_password(
    account: Account,
    password_hash: str,
    *,
    act: Literal["reset_password", "change_password"],
    but: str | None = None,
) -> None:
    """In the caller's unit of work, which has locked the account. The session of the access token `but` goes on."""
    await db.execute("update account set password_hash = $2 where id = $1", account.id, password_hash)
    await close_links(account.id, "password_reset")
    await sign_out_everywhere(account.id, reason="password", but=but)
    await record_own_act(account, act)
    await outbox.stage("account.password_changed", account_id=account.id, change_id=new_id())
