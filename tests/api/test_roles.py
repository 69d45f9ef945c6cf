"""Who may call what: every endpoint, every kind of caller, whatever is added tomorrow (ACC-4, ACC-5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from warranty.imported import csv_of, registration
from warranty.made import known_unit

from api.minimal_request import Endpoint, endpoints
from api.shop import EMAIL, PARIS, Shop, bearer_of
from store.customers import create_account, create_partner, open_session
from store.kernel import clock, db

Headers = dict[str, str]
ROLES = ("anonymous", "storefront", "customer", "partner", "agent", "warehouse", "admin")
REFUSED = {(401, "unauthorized"), (403, "forbidden")}
QUERY = {"market": "FR", "q": "desk", "serial": "HD1001"}  # what lists need at least, where they take it

# Whose a thing is that a path names: how to make one of a customer's own. An endpoint whose object is in neither of
# these two makes the test fail: say here whose it is.
OWNED: dict[str, Callable[[Shop], Awaitable[str]]] = {}
PUBLIC = frozenset(
    {
        "/api/v1/markets/{market}",
        "/api/v1/products/{slug}",
        "/api/v1/faq/{slug}",
        "/api/v1/certificates/{number}",  # whoever holds the number, which can't be guessed (CER-3)
        "/api/v1/warranty/{serial}",
    }
)


def owned(template: str):
    """Register how a customer comes to have such a thing; gives what stands in the path."""

    def register(make: Callable[[Shop], Awaitable[str]]):
        OWNED[template] = make
        return make

    return register


@owned("/api/v1/carts/{cart_id}")
async def a_cart(shop: Shop) -> str:
    return (await shop.cart())["id"]


@owned("/api/v1/orders/{number}")
async def an_order(shop: Shop) -> str:
    return (await shop.order())["number"]


@owned("/api/v1/me/addresses/{address_id}")
async def an_address(shop: Shop) -> str:
    return (await shop.post("/me/addresses", {"label": "Home", "address": PARIS})).json()["id"]


@owned("/api/v1/support/cases/{number}")
async def a_case(shop: Shop) -> str:
    body = {"topic": "product_question", "market": "FR", "name": "Ada", "email": EMAIL, "message": "How?"}
    return (await shop.post("/support/cases", body)).json()["number"]


async def account_of(shop: Shop) -> Any:
    return (await shop.get("/me")).json()["id"]


@owned("/api/v1/returns/{rma_id}")
async def a_return(shop: Shop) -> str:
    facts = {"locale": "en", "currency": "EUR", "email": EMAIL, "asked_by": "test", "identity": "test"}
    rma_id, now = uuid4(), clock.now()
    mine = {"account_id": await account_of(shop), "created_at": now, "expires_at": now + timedelta(days=1)}
    await db.insert("rma", id=rma_id, status="draft", market="FR", **facts, **mine)
    return str(rma_id)


@owned("/api/v1/fault-reports/{number}")
async def a_fault_report(shop: Shop) -> str:
    facts = {"symptom": "other", "description": "?", "locale": "en", "email": EMAIL, "asked_by": "test"}
    mine = {"account_id": await account_of(shop), "unit_id": (await known_unit()).id, "asked_at": clock.now()}
    await db.insert("fault_report", id=uuid4(), number="FLT-0000-0001", status="open", market="FR", **facts, **mine)
    return "FLT-0000-0001"


@owned("/api/v1/warranty-imports/{import_id}")
async def an_import(shop: Shop) -> str:
    content = csv_of([registration("HD1001", "x")])
    return (await shop.raw("POST", "/warranty-imports?market=FR", content)).json()["id"]


@pytest.fixture
async def enter(keys):
    """A new session of a role's person each time, as some endpoints end the one that calls them."""
    partner = await create_partner(name="Reseller", currency="EUR", approved=True)
    accounts = {
        role: await create_account(
            kind=role,
            email=f"{role}@example.com",
            name=role,
            partner_id=partner.id if role == "partner" else None,
        )
        for role in ROLES[2:]
    }

    async def headers(role: str) -> Headers:
        if role == "anonymous":
            return {}
        if role == "storefront":
            return keys.storefront
        return bearer_of(await open_session(accounts[role].id))

    return headers


async def call(client: httpx.AsyncClient, endpoint: Endpoint, headers: Headers, **known: str) -> httpx.Response:
    return await client.request(
        endpoint.method,
        endpoint.path(**known),
        params={name: QUERY[name] for name in endpoint.query & QUERY.keys()},
        json=endpoint.body(),
        headers={**headers, "Idempotency-Key": uuid4().hex},
    )


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status, and the code if it is a problem."""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["code"] if is_problem else ""


@pytest.mark.requirement("ACC-4", "ACC-5")
async def test_every_endpoint_refuses_every_role_that_is_not_among_its_own(app, client, enter):
    checked = 0
    for endpoint in endpoints(app):
        if "anonymous" in endpoint.roles:
            continue
        for role in ROLES:
            if role not in endpoint.roles:
                answer = await call(client, endpoint, await enter(role))
                expected = (401, "unauthorized") if role == "anonymous" else (403, "forbidden")
                assert refusal(answer) == expected, (str(endpoint), role)
                checked += 1
    assert checked > 300


@pytest.mark.requirement("ACC-4")
async def test_every_endpoint_lets_its_own_roles_in(app, client, enter):
    checked = 0
    for endpoint in endpoints(app):
        for role in ROLES:
            if role in endpoint.roles or "anonymous" in endpoint.roles:
                answer = await call(client, endpoint, await enter(role))
                assert refusal(answer) not in REFUSED, (str(endpoint), role, answer.text)
                assert answer.status_code != 500, (str(endpoint), role, answer.text)
                checked += 1
    assert checked > 300


@pytest.mark.requirement("ACC-4")
async def test_another_customers_thing_does_not_exist(app, client, shop, enter):
    """Every endpoint about something that is somebody's, called by everybody else who may call it at all."""
    owner = shop.as_(bearer_of(await open_session((await create_account(kind="customer", email=EMAIL, name="Ada")).id)))
    things = {template: await make(owner) for template, make in OWNED.items()}
    checked = 0
    for endpoint in endpoints(app):
        strangers = [role for role in ("storefront", "customer", "partner") if role in endpoint.roles]
        if not strangers or endpoint.object is None or endpoint.object in PUBLIC:
            continue
        assert endpoint.object in OWNED, f"{endpoint}: say in OWNED whose it is, or in PUBLIC that it is everybody's"
        name = endpoint.object[endpoint.object.index("{") + 1 : -1]
        known = {name: things[endpoint.object]}
        for role in strangers:
            answer = await call(client, endpoint, await enter(role), **known)
            absent = await call(client, endpoint, await enter(role))
            assert answer.status_code == 404, (str(endpoint), role, answer.text)
            assert refusal(answer) == refusal(absent), (str(endpoint), role)
            checked += 1
        if endpoint.method == "GET" and endpoint.template == endpoint.object:
            assert (await call(client, endpoint, owner.headers, **known)).status_code == 200, str(endpoint)
    assert checked > 40


@pytest.mark.requirement("ACC-4", "ACC-5")
async def test_a_token_that_does_not_hold_is_nobody(app, client):
    for endpoint in endpoints(app):
        if "anonymous" in endpoint.roles:
            continue
        for token in ("Bearer pk_nothing", "Bearer cs_nothing", "Basic eDp5"):
            answer = await call(client, endpoint, {"Authorization": token})
            assert refusal(answer) == (401, "unauthorized"), (str(endpoint), token)


@pytest.mark.requirement("ACC-4")
async def test_a_session_of_a_person_who_left_opens_nothing(app, client, enter, keys):
    headers = await enter("agent")
    me = (await client.get("/api/v1/me", headers=headers)).json()
    await client.delete(f"/api/v1/agent/staff/{me['id']}", headers=keys.admin)
    for endpoint in endpoints(app):
        if "agent" in endpoint.roles:
            assert refusal(await call(client, endpoint, headers)) == (401, "unauthorized"), str(endpoint)


@pytest.mark.requirement("ACC-5")
async def test_a_storefronts_key_reaches_no_staff_endpoint(app):
    for endpoint in endpoints(app):
        if endpoint.template.startswith(("/api/v1/agent", "/api/v1/warehouse")):
            assert not endpoint.roles & {"storefront", "customer", "partner", "anonymous"}, str(endpoint)


@pytest.mark.requirement("ACC-5")
async def test_a_revoked_key_opens_nothing(client, keys):
    made = await client.post("/api/v1/agent/keys", json={"role": "agent", "name": "temp"}, headers=keys.admin)
    token, key_id = made.json()["token"], made.json()["key"]["id"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/api/v1/agent/orders", headers=headers)).status_code == 200
    await client.delete(f"/api/v1/agent/keys/{key_id}", headers=keys.admin)
    assert (await client.get("/api/v1/agent/orders", headers=headers)).status_code == 401
