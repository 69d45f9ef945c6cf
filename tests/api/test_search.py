"""Agents find orders by whatever the customer has at hand, and no search reads a whole table."""

from __future__ import annotations

import json

import pytest

from api.shop import NEW_YORK
from store.kernel import db
from store.orders.find_orders import SEARCH, search_keys


@pytest.fixture
def desk(shop, keys):
    return shop.as_(keys.agent)


async def found(desk, query: str, **parameters) -> list[str]:
    answer = await desk.client.get("/api/v1/agent/orders", params={"query": query, **parameters}, headers=desk.headers)
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


async def test_an_order_is_found_by_what_the_customer_knows(shop, desk):
    first = await shop.order(email="Grace@Example.com")
    second = await shop.order(market="US", address=NEW_YORK)
    number = first["number"]
    for query in (
        number,
        number.lower().replace("-", " - "),
        first["shipments"][0]["number"],
        "grace@example.COM",
        first["payment"]["transfer"]["reference"],
        first["payment"]["transfer"]["reference"].lower(),
    ):
        assert await found(desk, query) == [number], query
    assert await found(desk, "camille m") == [number]
    assert await found(desk, "Jordan Reyes") == [second["number"]]
    assert await found(desk, "+12127363100") == [second["number"]]
    assert await found(desk, "nothing at all") == []
    assert await found(desk, "%") == []
    assert await found(desk, "") == [second["number"], number]
    assert await found(desk, "", market="FR") == [number]


async def test_no_search_reads_a_whole_table(app):
    connection = db.ENGINE.pool
    async with connection.acquire() as session:
        await session.execute("set enable_seqscan = off")
        plan = await session.fetchval(
            f"explain (format json) {SEARCH}", "FR", None, None, 25, *search_keys("FR-7K3M-9QX2")
        )
        await session.execute("reset enable_seqscan")
    scans = [node for node in nodes(json.loads(plan)[0]["Plan"]) if "Scan" in node["Node Type"]]
    assert len(scans) >= 10
    for node in scans:
        assert node["Node Type"] == "Subquery Scan" or "Index Cond" in node or "Recheck Cond" in node, node


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]
