"""The life of an order. How far it is paid and shipped is derived, never stored a second time."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine
from store.kernel.wording import register_labels


class OrderStatus(StrEnum):
    PENDING = "pending"  # placed; the payer has something to do, or the provider to answer
    CONFIRMED = "confirmed"
    CANCELED = "canceled"
    DECLINED = "declined"  # the payment was refused at placement
    EXPIRED = "expired"  # the payer never came back (PAY-7)


class FulfillmentStatus(StrEnum):
    UNFULFILLED = "unfulfilled"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    NOTHING_TO_SHIP = "nothing_to_ship"


O = OrderStatus  # noqa: E741
ORDER = Machine(
    "order",
    {
        O.PENDING: {O.CONFIRMED, O.CANCELED, O.DECLINED, O.EXPIRED},
        O.CONFIRMED: {O.CANCELED},
        O.CANCELED: set(),
        O.DECLINED: set(),
        O.EXPIRED: set(),
    },
)

register_labels(
    {
        O.CONFIRMED: N_("confirmed"),
        FulfillmentStatus.UNFULFILLED: N_("not shipped yet"),
        FulfillmentStatus.PARTLY_SHIPPED: N_("partly shipped"),
        FulfillmentStatus.SHIPPED: N_("shipped"),
        FulfillmentStatus.NOTHING_TO_SHIP: N_("nothing to ship"),
    }
)


def fulfillment_status(shipment_statuses: Iterable[str]) -> FulfillmentStatus:
    """Derived from the shipments that were not cancelled."""
    live = [status for status in shipment_statuses if status != "canceled"]
    left = [status for status in live if status in {"dispatched", "delivered", "returned"}]
    if not live:
        return FulfillmentStatus.NOTHING_TO_SHIP
    if not left:
        return FulfillmentStatus.UNFULFILLED
    if len(left) < len(live):
        return FulfillmentStatus.PARTLY_SHIPPED
    if all(status == "delivered" for status in live):
        return FulfillmentStatus.DELIVERED
    return FulfillmentStatus.SHIPPED
