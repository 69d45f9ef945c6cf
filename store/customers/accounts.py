"""Accounts of customers, partners and staff; the same e-mail may have one of each kind (ACC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from store.customers.passwords import hash_password
from store.customers.principal import STAFF, Kind, Principal
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import DEFAULT_LOCALE, N_, normalize_locale
from store.kernel.ids import new_id
from store.kernel.wording import register_labels

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200

register_labels(
    {
        "customer": N_("Customer"),
        "partner": N_("Partner"),
        "agent": N_("Customer service"),
        "warehouse": N_("Warehouse"),
        "admin": N_("Administrator"),
        "storefront": N_("Storefront"),
    }
)


class EmailTaken(StoreError):
    code = "email_taken"
    status = 409
    title = N_("There is an account with this e-mail address.")
    detail = N_("Sign in instead, or ask for a new password.")


class PasswordTooShort(StoreError):
    code = "password_too_short"
    status = 422
    title = N_("The password is too short.")
    detail = N_("Please choose a password of at least {minimum} characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account; `refund_limits` is {currency: amount_minor} of an agent."""

    id: UUID
    kind: Kind
    email: str
    name: str
    locale: str
    partner_id: UUID | None
    refund_limits: Mapping[str, int]
    created_at: datetime
    disabled_at: datetime | None
    email_verified_at: datetime | None


async def create_account(
    *,
    kind: Kind,
    email: str,
    name: str,
    password: str | None = None,
    locale: str | None = None,
    partner_id: UUID | None = None,
    refund_limits: Mapping[str, int] | None = None,
    verified: bool = False,
) -> Account:
    """Open an account; without a password it can't sign in until one is set.

    `verified`: somebody we trust says that the address is this person's. Raises EmailTaken, PasswordTooShort.
    """
    password_hash = await hash_new_password(password) if password is not None else None
    account_id = await insert_account(
        kind=kind,
        email=email,
        name=name,
        password_hash=password_hash,
        locale=locale,
        partner_id=partner_id,
        refund_limits=refund_limits,
        verified=verified,
    )
    return await get_account(account_id)


async def hash_new_password(password: str) -> str:
    """The hash to keep, made before a unit of work is opened, as it takes its time. Raises PasswordTooShort."""
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooShort(minimum=PASSWORD_LENGTH_MIN)
    return await hash_password(password)


async def insert_account(
    *,
    kind: Kind,
    email: str,
    name: str,
    password_hash: str | None,
    locale: str | None,
    partner_id: UUID | None = None,
    refund_limits: Mapping[str, int] | None = None,
    verified: bool = False,
) -> UUID:
    """The row alone, in the caller's unit of work if there is one. Raises EmailTaken."""
    account_id, now = new_id(), clock.now()
    try:
        await db.insert(
            "account",
            id=account_id,
            kind=kind,
            email=email.strip(),
            name=name.strip(),
            password_hash=password_hash,
            locale=normalize_locale(locale) or DEFAULT_LOCALE,
            partner_id=partner_id,
            refund_limits=dict(refund_limits or {}),
            created_at=now,
            email_verified_at=now if verified else None,
        )
    except asyncpg.UniqueViolationError as error:
        raise EmailTaken from error
    return account_id


async def get_account(account_id: UUID) -> Account:
    row = await db.fetchrow("select * from account where id = $1", account_id)
    if row is None:
        raise NotFound
    return read_account(row)


async def record_own_act(account: Account, action: str, **facts: Any) -> None:
    """What staff do to their own accounts is audited like everything they do (ACC-4)."""
    if account.kind in STAFF:
        who = Principal(kind=account.kind, account_id=account.id, display_name=account.name)
        await audit.record(who.name, action, "account", account.id, **facts)


def read_account(row: db.Row) -> Account:
    return Account(**{name: row[name] for name in Account.__slots__})
