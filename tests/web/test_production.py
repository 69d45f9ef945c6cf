"""What is different in production (ACC-7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_http import http_client, make_keys, running, settings_for

from store.app import create_app


@pytest.fixture
async def production(database_url):
    settings = settings_for(
        database_url, env="production", public_url="https://shop.example", movable_clock=False, demo_data=False
    )
    async with running(create_app(settings)) as app:
        yield app


@pytest.mark.requirement("ACC-7")
@pytest.mark.parametrize(
    ("peer", "headers", "served"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("203.0.113.9", {}, False),
        ("10.0.0.7", {}, False),
        ("10.0.0.7", {"X-Forwarded-Proto": "https"}, True),
        ("127.0.0.1", {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}, False),
    ],
)
async def test_plain_http_is_for_this_machine_only(production, peer, headers, served):
    async with http_client(production, client=(peer, 1234)) as client:
        answer = await client.get("/api/v1/openapi.json", headers=headers)
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        if served:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
        assert (await client.get("/health/live")).status_code == 200


async def test_the_clock_and_the_mail_folder_are_not_there(production):
    async with http_client(production) as client:
        for path in ("/dev/clock", "/dev/mail"):
            assert (await client.get(path)).status_code == 404


async def test_figures_do_not_leave_through_the_edge(production):
    async with http_client(production) as client:
        assert (await client.get("/metrics", headers={"X-Forwarded-Proto": "https"})).status_code == 404
        assert "store_outbox_rows" in (await client.get("/metrics")).text


async def test_a_development_store_serves_plain_http(database_url):
    settings = replace(settings_for(database_url), env="development")
    async with running(create_app(settings)) as app, http_client(app, client=("10.0.0.7", 1)) as client:
        keys = await make_keys()
        assert (await client.get("/api/v1/markets", headers=keys.storefront)).status_code == 200
