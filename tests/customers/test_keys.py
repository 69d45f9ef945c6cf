"""Keys and sessions: hashed, cached for seconds, revoked at once."""

from __future__ import annotations

import asyncio

import pytest

from store.customers import authenticate, create_account, create_key, open_session, revoke_key, sign_out
from store.customers.authenticate import _cache, cached_principal, forget_authentications
from store.kernel import db


@pytest.fixture(autouse=True)
def _nothing_known():
    forget_authentications()


@pytest.mark.requirement("ACC-5")
async def test_only_the_hash_of_a_key_is_stored(database):
    key, token = await create_key("agent", "Back office", by="tests")
    stored = await db.fetch("select * from api_key")
    assert token not in str([dict(row) for row in stored])
    assert token.startswith("sk_")
    assert key.hint.endswith(token[-4:])
    assert (await authenticate(token)).kind == "agent"


async def test_a_known_token_costs_no_query(database, monkeypatch):
    _, token = await create_key("storefront", "Shop", by="tests")
    first = await authenticate(token)

    async def no_query(*_):
        raise AssertionError("asked the database")

    monkeypatch.setattr(db, "fetchrow", no_query)
    assert await authenticate(token) is first
    assert cached_principal(token) is first


async def test_a_revocation_during_a_look_up_is_not_forgotten(database):
    key, token = await create_key("storefront", "Shop", by="tests")
    looking = asyncio.create_task(authenticate(token))
    await asyncio.sleep(0)
    await revoke_key(key.id, by="tests")
    await looking
    assert await authenticate(token) is None


async def test_another_process_learns_of_a_revocation_within_seconds(database, monkeypatch):
    key, token = await create_key("storefront", "Shop", by="tests")
    await authenticate(token)
    await db.execute("update api_key set revoked_at = now() where id = $1", key.id)
    assert await authenticate(token) is not None
    known = _cache[token]
    _cache[token] = known._replace(until=known.until - 5)
    assert await authenticate(token) is None


async def test_signing_out_holds_at_once(database):
    account = await create_account(kind="customer", email="ada@example.com", name="Ada")
    token = (await open_session(account.id)).token
    principal = await authenticate(token)
    assert principal.name == f"customer:{account.id.hex[-8:]} Ada"
    assert "@" not in principal.name
    await sign_out(token)
    assert await authenticate(token) is None


@pytest.mark.parametrize("token", ["", "pk_", "xx_abc", "cs_\0", "sk_" + "a" * 500, "ключ"])
async def test_nonsense_is_nobody(database, token):
    assert await authenticate(token) is None


async def test_the_day_of_last_use_is_kept(database):
    _, token = await create_key("storefront", "Shop", by="tests")
    await authenticate(token)
    assert await db.fetchval("select last_used_on from api_key") is not None
