"""Staff: agents, warehouse people and administrators, opened and closed by an administrator (ACC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from store.customers.accounts import Account, get_account, hash_new_password, insert_account, read_account
from store.customers.authenticate import forget_authentications
from store.customers.principal import STAFF, Principal
from store.customers.sessions import sign_out_everywhere
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound

StaffRole = Literal["agent", "warehouse", "admin"]


async def hire(
    *,
    role: StaffRole,
    email: str,
    name: str,
    password: str,
    by: Principal,
    locale: str | None = None,
    refund_limits: Mapping[str, int] | None = None,
) -> Account:
    """Open an account for staff; `refund_limits` is {currency: amount_minor} (REF-9).

    Raises EmailTaken, PasswordTooShort.
    """
    password_hash = await hash_new_password(password)
    limits = dict(refund_limits or {})
    async with db.unit_of_work():
        account_id = await insert_account(
            kind=role, email=email, name=name, password_hash=password_hash, locale=locale, refund_limits=limits
        )
        await audit.record(by.name, "hire", "account", account_id, role=role, refund_limits=limits)
    return await get_account(account_id)


async def change_limits(account_id: UUID, refund_limits: Mapping[str, int], *, by: Principal) -> Account:
    """Replace an agent's refund limits (REF-9)."""
    async with db.unit_of_work():
        touched = await db.execute(
            "update account set refund_limits = $2 where id = $1 and kind = any($3)",
            account_id,
            dict(refund_limits),
            sorted(STAFF),
        )
        if not touched:
            raise NotFound
        await audit.record(by.name, "change_limits", "account", account_id, refund_limits=dict(refund_limits))
        db.after_commit(forget_authentications)
    return await get_account(account_id)


async def dismiss(account_id: UUID, *, by: Principal) -> Account:
    """Close a staff account and end its sessions; what it did stays in history and audit."""
    async with db.unit_of_work():
        touched = await db.execute(
            "update account set disabled_at = coalesce(disabled_at, $2) where id = $1 and kind = any($3)",
            account_id,
            clock.now(),
            sorted(STAFF),
        )
        if not touched:
            raise NotFound
        await sign_out_everywhere(account_id, reason="dismissed")
        await audit.record(by.name, "dismiss", "account", account_id)
    return await get_account(account_id)


async def list_staff() -> list[Account]:
    rows = await db.fetch("select * from account where kind = any($1) order by created_at, id", sorted(STAFF))
    return [read_account(row) for row in rows]
