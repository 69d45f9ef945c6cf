"""Staff: agents, warehouse people and administrators, opened and closed by an administrator (ACC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from store.customers.accounts import Account, create_account, get_account
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
    """Open an account for staff; `refund_limits` is {currency: amount_minor} (REF-9). Raises EmailTaken."""
    account = await create_account(
        kind=role, email=email, name=name, password=password, locale=locale, refund_limits=refund_limits
    )
    await audit.record(by.name, "hire", "account", account.id, role=role, refund_limits=dict(refund_limits or {}))
    return account


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
        await sign_out_everywhere(account_id)
        await audit.record(by.name, "dismiss", "account", account_id)
    return await get_account(account_id)


async def list_staff() -> list[Account]:
    rows = await db.fetch("select * from account where kind = any($1) order by created_at, id", sorted(STAFF))
    return [Account(**{name: row[name] for name in Account.__slots__}) for row in rows]
