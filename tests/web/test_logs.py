"""Secrets and card numbers do not reach the logs (PAY-14)."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from store_http import bearer

from store.customers import create_account
from store.web.edge.logs import configure_logging, redact
from store.web.edge.roles import requires
from store.web.edge.schemas import RequestBody

PAN = "4242 4242 4242 4242"


class Body(RequestBody):
    note: str = ""


@post("/explode", opt=requires("storefront"))
async def explode(data: JSONBody[Body]) -> None:
    raise RuntimeError(f"could not use {data.note} of sk_live_51Habcdefghijklmn, password='hunter2hunter2'")


@get("/link/{token:str}", opt=requires("anonymous"))
async def link(token: FromPath[str]) -> None:
    logging.getLogger("somewhere").warning("calling https://user:pa55word@example.com/x?token=abcdef&x=1 for %s", PAN)


@pytest.fixture
def extra_handlers():
    return [Router(path="/t", route_handlers=[explode, link], include_in_schema=False)]


@pytest.mark.requirement("PAY-14")
async def test_secrets_and_card_numbers_do_not_reach_the_logs(client, keys):
    stream = io.StringIO()
    configure_logging("DEBUG", stream)
    await create_account(kind="customer", email="ada@example.com", name="Ada", password="correct horse battery")
    signed_in = await client.post(
        "/api/v1/sessions",
        json={"email": "ada@example.com", "password": "correct horse battery"},
        headers=keys.storefront,
    )
    token = signed_in.json()["token"]
    await client.get("/api/v1/me?access_token=abcdefgh12345678", headers=bearer(token))
    await client.post("/t/explode", json={"note": PAN}, headers=keys.storefront)
    await client.post("/t/explode", json={"note": "x", "payment": {"number": PAN}}, headers=keys.storefront)
    await client.get("/t/link/plk_verysecretlink123456?signature=zzzzzzzzzzzz")
    written = stream.getvalue()
    assert "unexpected failure" in written
    assert "/t/link/{token}" in written
    for secret in (
        *keys.tokens.values(),
        token,
        "correct horse",
        PAN,
        "4242",
        "sk_live_51",
        "hunter2",
        "pa55word",
        "abcdef",
        "verysecretlink",
        "zzzzzzzz",
        "ada@example.com",
    ):
        assert secret not in written, secret
    for line in written.splitlines():
        json.loads(line)
    configure_logging()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("shipped order FR-7K3M-9QX2 on 2026-01-02", True),
        ("serial 490154203237518", False),
        ("id 01a1ffe4-add8-7b3a-844f-66a7cd2309e0", True),
        ("Authorization: Bearer abcdefghijkl", False),
        ('{"client_secret": "pi_1_secret_abc"}', False),
    ],
)
def test_redaction_takes_out_what_is_secret_and_little_else(line, kept):
    assert (redact(line) == line) is kept


def test_structlog_and_the_standard_library_write_the_same_lines():
    stream = io.StringIO()
    configure_logging("INFO", stream)
    structlog.get_logger("a").info("one", number=1)
    logging.getLogger("b").warning("two %s", 2)
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["number"], first["level"], first["logger"]) == ("one", 1, "info", "a")
    assert (second["event"], second["level"], second["logger"]) == ("two 2", "warning", "b")
    configure_logging()
