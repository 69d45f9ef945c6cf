"""The shipments of an order as its owner sees them: the warehouse stays hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.web.edge.schemas import labelled, money_out
from store.web.storefront.order_shapes import ChargeOut, ShipmentLineOut, ShipmentOut, TrackingOut


def shipment_out(shipment: db.Row, names: Mapping[UUID, str], charge: ChargeOut | None, locale: str) -> ShipmentOut:
    """`names` are those of the order lines by their id."""

    def amount(minor: int) -> Money:
        return Money(minor, shipment["currency"])

    return ShipmentOut(
        number=shipment["number"],
        kind=labelled(shipment["kind"], locale),
        status=shipment["status"],
        status_label=shipment_label(shipment, locale),
        ship_on=shipment["ship_on"],
        promised_on=shipment["promised_on"],
        not_before=shipment["not_before"],
        dispatched_at=shipment["dispatched_at"],
        delivered_at=shipment["delivered_at"],
        refundable_until=shipment["refundable_until"],
        tracking=tracking_out(shipment),
        lines=[_line(line, names, amount(line["goods_minor"]), locale) for line in shipment["lines"] or ()],
        shipping=money_out(amount(shipment["shipping_minor"]), locale),
        total=money_out(amount(shipment["goods_minor"] + shipment["shipping_minor"]), locale),
        charge=charge,
    )


def shipment_label(shipment: db.Row, locale: str) -> str:
    """Goods that wait for the workshop don't wait for stock."""
    in_workshop = shipment["kind"] == "service" and shipment["status"] == "waiting"
    return status_label("in_workshop" if in_workshop else shipment["status"], locale)


def tracking_out(shipment: db.Row) -> TrackingOut | None:
    if shipment["tracking_number"] is None:
        return None
    return TrackingOut(
        carrier=shipment["carrier"] or "",
        number=shipment["tracking_number"],
        url=shipment["tracking_url"] or None,
    )


def _line(line: Mapping[str, Any], names: Mapping[UUID, str], total: Money, locale: str) -> ShipmentLineOut:
    order_line_id = UUID(line["order_line_id"])
    return ShipmentLineOut(
        id=UUID(line["id"]),
        order_line_id=order_line_id,
        sku=line["sku"],
        name=names.get(order_line_id, line["sku"]),
        quantity=line["quantity"],
        canceled_quantity=line["canceled_quantity"],
        serials=line["serials"],
        total=money_out(total, locale),
    )
