"""A request with an Idempotency-Key is done once and answered always (CRT-6)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from litestar import Router, post
from litestar.params import JSONBody
from store_http import bearer

from store.customers import create_key
from store.kernel import db
from store.kernel.errors import NotFound, StoreError
from store.web.edge.roles import requires
from store.web.edge.schemas import RequestBody

done: list[int] = []


class Body(RequestBody):
    number: int


class OutOfLuck(StoreError):
    code = "test_out_of_luck"
    status = 402


@post("/count", opt=requires("storefront", idempotent="required"))
async def count(data: JSONBody[Body]) -> dict[str, Any]:
    done.append(data.number)
    await asyncio.sleep(0.02)
    if data.number == 402:
        raise OutOfLuck
    if data.number == 404:
        raise NotFound
    if data.number == 500:
        raise RuntimeError("no")
    return {"done": len(done)}


@post("/maybe", opt=requires("storefront", idempotent=True))
async def maybe(data: JSONBody[Body]) -> dict[str, Any]:
    done.append(data.number)
    return {"done": len(done)}


@pytest.fixture
def extra_handlers():
    done.clear()
    return [Router(path="/t", route_handlers=[count, maybe], include_in_schema=False)]


async def send(client, headers, key, number, path="/t/count"):
    return await client.post(path, json={"number": number}, headers={**headers, "Idempotency-Key": key})


@pytest.mark.requirement("CRT-6")
async def test_twenty_identical_requests_are_done_once(client, keys):
    answers = await asyncio.gather(*(send(client, keys.storefront, "k", 1) for _ in range(20)))
    assert done == [1]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(answer.status_code == 201 for answer in answers) >= 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "request_in_flight"
            assert int(answer.headers["retry-after"]) > 0
    again = await send(client, keys.storefront, "k", 1)
    first = next(
        answer for answer in answers if "idempotent-replayed" not in answer.headers and answer.status_code == 201
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == "application/json"
    assert done == [1]


@pytest.mark.parametrize("number", [402, 404])
async def test_refusals_of_the_use_case_are_kept_byte_for_byte(client, keys, number):
    first = await send(client, keys.storefront, "k", number)
    again = await send(client, keys.storefront, "k", number)
    assert first.status_code == again.status_code == number
    assert first.content == again.content
    assert again.headers["content-type"] == "application/problem+json"
    assert done == [number]


async def test_a_failure_of_ours_and_a_bad_body_leave_the_key_free(client, keys):
    assert (await send(client, keys.storefront, "k", 500)).status_code == 500
    assert (await send(client, keys.storefront, "k", "x")).status_code == 422
    assert (await send(client, keys.storefront, "k", 1)).status_code == 201
    assert done == [500, 1]


async def test_the_key_belongs_to_caller_path_and_request(client, keys):
    assert (await send(client, keys.storefront, "k", 1)).status_code == 201
    reused = await send(client, keys.storefront, "k", 2)
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert (await send(client, keys.storefront, "k", 2, "/t/maybe")).status_code == 201
    _, other = await create_key("storefront", "another shop", by="tests")
    assert (await send(client, bearer(other), "k", 1)).status_code == 201
    assert (await send(client, {**keys.storefront, "X-Order-Token": "ot_1"}, "k", 1)).status_code == 201
    assert done == [1, 2, 1, 1]


async def test_the_key_can_be_demanded_and_must_be_usable(client, keys):
    missing = await client.post("/t/count", json={"number": 1}, headers=keys.storefront)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    bad = await send(client, keys.storefront, "k" * 256, 1)
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_idempotency_key")
    assert (await client.post("/t/maybe", json={"number": 1}, headers=keys.storefront)).status_code == 201
    assert done == [1]


async def test_it_costs_two_statements(client, keys, monkeypatch):
    await send(client, keys.storefront, "warm", 1)
    statements = []
    for name in ("fetchrow", "execute", "fetch", "fetchval"):
        real = getattr(db, name)

        def counted(sql, *args, real=real):
            statements.append(sql)
            return real(sql, *args)

        monkeypatch.setattr(db, name, counted)
    await send(client, keys.storefront, "new", 1)
    assert len(statements) == 2
