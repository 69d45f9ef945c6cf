"""Services need no warehouse: what has nothing but services leaves by e-mail once its money is secured (CER-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.errors import WrongState
from store.kernel.outbox import Consumer
from store.orders.dispatch_shipment import DispatchShipment, deliver_shipment, dispatch_shipment
from store.orders.errors import FundsNotSecured, NotYetReleasable, OrderNotConfirmed
from store.orders.release_shipment import release_shipment
from store.payments.tables import charge_of_shipment
from store.shipments import ShipmentStatus

ACTOR = "store"
PAID_FOR = {"secured", "capturing", "captured", "invoiced"}
# Facts after which services may leave that could not before; those about money are keep_orders'.
FACTS = (
    "order.confirmed",
    "order.canceled",  # of its goods: what is left of the shipment may be services alone
    "shipment.ready",
)

_SERVICES_ONLY = """
select s.id, s.status from shipment s join sales_order o on o.id = s.order_id and o.status = 'confirmed'
where s.order_id = $1 and (s.status in ('ready', 'on_hold', 'released')
    or (s.status = 'dispatched' and s.tracking_number is null))
  and (select bool_and(ol.kind = 'service') from shipment_line l join order_line ol on ol.id = l.order_line_id
       where l.shipment_id = s.id and l.quantity > l.canceled_quantity)
order by s.sequence
"""


def consumers() -> list[tuple[str, Consumer]]:
    return [(topic, fulfil_services) for topic in FACTS]


async def fulfil_services(order_id: str, **_: Any) -> None:
    """Release, dispatch and deliver the order's shipments of services only whose money is secured.

    Runs after each of FACTS and whenever the payment has changed, any number of times. What somebody else has done
    meanwhile, a cancellation say, stands.
    """
    for shipment in await db.fetch(_SERVICES_ONLY, UUID(order_id)):
        try:
            await _send(UUID(order_id), shipment["id"], ShipmentStatus(shipment["status"]))
        except (WrongState, FundsNotSecured, NotYetReleasable, OrderNotConfirmed):
            continue


async def _send(order_id: UUID, shipment_id: UUID, status: ShipmentStatus) -> None:
    if status in {ShipmentStatus.READY, ShipmentStatus.ON_HOLD}:
        charge = await charge_of_shipment(order_id, shipment_id)
        if charge is not None and charge["status"] not in PAID_FOR:
            return
        await release_shipment(shipment_id, actor=ACTOR, public=False)
    if status != ShipmentStatus.DISPATCHED:
        await dispatch_shipment(DispatchShipment(shipment_id=shipment_id, tracking_number=None, actor=ACTOR))
    await deliver_shipment(shipment_id, actor=ACTOR)
