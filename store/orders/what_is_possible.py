"""What can be done with an order now: the refusal that asking for it would meet, or None (ORD-3, ORD-4, ORD-6).

For showing only: the use cases decide again, under their locks.
"""

from __future__ import annotations

from store.kernel import clock
from store.kernel.errors import StoreError
from store.markets import get_market
from store.markets.calendar import local_date
from store.orders.errors import (
    AddressChangeTooLate,
    CancellationDayOver,
    CancellationTooLate,
    OrderNotConfirmed,
    ServiceOrderKept,
)
from store.orders.find_orders import WholeOrder
from store.shipments import NOT_RELEASED, ShipmentStatus

OPEN = {"pending", "confirmed"}


def why_not_cancel(whole: WholeOrder, *, any_day: bool = False) -> StoreError | None:
    order = whole.order
    if order["status"] not in OPEN:
        return OrderNotConfirmed(state=order["status"])
    if order["origin"] != "shop" and not any_day:
        return ServiceOrderKept(return_number=order["origin_number"])
    market = get_market(order["market"])
    placed_on = local_date(market, order["placed_at"])
    late = market.policy.cancellation_same_day and placed_on != local_date(market, clock.now())
    if late and not any_day:
        return CancellationDayOver(placed_on=placed_on)
    if not any(ShipmentStatus(shipment["status"]) in NOT_RELEASED for shipment in whole.shipments):
        return CancellationTooLate()
    return None


def why_not_change_address(whole: WholeOrder) -> StoreError | None:
    if whole.order["status"] not in OPEN:
        return OrderNotConfirmed(state=whole.order["status"])
    still = {*NOT_RELEASED, ShipmentStatus.CANCELED}
    if any(ShipmentStatus(shipment["status"]) not in still for shipment in whole.shipments):
        return AddressChangeTooLate()
    return None
