"""A hundred thousand orders by plain SQL, and whether the agents' search stays quick with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bench.store_process import connection
from store.orders.find_orders import SEARCH, search_keys

ORDERS = 100_000
# Copies of a placed order, spread over two years, each with an address of its own.
_COPY = """
with model as (select * from sales_order order by placed_at limit 1),
numbers as (
  select n, uuidv7() as id, now() - n * interval '10 minutes' as at,
    'FR-' || upper(substr(md5(n::text), 1, 4) || '-' || substr(md5(n::text), 5, 4)) || n as number
  from generate_series(1, $1::int) n
), orders as (
  insert into sales_order select r.* from model m cross join numbers k
  cross join lateral jsonb_populate_record(null::sales_order, to_jsonb(m) || jsonb_build_object('id', k.id,
    'number', k.number, 'placed_at', k.at, 'email', 'buyer' || k.n || '@example.com', 'placement_key', null,
    'shipping_address', m.shipping_address || jsonb_build_object('name', 'Buyer ' || k.n))) r
), shipments as (
  insert into shipment select r.* from (select s.* from shipment s join model m on m.id = s.order_id limit 1) s
  cross join numbers k
  cross join lateral jsonb_populate_record(null::shipment, to_jsonb(s) || jsonb_build_object('id', uuidv7(),
    'order_id', k.id, 'number', k.number || '-1', 'placed_at', k.at, 'status', 'delivered',
    'tracking_number', 'TRACK' || k.n)) r
)
insert into payment select r.* from (select p.* from payment p join model m on m.id = p.order_id) p
cross join numbers k
cross join lateral jsonb_populate_record(null::payment, to_jsonb(p) || jsonb_build_object('id', uuidv7(),
  'order_id', k.id, 'order_number', k.number, 'transfer_reference', 'RF00BENCH' || k.n)) r
"""
_BIG = ("sales_order", "shipment", "payment")


async def make_many_orders(url: str, count: int = ORDERS) -> None:
    async with connection(url) as database:
        await database.execute(_COPY, count, timeout=600)
        await database.execute("analyze")


async def growing_scans(url: str, query: str) -> list[str]:
    """The big tables that the search would read from end to end; there should be none."""
    async with connection(url) as database:
        plan = await database.fetchval(f"explain (format json) {SEARCH}", None, None, None, 26, *search_keys(query))
    return sorted({node["Relation Name"] for node in _nodes(json.loads(plan)[0]["Plan"]) if _reads_all(node)})


def _reads_all(node: dict[str, Any]) -> bool:
    return node["Node Type"] == "Seq Scan" and node.get("Relation Name") in _BIG


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
