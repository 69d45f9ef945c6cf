"""Signing in and out, keys, staff, exemptions: over HTTP."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

import pytest
from store_http import bearer

from store.customers import create_account, create_partner
from store.customers.authenticate import authenticate, forget_authentications
from store.kernel import audit, clock

PASSWORD = "correct horse battery"


async def enter(client, keys, email, password=PASSWORD, door="customer"):
    return await client.post(
        "/api/v1/sessions", json={"email": email, "password": password, "as": door}, headers=keys.storefront
    )


@pytest.mark.requirement("ACC-1")
async def test_customers_and_partners_sign_in_separately(client, keys):
    partner = await create_partner(name="Reseller", currency="EUR", credit_limit_minor=500_00, approved=True)
    await create_account(kind="customer", email="Ada@example.com", name="Ada", password=PASSWORD, locale="fr")
    await create_account(
        kind="partner", email="ada@example.com", name="Ada B2B", password=PASSWORD + "2", partner_id=partner.id
    )
    customer = (await enter(client, keys, "ada@EXAMPLE.com")).json()
    assert customer["account"]["kind"] == "customer"
    refused = await enter(client, keys, "ada@example.com", door="partner")
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_refused")
    reseller = (await enter(client, keys, "ada@example.com", PASSWORD + "2", "partner")).json()
    assert reseller["account"]["partner"]["credit_available"]["amount_minor"] == 500_00

    me = await client.get("/api/v1/me", headers=bearer(customer["token"]))
    assert (me.json()["name"], me.headers["content-language"]) == ("Ada", "fr")
    both = await client.get(
        "/api/v1/me", headers=bearer(customer["token"]) | {"X-Store-Key": keys.tokens["storefront"]}
    )
    assert both.status_code == 200
    wrong = await client.get("/api/v1/me", headers=bearer(customer["token"]) | {"X-Store-Key": keys.tokens["agent"]})
    assert wrong.status_code == 401

    assert (await client.delete("/api/v1/sessions/current", headers=bearer(customer["token"]))).status_code == 204
    assert (await client.get("/api/v1/me", headers=bearer(customer["token"]))).status_code == 401


async def test_a_session_ends_by_itself(client, keys):
    await create_account(kind="agent", email="a@example.com", name="A", password=PASSWORD)
    token = (await enter(client, keys, "a@example.com", door="staff")).json()["token"]
    assert (await client.get("/api/v1/me", headers=bearer(token))).json()["kind"] == "agent"
    clock.set_offset(timedelta(hours=13))
    forget_authentications()
    assert (await client.get("/api/v1/me", headers=bearer(token))).status_code == 401


async def test_unknown_accounts_take_as_long_as_wrong_passwords(client, keys):
    await create_account(kind="customer", email="ada@example.com", name="Ada", password=PASSWORD)
    await enter(client, keys, "warm@example.com")
    times = {}
    for email in ("ada@example.com", "nobody@example.com"):
        spent = []
        for _ in range(5):
            started = time.perf_counter()
            assert (await enter(client, keys, email, "wrong password")).status_code == 401
            spent.append(time.perf_counter() - started)
        times[email] = median(spent)
    known, unknown = times.values()
    assert 0.2 < known / unknown < 5  # without the dummy hash it would be hundreds


async def test_registering_signs_in_and_takes_an_address_once(client, keys):
    body = {"email": "new@example.com", "name": "New", "password": PASSWORD}
    first = await client.post("/api/v1/accounts", json=body, headers={**keys.storefront, "Accept-Language": "zh-CN"})
    assert first.json()["account"]["locale"] == "zh-Hans"
    again = await client.post("/api/v1/accounts", json=body, headers=keys.storefront)
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    short = await client.post("/api/v1/accounts", json={**body, "password": "short"}, headers=keys.storefront)
    assert short.json()["errors"][0]["code"] == "too_short"


@pytest.mark.requirement("ACC-5")
async def test_keys_are_shown_once_and_revocable_at_once(client, keys):
    made = await client.post("/api/v1/agent/keys", json={"role": "warehouse", "name": "Scanner"}, headers=keys.admin)
    token = made.json()["token"]
    assert token.startswith("sk_")
    key = made.json()["key"]
    assert token not in (await client.get("/api/v1/agent/keys", headers=keys.admin)).text
    assert (await client.get("/api/v1/me", headers=bearer(token))).json()["kind"] == "warehouse"
    ended = await client.delete(f"/api/v1/agent/keys/{key['id']}", headers=keys.admin)
    assert ended.json()["revoked_at"]
    assert (await client.get("/api/v1/me", headers=bearer(token))).status_code == 401
    assert await authenticate(token) is None
    shop = await client.post("/api/v1/agent/keys", json={"role": "storefront", "name": "Shop"}, headers=keys.admin)
    assert shop.json()["token"].startswith("pk_")
    trail = (await client.get("/api/v1/agent/audit?object=api_key&limit=2", headers=keys.admin)).json()
    assert [entry["action"] for entry in trail["items"]] == ["create_key", "revoke_key"]
    rest = await client.get(
        f"/api/v1/agent/audit?object=api_key&limit=2&cursor={trail['next_cursor']}", headers=keys.admin
    )
    assert [entry["action"] for entry in rest.json()["items"]] == ["create_key", "create_key"]
    for role in ("agent", "warehouse", "storefront"):
        assert (await client.get("/api/v1/agent/keys", headers=getattr(keys, role))).status_code == 403


@pytest.mark.requirement("MKT-4")
async def test_only_staff_grants_exemptions_and_it_is_recorded(client, keys):
    account = await create_account(kind="customer", email="ada@example.com", name="Ada", password=PASSWORD)
    body = {
        "market": "US",
        "document": "CERT-1",
        "expires_on": "2099-12-31",
        "holder": {"kind": "account", "id": str(account.id)},
    }
    for role in ("storefront", "warehouse"):
        refused = await client.post("/api/v1/agent/tax-exemptions", json=body, headers=getattr(keys, role))
        assert refused.status_code == 403
    granted = await client.post("/api/v1/agent/tax-exemptions", json=body, headers=keys.agent)
    assert granted.status_code == 201
    assert granted.json()["granted_by"].startswith("agent:")
    past = await client.post(
        "/api/v1/agent/tax-exemptions", json={**body, "expires_on": "2001-01-01"}, headers=keys.agent
    )
    assert (past.status_code, past.json()["code"]) == (422, "exemption_expired")
    nobody = await client.post("/api/v1/agent/tax-exemptions", json={**body, "holder": None}, headers=keys.agent)
    assert nobody.status_code == 422
    url = f"/api/v1/agent/tax-exemptions/{granted.json()['id']}"
    assert (await client.delete(url, headers=keys.agent)).json()["revoked_at"]
    trail = (await client.get("/api/v1/agent/audit?object=tax_exemption", headers=keys.admin)).json()["items"]
    assert [entry["action"] for entry in trail] == ["revoke_exemption", "grant_exemption"]


async def test_staff_is_hired_limited_and_dismissed(client, keys):
    body = {"role": "agent", "email": "x@example.com", "name": "X", "password": PASSWORD, "refund_limits": {"EUR": 100}}
    hired = (await client.post("/api/v1/agent/staff", json=body, headers=keys.admin)).json()
    token = (await enter(client, keys, "x@example.com", door="staff")).json()["token"]
    url = f"/api/v1/agent/staff/{hired['id']}"
    limited = await client.put(url + "/refund-limits", json={"refund_limits": {"EUR": 5}}, headers=keys.admin)
    assert limited.json()["refund_limits"] == {"EUR": 5}
    bad = await client.put(url + "/refund-limits", json={"refund_limits": {"EUR": -5}}, headers=keys.admin)
    assert bad.status_code == 422
    assert (await client.delete(url, headers=keys.admin)).json()["disabled_at"]
    assert (await client.get("/api/v1/me", headers=bearer(token))).status_code == 401
    assert (await enter(client, keys, "x@example.com", door="staff")).status_code == 401


async def test_exceptions_are_resolved_with_a_word(client, keys):
    await audit.open_exception("bank_line_unknown", "line-1", amount_minor=5)
    (item,) = (await client.get("/api/v1/agent/exceptions", headers=keys.agent)).json()
    url = f"/api/v1/agent/exceptions/{item['id']}/resolution"
    assert (await client.post(url, json={"resolution": "refunded by hand"}, headers=keys.agent)).status_code == 204
    assert (await client.get("/api/v1/agent/exceptions", headers=keys.agent)).json() == []
    assert (await client.post(url, json={"resolution": "again"}, headers=keys.agent)).status_code == 404
