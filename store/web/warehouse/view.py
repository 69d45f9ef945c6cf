"""Shipments as the warehouse sees them: what to pick, where it goes; three statements for any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import db
from store.kernel.i18n import pick
from store.markets import Address, ShippingMethod, format_address, get_market
from store.orders.find_orders import WholeOrder, load_orders
from store.web.edge.schemas import Labelled, labelled
from store.web.storefront import order_labels  # noqa: F401 - it registers them
from store.web.storefront.order_shipments import shipment_label
from store.web.warehouse.shapes import PickLineOut, WarehouseShipmentOut


async def shipments_out(rows: Sequence[db.Row], locale: str) -> list[WarehouseShipmentOut]:
    """The shipments of these rows (id, order_id), in their order."""
    wholes = await load_orders(list(dict.fromkeys(row["order_id"] for row in rows)))
    found = {shipment["id"]: (whole, shipment) for whole in wholes for shipment in whole.shipments}
    return [_shipment(*found[row["id"]], locale) for row in rows]


def _shipment(whole: WholeOrder, shipment: db.Row, locale: str) -> WarehouseShipmentOut:
    order = whole.order
    market = get_market(order["market"])
    method = next((each for each in market.shipping_methods if each.code == order["shipping_method"]), None)
    address = msgspec.convert(order["shipping_address"], Address)
    names = {line["id"]: line["names"] for line in whole.lines}
    same = (
        "number", "market", "warehouse", "hold_reason", "ship_on", "promised_on", "not_before", "placed_at",
        "released_at", "dispatched_at", "tracking_number",
    )  # fmt: skip
    return WarehouseShipmentOut(
        **{name: shipment[name] for name in same},
        order_number=order["number"],
        kind=labelled(shipment["kind"], locale),
        status=shipment["status"],
        status_label=shipment_label(shipment, locale),
        shipping_method=_method(method, order["shipping_method"], locale),
        carrier=shipment["carrier"] or (method.carrier if method else ""),
        tracking_url=shipment["tracking_url"] or None,
        address_label=format_address(address, order["locale"], origin=market.home_country),
        phone=order["phone"] or None,
        lines=[_line(line, names, locale) for line in shipment["lines"] or ()],
    )


def _method(method: ShippingMethod | None, code: str, locale: str) -> Labelled:
    return Labelled(code=code, label=method.name(locale) if method else code)


def _line(line: Mapping[str, Any], names: Mapping[UUID, Mapping[str, str]], locale: str) -> PickLineOut:
    return PickLineOut(
        sku=line["sku"],
        name=pick(names.get(UUID(line["order_line_id"])), locale),
        quantity=line["quantity"] - line["canceled_quantity"],
        reserved=line["reserved_quantity"],
        serialized=line["serialized"],
        serials=line["serials"],
    )
