"""Who may call what: every operation, every kind of caller (ACC-4, ACC-5)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute

from api.shop import signed_in
from store.customers import create_partner
from store.web.edge.roles import roles_of

KINDS = ("storefront", "customer", "partner", "agent", "warehouse", "admin")
AREAS = ("/api/v1/carts", "/api/v1/orders", "/api/v1/agent", "/api/v1/warehouse")


def operations(app) -> list[tuple[str, str, frozenset[str]]]:
    """(method, path with something in its places, roles)."""
    return [
        (method, filled(route.path_format), roles_of(handler))
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith(AREAS)
        for method, (handler, _) in route.route_handler_map.items()
        if method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    ]


def filled(path: str) -> str:
    parts = [
        (str(uuid4()) if part.strip("{}").endswith("_id") else "FR-0000-0000") if part.startswith("{") else part
        for part in path.split("/")
    ]
    return "/".join(parts)


@pytest.fixture
async def callers(shop, keys):
    partner = await create_partner(name="Reseller", currency="EUR")
    return {
        "storefront": keys.storefront,
        "customer": await signed_in(),
        "partner": await signed_in("partner", partner_id=partner.id),
        "agent": keys.agent,
        "warehouse": keys.warehouse,
        "admin": keys.admin,
    }


@pytest.mark.requirement("ACC-4")
async def test_each_role_reaches_its_own_operations_and_no_others(app, client, callers):
    checked = 0
    for method, path, roles in operations(app):
        if "anonymous" in roles:
            continue
        for kind in KINDS:
            answer = await client.request(method, path, json={}, headers={**callers[kind], "Idempotency-Key": "k"})
            expected = kind in roles
            assert (answer.status_code != 403) is expected, (method, path, kind, answer.text)
            assert answer.status_code < 500, (method, path, kind, answer.text)
            checked += 1
    assert checked > 200


@pytest.mark.requirement("ACC-4", "ACC-5")
async def test_without_a_key_nothing_is_told(app, client):
    for method, path, roles in operations(app):
        if "anonymous" in roles:
            continue
        for headers in ({}, {"Authorization": "Bearer pk_nothing"}, {"Authorization": "Basic eDp5"}):
            answer = await client.request(method, path, json={}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (method, path)


@pytest.mark.requirement("ACC-5")
async def test_a_storefronts_key_reaches_no_staff_operation(app, callers):
    for method, path, roles in operations(app):
        if path.startswith(("/api/v1/agent", "/api/v1/warehouse")):
            assert not roles & {"storefront", "customer", "partner", "anonymous"}, (method, path)


@pytest.mark.requirement("ACC-5")
async def test_a_revoked_key_opens_nothing(client, keys):
    made = await client.post("/api/v1/agent/keys", json={"role": "agent", "name": "temp"}, headers=keys.admin)
    token, key_id = made.json()["token"], made.json()["key"]["id"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/api/v1/agent/orders", headers=headers)).status_code == 200
    await client.delete(f"/api/v1/agent/keys/{key_id}", headers=keys.admin)
    assert (await client.get("/api/v1/agent/orders", headers=headers)).status_code == 401
