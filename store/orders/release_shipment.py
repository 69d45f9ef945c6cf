"""The gate between money and goods: a shipment goes to the warehouse only when its money is secured (PAY-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.errors import WrongState
from store.markets import get_market
from store.markets.calendar import local_date
from store.orders import history
from store.orders.errors import FundsNotSecured, NotYetReleasable, OrderNotConfirmed
from store.orders.settle_placement import lock_order
from store.payments.secure_charge import NotSecured, is_secured, secure_charge
from store.payments.tables import charge_of_shipment, lock_payment_of_order
from store.shipments import ShipmentStatus, lock_shipment, move, order_of

outbox.declare("shipment.held", "shipment.released")

# A released parcel leaves within this time: the authorization must live that long.
DISPATCH_WITHIN = timedelta(days=2)


async def release_shipment(shipment_id: UUID, *, actor: str, public: bool = True) -> None:
    """Hand a ready shipment to the warehouse, re-authorising off-session if need be.

    Not `public`: customers don't see it in the history, as no warehouse has part in it. Atomic against cancellation:
    both lock the order. Raises FundsNotSecured (and holds the shipment), WrongState, OrderNotConfirmed,
    NotYetReleasable.
    """
    order_id = await order_of(shipment_id)
    secured = await _secure(order_id, shipment_id, actor=actor)
    if isinstance(secured, NotSecured):
        raise FundsNotSecured(reason=secured.code)
    async with db.unit_of_work():
        order = await lock_order(order_id)
        _check_confirmed(order)
        await lock_payment_of_order(order_id)
        shipment = await lock_shipment(shipment_id)
        _check_day(shipment)
        charge = await charge_of_shipment(order_id, shipment_id)
        if charge is not None and not await is_secured(charge, until=clock.now() + DISPATCH_WITHIN):
            raise FundsNotSecured(reason="in_progress")
        if shipment["status"] != ShipmentStatus.READY:
            raise WrongState(object="shipment", state=ShipmentStatus(shipment["status"]))
        await move(shipment, ShipmentStatus.RELEASED, released_at=clock.now())
        await history.record(order_id, "shipment_released", actor=actor, public=public, shipment=shipment["number"])
        await outbox.stage("shipment.released", order_id=order_id, shipment_id=shipment_id)


async def secure_ready_shipment(order_id: str, shipment_id: str) -> None:
    """The consumer of `shipment.ready`: authorise off-session before the warehouse gets it (PAY-5), else hold."""
    shipment = await db.fetchrow(
        "select s.status, s.number, o.status as order_status from shipment s join sales_order o on o.id = s.order_id"
        " where s.id = $1",
        UUID(shipment_id),
    )
    if shipment is None or shipment["order_status"] != "confirmed":
        return
    if shipment["status"] not in {ShipmentStatus.READY, ShipmentStatus.ON_HOLD}:
        return
    await _tell_ready(UUID(order_id), str(shipment["number"]))
    secured = await _secure(UUID(order_id), UUID(shipment_id), actor="store")
    if isinstance(secured, NotSecured) and not secured.final:
        raise outbox.Later(2)


async def _tell_ready(order_id: UUID, number: str) -> None:
    """Once per shipment, however often it is asked to be secured."""
    async with db.unit_of_work():
        await lock_order(order_id)
        known = await db.fetchval(
            "select exists (select from order_event where order_id = $1 and kind = 'shipment_ready'"
            " and facts ->> 'shipment' = $2)",
            order_id,
            number,
        )
        if not known:
            await history.record(order_id, "shipment_ready", shipment=number)


async def _secure(order_id: UUID, shipment_id: UUID, *, actor: str) -> object:
    """Secure the shipment's charge outside any transaction; hold the shipment when that is refused."""
    order = await db.fetchrow("select status from sales_order where id = $1", order_id)
    assert order is not None
    _check_confirmed(order)
    shipment = await db.fetchrow("select * from shipment where id = $1", shipment_id)
    assert shipment is not None
    if shipment["status"] not in {ShipmentStatus.READY, ShipmentStatus.ON_HOLD}:
        raise WrongState(object="shipment", state=ShipmentStatus(shipment["status"]))
    _check_day(shipment)
    charge = await charge_of_shipment(order_id, shipment_id)
    if charge is None:
        return None
    secured = await secure_charge(charge["id"], until=clock.now() + DISPATCH_WITHIN)
    if isinstance(secured, NotSecured):
        if secured.final:
            await hold_shipment(shipment_id, code=secured.code, actor=actor)
    elif shipment["status"] == ShipmentStatus.ON_HOLD:
        await unhold_shipment(shipment_id)
    return secured


def _check_confirmed(order: db.Row) -> None:
    if order["status"] != "confirmed":
        raise OrderNotConfirmed(state=order["status"])


def _check_day(shipment: db.Row) -> None:
    """A preorder doesn't leave before its day."""
    not_before = shipment["not_before"]
    if not_before is not None and local_date(get_market(shipment["market"]), clock.now()) < not_before:
        raise NotYetReleasable(not_before=not_before)


async def secure_released_shipment(shipment_id: UUID, charge_id: UUID) -> None:
    """Its money lapsed while the warehouse had it: authorise anew, or take the shipment back (PAY-6)."""
    secured = await secure_charge(charge_id, until=clock.now() + DISPATCH_WITHIN)
    if not isinstance(secured, NotSecured):
        return
    if not secured.final:
        raise outbox.Later(2)
    await hold_shipment(shipment_id, code=secured.code, take_back=True)


async def hold_shipment(shipment_id: UUID, *, code: str, actor: str = "store", take_back: bool = False) -> None:
    """Keep a shipment back because its money isn't secured; the customer gets a payment link (see holds).

    `take_back`: one that was released, too; it is released again once it is paid.
    """
    order_id = await order_of(shipment_id)
    async with db.unit_of_work():
        await lock_order(order_id)
        shipment = await lock_shipment(shipment_id)
        released = take_back and shipment["status"] == ShipmentStatus.RELEASED
        if not released and shipment["status"] not in {ShipmentStatus.READY, ShipmentStatus.WAITING}:
            return
        await move(shipment, ShipmentStatus.ON_HOLD, hold_reason=code, released_at=None)
        await history.record(order_id, "shipment_held", actor=actor, shipment=shipment["number"], code=code)
        await outbox.stage("shipment.held", order_id=order_id, shipment_id=shipment_id, code=code)


async def unhold_shipment(shipment_id: UUID) -> None:
    """The money is there: back to where the goods say it is."""
    order_id = await order_of(shipment_id)
    async with db.unit_of_work():
        await lock_order(order_id)
        shipment = await lock_shipment(shipment_id)
        if shipment["status"] != ShipmentStatus.ON_HOLD:
            return
        missing = await db.fetchval(
            "select exists (select from shipment_line where shipment_id = $1"
            " and reserved_quantity + canceled_quantity < quantity)",
            shipment_id,
        )
        await move(shipment, ShipmentStatus.WAITING if missing else ShipmentStatus.READY, hold_reason=None)
        await history.record(order_id, "shipment_unheld", shipment=shipment["number"])
