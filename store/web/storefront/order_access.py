"""Whose order it is: the account's, its company's, staff's, or whoever holds its token (ACC-4, ORD-2)."""

from __future__ import annotations

from store.customers import Principal
from store.kernel import db, signing
from store.kernel.errors import NotFound
from store.orders.find_orders import find_order


async def order_for(number: str, principal: Principal, order_token: str | None) -> db.Row:
    """The order's row. Raises NotFound for one that isn't the caller's to see, as for one that doesn't exist."""
    if len(number) > 40:
        raise NotFound
    order = await find_order(number)
    if not may_see(order, principal, order_token):
        raise NotFound
    return order


def may_see(order: db.Row, principal: Principal, order_token: str | None) -> bool:
    if principal.kind in {"agent", "admin"}:
        return True
    if principal.account_id is not None and order["account_id"] == principal.account_id:
        return True
    if principal.partner_id is not None and order["partner_id"] == principal.partner_id:
        return True
    return order_token is not None and signing.check_token(order_token, "order", order["id"])
