"""A page of the listing: filtered, sorted, continued by a cursor that inserts don't shift (CAT-2, CAT-3)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from store.catalog.products import PRODUCT_COLUMNS, PRODUCT_JOINS, Product, load_market_variants, read_product
from store.catalog.search_fetch import fetch_planned_afresh
from store.catalog.search_text import Query
from store.kernel import db
from store.kernel.errors import Invalid
from store.kernel.i18n import N_

LARGEST_PAGE = 100


class Sort(StrEnum):
    FEATURED = "featured"
    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"


# The columns of a sort, the last one unique, and its direction.
_ORDERS = {
    Sort.FEATURED: (("position",), "asc"),
    Sort.NEWEST: (("position",), "desc"),
    Sort.PRICE_ASC: (("from_minor", "position"), "asc"),
    Sort.PRICE_DESC: (("from_minor", "position"), "desc"),
}


@dataclass(frozen=True, slots=True)
class ProductPage:
    """`next_cursor` continues after the last item; None on the last page."""

    items: tuple[Product, ...]
    next_cursor: str | None


async def list_products(
    market: str,
    locale: str,
    *,
    category: str | None = None,
    manufacturer: str | None = None,
    condition: str | None = None,
    kind: str | None = None,
    accessory_for: str | None = None,
    search: str | None = None,
    include_refurbished: bool = False,
    sort: str = Sort.FEATURED,
    cursor: str | None = None,
    limit: int = 24,
) -> ProductPage:
    """The products that have a price in the market, with their variants: two statements, whatever the page.

    Without `condition` and `include_refurbished` refurbished products are left out, accessories excepted (CAT-2).
    `accessory_for` is the slug of a device (CAT-3), `manufacturer` and `category` are slugs. Raises Invalid for a
    cursor that isn't ours or belongs to another sort.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    where = _Where([market])
    where.equals("l.category", category)
    where.equals("l.manufacturer", manufacturer)
    where.equals("l.kind", kind)
    where.equals("l.condition", condition)
    if condition is None and not include_refurbished:
        where.conditions.append("l.by_default")
    if accessory_for is not None:
        where.add(
            "exists (select from accessory a join product d on d.id = a.device_id"
            " where a.accessory_id = l.product_id and d.slug = {})",
            accessory_for,
        )
    if search is not None and search.strip():
        where.matches(Query.parse(search))
    order = _sort(sort)
    if cursor is not None:
        where.after(order, cursor)
    fetch = fetch_planned_afresh if where.searches else db.fetch
    rows = await fetch(_page_sql(where, order, limit), *where.values)
    shown = rows[:limit]
    variants = await load_market_variants(market, [row["id"] for row in shown], locale) if shown else {}
    return ProductPage(
        tuple(read_product(row, variants[row["id"]], locale) for row in shown),
        _write_cursor(order, shown[-1]) if len(rows) > limit else None,
    )


@dataclass(slots=True)
class _Where:
    """The conditions of a page and their values; `{}` in a condition is the place of its value."""

    values: list[Any]
    conditions: list[str] = field(default_factory=lambda: ["l.market = $1"])
    searches: bool = False

    def add(self, condition: str, *values: Any) -> None:
        first = len(self.values) + 1
        self.values.extend(values)
        self.conditions.append(condition.format(*(f"${first + index}" for index in range(len(values)))))

    def equals(self, column: str, value: str | None) -> None:
        if value is not None:
            self.add(column + " = {}", value)

    def matches(self, query: Query) -> None:
        if not query:
            self.conditions.append("false")
            return
        self.searches = True
        self.add("s.search_grams @> {}::text[] and s.search_text like all({}::text[])", query.grams, query.patterns)

    def after(self, order: Sort, cursor: str) -> None:
        columns, direction = _ORDERS[order]
        places = ", ".join("{}::bigint" for _ in columns)
        left = ", ".join(f"l.{column}" for column in columns)
        self.add(f"({left}) {'>' if direction == 'asc' else '<'} ({places})", *_read_cursor(order, cursor))


def _page_sql(where: _Where, order: Sort, limit: int) -> str:
    """The rows of one page and one more, which tells whether there is a next one."""
    columns, direction = _ORDERS[order]
    ordering = ", ".join(f"l.{column} {direction}" for column in columns)
    searched = "join product s on s.id = l.product_id" if where.searches else ""
    return (
        f"select {PRODUCT_COLUMNS}, l.position, l.from_minor from ("
        f"select l.product_id, l.position, l.from_minor from listing l {searched}"
        f" where {' and '.join(where.conditions)} order by {ordering} limit {limit + 1}) l"
        f" {PRODUCT_JOINS} order by {ordering}"
    )


def _sort(name: str) -> Sort:
    try:
        return Sort(name)
    except ValueError:
        raise Invalid(errors=[{"field": "sort", "message": N_("This way of sorting is not known.")}]) from None


def _write_cursor(order: Sort, row: db.Row) -> str:
    columns, _ = _ORDERS[order]
    content = msgspec.json.encode([order.value, *(row[column] for column in columns)])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read_cursor(order: Sort, cursor: str) -> list[int]:
    columns, _ = _ORDERS[order]
    try:
        content = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        name, *keys = msgspec.json.decode(content, type=list[str | int])
    except (ValueError, binascii.Error):
        name, keys = "", []
    numbers = [key for key in keys if isinstance(key, int) and abs(key) < 2**63]
    if name != order.value or len(numbers) != len(columns) or len(keys) != len(columns):
        raise Invalid(errors=[{"field": "cursor", "message": N_("This cursor does not belong to this list.")}])
    return numbers
