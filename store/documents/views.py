"""Reading invoices: of one order or of a page of orders, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.kernel import db


async def invoices_of(order_ids: Sequence[UUID]) -> list[db.Row]:
    """All invoices of these orders, each order's in the order of their numbers."""
    return await db.fetch("select * from invoice where order_id = any($1) order by order_id, number", list(order_ids))


async def find_invoice(invoice_id: UUID) -> db.Row | None:
    return await db.fetchrow("select * from invoice where id = $1", invoice_id)


async def invoice_of_order(order_id: UUID, number: str) -> db.Row | None:
    return await db.fetchrow("select * from invoice where number = $1 and order_id = $2", number, order_id)
