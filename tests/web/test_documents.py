"""The OpenAPI document, the API page, health, the developers' tools."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from litestar.routes import HTTPRoute
from openapi_spec_validator import OpenAPIV31SpecValidator

from store.kernel import clock, db
from store.kernel.ids import new_id
from store.web import health
from store.web.edge.roles import roles_of


async def test_the_document_is_valid_and_complete(client):
    document = (await client.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    tags = {tag["name"] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            assert set(operation["tags"]) <= tags, where
            assert operation["x-roles"], where
            assert "500" in operation["responses"], where
            if "anonymous" not in operation["x-roles"]:
                assert operation["security"], where
                assert {"401", "403"} <= operation["responses"].keys(), where
            for status, response in operation["responses"].items():
                if int(status) >= 400 and not path.startswith("/health"):
                    example = response["content"]["application/problem+json"]["examples"]
                    assert all(item["value"]["code"] == code for code, item in example.items()), where


async def test_requests_refuse_unknown_fields_in_the_document_too(client):
    schemas = (await client.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    sign_in = next(schema for name, schema in schemas.items() if name.endswith("SignIn"))
    assert sign_in["additionalProperties"] is False


async def test_ready_bytes_are_documented_by_what_is_in_them(client):
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    for path in ("/api/v1/products", "/api/v1/markets", "/api/v1/products/{slug}"):
        schema = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema.get("$ref") or schema["type"] == "array"


async def test_downloads_are_documented_by_what_they_are(client):
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    files = paths["/api/v1/agent/attachments/{attachment_id}"]["get"]["responses"]["200"]
    assert set(files["content"]) == {"application/pdf", "image/jpeg", "image/png"}
    assert "format" not in files["headers"]["last-modified"]["schema"]  # an HTTP date, not RFC 3339
    for path, methods in paths.items():
        for operation in methods.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                assert "" not in content, path
                assert content.get("application/pdf", {"schema": {"format": "binary"}})["schema"]["format"] == "binary"


async def test_what_only_staff_may_call_is_told_apart_from_what_storefronts_call(client):
    document = (await client.get("/api/v1/openapi.json")).json()
    used = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            (tag,) = operation["tags"]
            used.add(tag)
            for_staff = not set(operation["x-roles"]) & {"anonymous", "storefront", "customer", "partner"}
            assert for_staff == tag.startswith(("Agent: ", "Warehouse")) or tag == "Files", f"{method} {path}: {tag}"
    assert used == {tag["name"] for tag in document["tags"]}


async def test_every_handler_has_roles(app):
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                assert method == "OPTIONS" or roles_of(handler)


async def test_the_api_page_needs_no_network(client):
    page = await client.get("/api/docs")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    script = await client.get("/api/docs/scalar.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert b"@scalar/api-reference" in script.content
    plain = await client.get("/api/docs/scalar.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == script.content
    again = await client.get("/api/docs/scalar.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304


async def test_health(client, monkeypatch):
    assert (await client.get("/health/live")).json()["status"] == "ok"
    assert (await client.get("/health/ready")).json() == {"status": "ok", "parts": {"database": "ok"}}
    monkeypatch.setitem(health.checks, "relay", lambda: False)
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["parts"]["relay"]) == (503, "not running")
    monkeypatch.delitem(health.checks, "relay")
    await db.execute("delete from schema_migration where name like 'refunds/%'")
    assert "not applied" in (await client.get("/health/ready")).json()["parts"]["database"]


async def test_an_unreachable_database_is_a_503(client, keys):
    await client.get("/api/v1/me", headers=keys.agent)
    assert db.ENGINE.pool is not None
    pool = db.ENGINE.pool
    db.ENGINE.pool = None
    try:
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/health/live")).status_code == 200
    finally:
        db.ENGINE.pool = pool


async def test_figures(client):
    await client.get("/health/live")
    text = (await client.get("/metrics")).text
    assert 'store_http_requests_total{method="GET",route="/health/live",status="200"} 1.0' in text
    assert 'store_outbox_rows{state="dead"} 0.0' in text
    assert 'store_database_connections{state="max"} 20.0' in text


async def test_the_clock_moves_for_everybody(client):
    moved = (await client.post("/dev/clock", json={"advance_seconds": 86400})).json()
    assert moved["offset_seconds"] == 86400
    assert clock.offset() == timedelta(days=1)
    clock.set_offset(timedelta())
    assert (await client.get("/dev/clock")).json()["offset_seconds"] == 86400
    target = datetime(2030, 5, 1, 12, tzinfo=UTC)
    now = (await client.post("/dev/clock", json={"now": target.isoformat()})).json()["now"]
    assert abs(datetime.fromisoformat(now) - target) < timedelta(seconds=5)
    far = await client.post("/dev/clock", json={"now": "2999-01-01T00:00:00Z"})
    assert (far.status_code, far.json()["code"]) == (409, "clock_out_of_range")
    for bad in ({"now": "2030-01-01T00:00:00"}, {"advance_seconds": 1.5}, {"x": 1}):
        assert (await client.post("/dev/clock", json=bad)).status_code == 422


@pytest.mark.requirement("DOC-4")
async def test_mail_is_read_in_the_browser(client):
    assert "No e-mail" in (await client.get("/dev/mail")).text
    email_id = new_id()
    await db.insert(
        "email",
        id=email_id,
        key="k",
        kind="order_placed",
        recipient="ada@example.com",
        locale="fr",
        subject="<b>Commande</b>",
        text_body="Bonjour",
        html_body="<p>Bonjour</p>",
        message_id="m",
        created_at=clock.now(),
    )
    page = (await client.get("/dev/mail")).text
    assert "&lt;b&gt;Commande" in page
    assert "Bonjour" in (await client.get(f"/dev/mail/{email_id}")).text
    html = await client.get(f"/dev/mail/{email_id}/html")
    assert html.text == "<p>Bonjour</p>"
    assert "sandbox" in html.headers["content-security-policy"]
    assert (await client.get(f"/dev/mail/{new_id()}")).status_code == 404
