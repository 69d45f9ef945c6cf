"""The edge: identity, problems, languages, headers."""

from __future__ import annotations

from typing import Annotated, Any

import asyncpg
import pytest
import structlog
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, field

from store.customers import Principal
from store.web.edge.roles import requires
from store.web.edge.schemas import RequestBody


class Inner(RequestBody):
    sku: Annotated[str, Meta(max_length=5)]
    quantity: Annotated[int, Meta(ge=1, le=10)]


class Body(RequestBody):
    name: str
    lines: Annotated[list[Inner], Meta(max_length=3)] = field(default_factory=list)
    note: str | None = None
    payment: dict[str, Any] = field(default_factory=dict)


@get("/who", opt=requires("storefront", "agent", "customer"))
async def who(
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    market: Annotated[str | None, QueryParameter()] = None,
) -> dict[str, Any]:
    return {"kind": principal.kind, "name": principal.name, "locale": locale}


@get("/agents-only/{number:int}", opt=requires("agent", "admin"))
async def agents_only(number: FromPath[int], limit: Annotated[int, QueryParameter(ge=1, le=5)] = 1) -> dict[str, int]:
    return {"number": number, "limit": limit}


@post("/echo", opt=requires("storefront"))
async def echo(data: JSONBody[Body]) -> dict[str, Any]:
    return {"name": data.name, "note": data.note}


@get("/boom", opt=requires("anonymous"))
async def boom() -> None:
    raise RuntimeError("secret sk_live_abcdefghijklmnop and 4242 4242 4242 4242")


@get("/deadlock", opt=requires("storefront"))
async def deadlock() -> None:
    raise asyncpg.DeadlockDetectedError("deadlock detected")


@pytest.fixture
def extra_handlers():
    return [Router(path="/t", route_handlers=[who, agents_only, echo, boom, deadlock], include_in_schema=False)]


async def test_a_key_is_needed_and_its_role_decides(client, keys):
    answer = await client.get("/t/who")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"
    assert (await client.get("/t/who", headers={"Authorization": "Bearer sk_nonsense"})).status_code == 401
    assert (await client.get("/t/who", headers={"Authorization": "Basic x"})).status_code == 401
    assert (await client.get("/t/who", headers=keys.storefront)).json()["kind"] == "storefront"
    refused = await client.get("/t/agents-only/1", headers=keys.storefront)
    assert refused.status_code == 403
    assert refused.json()["code"] == "forbidden"
    assert (await client.get("/t/agents-only/1", headers=keys.agent)).json() == {"number": 1, "limit": 1}


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/nowhere", "GET", 404, "not_found"),
        ("/t/who", "POST", 405, "method_not_allowed"),
        ("/t/agents-only/x", "GET", 404, "not_found"),
        ("/t/agents-only/1?limit=9", "GET", 422, "invalid_request"),
        ("/t/agents-only/1?limit=x", "GET", 422, "invalid_request"),
        ("/t/agents-only/1?limit=%00", "GET", 422, "invalid_request"),
        ("/t/agents-only/99999999999999999999999", "GET", 200, ""),
        ("/t/boom", "GET", 500, "internal_error"),
    ],
)
async def test_every_failure_is_a_problem(client, keys, path, method, status, code):
    answer = await client.request(method, path, headers=keys.agent)
    assert answer.status_code == status, answer.text
    if code:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert answer.json()["status"] == status
        assert {"type", "title", "detail", "request_id"} <= answer.json().keys()


BAD_BODIES = [
    (b'{"name": 5}', [("name", "wrong_type")]),
    (
        b'{"name": "5", "lines": [{"sku": "abcdefg", "quantity": 0}]}',
        [("lines.0.quantity", "too_small"), ("lines.0.sku", "too_long")],
    ),
    (b'{"name": "5", "lines": [{"sku": "abc", "quantity": "1"}]}', [("lines.0.quantity", "wrong_type")]),
    (b'{"name": "5", "lines": [{"sku": "abc", "quantity": 1.0}]}', [("lines.0.quantity", "wrong_type")]),
    (b'{"name": "5", "colour": 1}', [("colour", "unknown_field")]),
    (b"{}", [("name", "required")]),
    (b"[]", [("", "wrong_type")]),
    (b"null", [("", "wrong_type")]),
    (b'{"name": null, "note": 1}', [("name", "wrong_type"), ("note", "wrong_type")]),
    (b'{"name": "a\\u0000b"}', [("name", "bad_characters")]),
    (b'{"name": "a", "payment": {"n": 99999999999999999999}}', [("payment.n", "too_large")]),
    (b'{"name": "a", "lines": [1, 2]}', [("lines.0", "wrong_type"), ("lines.1", "wrong_type")]),
    (b'{"name": "a", "lines": [{}, {}, {}, {}]}', None),
    (b"", [("", "required")]),
]


@pytest.mark.parametrize(("body", "expected"), BAD_BODIES)
@pytest.mark.parametrize("locale", ["fr", "zh-Hans", "en"])
async def test_bad_bodies_name_every_field(client, keys, body, expected, locale):
    answer = await client.post("/t/echo", content=body, headers={**keys.storefront, "X-Locale": locale})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-language"] == locale
    problem = answer.json()
    assert problem["code"] == "invalid_request"
    assert all(error["message"] for error in problem["errors"])
    if expected is not None:
        assert sorted((error["field"], error["code"]) for error in problem["errors"]) == sorted(expected)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"name": ', {}, 400, "malformed_json"),
        (b'{"name": "\xff"}', {}, 400, "malformed_json"),
        (b'{"name": "\\ud800"}', {}, 400, "malformed_json"),
        (b'{"name": NaN}', {}, 400, "malformed_json"),
        (b'{"payment":' + b"[" * 100_000, {}, 400, "malformed_json"),
        (b"name=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', {}, 413, "body_too_large"),
        (b'{"name":"x","payment":{"number":"4242 4242 4242 4242"}}', {}, 422, "card_number_refused"),
        (b'{"name":"x","payment":{"number":4242424242424242}}', {}, 422, "card_number_refused"),
        (b'{"name":"x","card_number":"378282246310005"}', {}, 422, "card_number_refused"),
    ],
)
async def test_unreadable_bodies(client, keys, body, headers, status, code):
    answer = await client.post("/t/echo", content=body, headers={**keys.storefront, **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_serial_number_with_a_right_check_digit_is_no_card_number(client, keys):
    answer = await client.post("/t/echo", json={"name": "490154203237518"}, headers=keys.storefront)
    assert answer.status_code == 201


@pytest.mark.requirement("L10N-3")
@pytest.mark.parametrize(
    ("query", "headers", "locale"),
    [
        ("", {}, "en"),
        ("", {"Accept-Language": "de, fr;q=0.5"}, "fr"),
        ("?market=FR", {}, "fr"),
        ("?market=FR", {"Accept-Language": "zh-CN"}, "zh-Hans"),
        ("?locale=zh", {"Accept-Language": "fr"}, "zh-Hans"),
        ("", {"X-Locale": "fr-CA", "Accept-Language": "en"}, "fr"),
    ],
)
async def test_the_language_is_chosen_by_rule(client, keys, query, headers, locale):
    answer = await client.get(f"/t/who{query}", headers={**keys.storefront, **headers})
    assert answer.json()["locale"] == locale
    assert answer.headers["content-language"] == locale


async def test_every_answer_carries_the_security_headers(client):
    answer = await client.get("/nowhere")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers
    assert "Accept-Language" in answer.headers["vary"]


async def test_the_methods_of_a_path_are_told(client, keys):
    answer = await client.options("/t/who")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, OPTIONS")
    assert (await client.post("/t/who", headers=keys.agent)).headers["allow"] == "GET, OPTIONS"
    assert (await client.options("/api/v1/agent/keys")).headers["allow"] == "GET, POST, OPTIONS"


async def test_shops_may_call_from_any_origin_and_staff_s_endpoints_not(client):
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await client.options("/api/v1/sessions", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in (await client.options("/api/v1/agent/keys", headers=asked)).headers


async def test_a_database_that_gives_up_one_of_two_is_worth_another_try(client, keys):
    answer = await client.get("/t/deadlock", headers=keys.storefront)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (409, "try_again", "1")


async def test_a_failure_of_ours_tells_an_id_that_stands_in_the_log_and_nothing_else(client, caplog):
    answer = await client.get("/t/boom")
    assert answer.json()["error_id"] in caplog.text
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text


async def test_a_caller_who_hangs_up_in_the_middle_of_a_body_is_no_failure_of_ours(app, keys, capture_logs):
    sent = []

    async def receive():
        return receiving.pop(0) if receiving else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    receiving = [{"type": "http.request", "body": b'{"name": ', "more_body": True}]
    headers = [(name.lower().encode(), value.encode()) for name, value in keys.storefront.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/t/echo",
        "raw_path": b"/t/echo",
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "server": ("store.test", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "headers": [*headers, (b"content-type", b"application/json"), (b"content-length", b"100")],
        "extensions": {},
    }
    await app(scope, receive, send)
    assert not [entry for entry in capture_logs if entry["log_level"] == "error"]
    assert not sent or sent[0]["status"] == 400


@pytest.fixture
def capture_logs():
    with structlog.testing.capture_logs() as entries:
        yield entries
