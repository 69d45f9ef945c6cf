"""API keys: publishable ones for storefronts, secret ones for servers (ACC-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from store.customers.authenticate import forget_authentications
from store.customers.principal import Principal
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound
from store.kernel.ids import hash_token, new_id, new_token

KeyRole = Literal["storefront", "agent", "warehouse", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as lists show it: `hint` is its beginning and end, never the whole."""

    id: UUID
    kind: Literal["publishable", "secret"]
    role: KeyRole
    name: str
    hint: str
    created_at: datetime
    created_by: str
    last_used_on: date | None
    revoked_at: datetime | None


async def create_key(role: KeyRole, name: str, *, by: Principal | str, token: str | None = None) -> tuple[ApiKey, str]:
    """Make a key of a role; the token is in the answer and nowhere else, as only its hash is stored.

    A storefront's key is publishable (pk_…), every other one secret (sk_…). `token` is for the fixed keys of the
    demo shop.
    """
    kind: Literal["publishable", "secret"] = "publishable" if role == "storefront" else "secret"
    token = token or new_token("pk" if kind == "publishable" else "sk")
    actor = by if isinstance(by, str) else by.name
    key_id = new_id()
    async with db.unit_of_work():
        await db.insert(
            "api_key",
            id=key_id,
            kind=kind,
            role=role,
            name=name,
            token_hash=hash_token(token),
            hint=f"{token[:6]}…{token[-4:]}",
            created_at=clock.now(),
            created_by=actor,
        )
        await audit.record(actor, "create_key", "api_key", key_id, role=role, name=name)
        db.after_commit(forget_authentications)
    return await _load(key_id), token


async def revoke_key(key_id: UUID, *, by: Principal | str) -> ApiKey:
    """End a key: at once in this process, within five seconds in every other. Revoking twice changes nothing."""
    actor = by if isinstance(by, str) else by.name
    async with db.unit_of_work():
        touched = await db.execute(
            "update api_key set revoked_at = $2 where id = $1 and revoked_at is null", key_id, clock.now()
        )
        if touched:
            await audit.record(actor, "revoke_key", "api_key", key_id)
        db.after_commit(forget_authentications)
    return await _load(key_id)


async def list_keys() -> list[ApiKey]:
    """Every key, the newest first, revoked ones included."""
    return [_key(row) for row in await db.fetch("select * from api_key order by created_at desc, id desc")]


async def _load(key_id: UUID) -> ApiKey:
    row = await db.fetchrow("select * from api_key where id = $1", key_id)
    if row is None:
        raise NotFound
    return _key(row)


def _key(row: db.Row) -> ApiKey:
    return ApiKey(**{name: row[name] for name in ApiKey.__slots__})
