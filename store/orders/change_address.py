"""Change the shipping address until the release, if nothing that the customer pays changes by it (ORD-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import db
from store.kernel.money import Money
from store.markets import get_market
from store.markets.addresses import Address, normalize_address
from store.markets.shipping import shipping_options
from store.markets.tax import tax_rate
from store.orders import history
from store.orders.errors import AddressChangeRefused, AddressChangeTooLate, OrderNotConfirmed
from store.orders.settle_placement import lock_order


async def change_address(order_id: UUID, raw: Mapping[str, Any], *, actor: str, reason: str = "") -> Address:
    """Raises what a new address raises (PO box, country …), AddressChangeTooLate, AddressChangeRefused."""
    async with db.unit_of_work():
        order = await lock_order(order_id)
        if order["status"] not in {"pending", "confirmed"}:
            raise OrderNotConfirmed(state=order["status"])
        market = get_market(order["market"])
        address = normalize_address(raw, market)
        gone = await db.fetchval(
            "select exists (select from shipment where order_id = $1 and status not in"
            " ('waiting', 'ready', 'on_hold', 'canceled'))",
            order_id,
        )
        if gone:
            raise AddressChangeTooLate
        old = msgspec.convert(order["shipping_address"], Address)
        await _check_price_stays(order, old, address)
        new = msgspec.to_builtins(address)
        await db.execute(
            "update sales_order set shipping_address = $2, phone = $3, version = version + 1 where id = $1",
            order_id,
            new,
            address.phone,
        )
        await history.record(
            order_id, "address_changed", actor=actor, public=True, reason=reason, country=address.country
        )
    return address


async def _check_price_stays(order: db.Row, old: Address, new: Address) -> None:
    market = get_market(order["market"])
    for tax_class in ("standard", "reduced"):
        if tax_rate(market, old, tax_class).rate_ppm != tax_rate(market, new, tax_class).rate_ppm:
            raise AddressChangeRefused
    goods = Money(order["goods_minor"], order["currency"])
    prices = []
    for address in (old, new):
        options = {option.method.code: option.gross_minor for option in shipping_options(market, address, goods)}
        prices.append(options.get(order["shipping_method"]))
    if prices[0] != prices[1] or prices[1] is None:
        raise AddressChangeRefused
