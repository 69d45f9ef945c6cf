"""A query parameter that an endpoint does not know is refused, with the name that was perhaps meant."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from api.minimal_request import endpoints
from litestar.routes import HTTPRoute

from store.kernel.i18n import LOCALES
from store.web.edge.queries import MOST_TOLD, NAME_LENGTH_MAX, known_parameters

MADE_UP = "no_such_parameter"
LEAST_ENDPOINTS = 150


def token_for(endpoint, keys):
    """A key of a role that the endpoint takes; None for those that only signed-in people call."""
    return next((getattr(keys, role) for role in ("storefront", "admin", "warehouse") if role in endpoint.roles), None)


async def test_no_endpoint_that_needs_a_key_ignores_an_unknown_parameter(app, client, keys):
    refused = 0
    for endpoint in endpoints(app):
        headers = token_for(endpoint, keys)
        if "anonymous" in endpoint.roles or headers is None:
            continue
        answer = await client.request(endpoint.method, f"{endpoint.path()}?{MADE_UP}=1", headers=headers)
        assert answer.status_code == 422, (str(endpoint), answer.text)
        errors = answer.json()["errors"]
        assert [(error["field"], error["code"]) for error in errors] == [(MADE_UP, "unknown_parameter")], str(endpoint)
        refused += 1
    assert refused >= LEAST_ENDPOINTS


async def test_endpoints_that_are_open_to_all_let_others_append_parameters(app, client):
    """Mail programs, payment providers and probes do."""
    for endpoint in endpoints(app):
        if "anonymous" in endpoint.roles:
            answer = await client.request(endpoint.method, f"{endpoint.path()}?utm_source=mail")
            assert "unknown_parameter" not in answer.text, str(endpoint)


async def test_the_document_names_every_parameter_that_is_taken_and_no_other(app, client):
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    known = known_parameters(app)
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            operation = paths.get(route.path_format, {}).get(method.lower())
            if operation is not None and handler.resolve_include_in_schema():
                named = {item["name"] for item in operation["parameters"] if item["in"] == "query"}
                assert named == known[handler], f"{method} {route.path_format}"


@pytest.mark.requirement("L10N-2")
@pytest.mark.parametrize("locale", LOCALES)
async def test_the_nearest_known_name_is_suggested_in_the_readers_language(client, keys, locale):
    answer = await client.get(f"/api/v1/products?market=FR&Categroy=headsets&locale={locale}", headers=keys.storefront)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "Categroy", "unknown_parameter")
    assert "category" in error["message"]
    far = await client.get(f"/api/v1/products?market=FR&zzzz=1&locale={locale}", headers=keys.storefront)
    assert far.json()["errors"][0]["message"]
    assert answer.headers["content-language"] == locale


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("=1", [""]),
        ("flag", ["flag"]),
        ("a=1&a=2&b=3", ["a", "b"]),
        ("%ff%fe=1", ["\ufffd\ufffd"]),
        ("x" * 5000 + "=1", ["x" * NAME_LENGTH_MAX]),
        (urlencode({f"n{number}": 1 for number in range(2000)}), [f"n{number}" for number in range(MOST_TOLD)]),
        ("&&", None),
        ("locale=fr", None),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_whatever_is_sent_in_a_query_gets_a_clear_answer(client, keys, query, fields):
    answer = await client.get(f"/api/v1/markets?{query}", headers=keys.storefront)
    if fields is None:
        assert answer.status_code == 200, answer.text
    else:
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == fields


async def test_an_unknown_parameter_reaches_no_ready_listing(client, keys):
    """The ready answers stand before routing: what was refused must not be kept there, however often it is asked."""
    good, bad = "/api/v1/products?market=FR&limit=1", "/api/v1/products?market=FR&limit=1&colour=red"
    for _ in range(3):
        assert (await client.get(good, headers=keys.storefront)).status_code == 200
        assert (await client.get(bad, headers=keys.storefront)).status_code == 422


async def test_nobody_learns_by_parameters_what_is_not_theirs(client, keys):
    """The caller is looked at first."""
    assert (await client.get(f"/api/v1/agent/orders?{MADE_UP}=1")).status_code == 401
    assert (await client.get(f"/api/v1/agent/orders?{MADE_UP}=1", headers=keys.storefront)).status_code == 403


async def test_a_refused_parameter_leaves_the_idempotency_key_free(client, keys):
    headers = {**keys.storefront, "Idempotency-Key": "one"}
    body = {"market": "FR", "topic": "product_question", "message": "?", "name": "Ada", "email": "ada@example.com"}
    refused = await client.post(f"/api/v1/support/cases?{MADE_UP}=1", json=body, headers=headers)
    assert refused.status_code == 422
    assert (await client.post("/api/v1/support/cases", json=body, headers=headers)).status_code == 201
