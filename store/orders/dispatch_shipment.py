"""Goods leave: tracking, serials, deadline, and the charge's capture planned, all in one transaction (SHP-4, PAY-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.errors import WrongState
from store.kernel.money import Money, share_taxed
from store.ledger import Account, post
from store.markets import ShippingMethod, get_market
from store.markets.calendar import refund_deadline
from store.orders import history
from store.orders.settle_placement import lock_order
from store.payments.capture_charge import take_charge
from store.payments.tables import charge_of_shipment, lock_payment_of_order
from store.shipments import (
    ShipmentStatus,
    goods_leave,
    goods_return,
    keep_serials,
    lines_of,
    lock_shipment,
    mark_dispatched,
    move,
    order_of,
)

outbox.declare("shipment.dispatched", "shipment.delivered", "shipment.returned")

BY_EMAIL = "e-mail"  # the carrier of what is no parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchShipment:
    """`serials` are the serial numbers by SKU; `carrier` defaults to the shipping method's.

    `tracking_number` None: there is no parcel, it goes by e-mail (see fulfil_services).
    """

    shipment_id: UUID
    tracking_number: str | None
    actor: str
    carrier: str | None = None
    tracking_url: str | None = None
    serials: Mapping[str, Sequence[str]] = field(default_factory=dict)


async def dispatch_shipment(command: DispatchShipment) -> None:
    """Raises WrongState unless the shipment is released, SerialsMismatch, SerialTaken.

    The same dispatch sent twice (same tracking number) changes nothing.
    """
    order_id = await order_of(command.shipment_id)
    async with db.unit_of_work():
        order = await lock_order(order_id)
        await lock_payment_of_order(order_id)
        shipment = await lock_shipment(command.shipment_id)
        if shipment["status"] == ShipmentStatus.DISPATCHED and shipment["tracking_number"] == command.tracking_number:
            return
        if shipment["status"] != ShipmentStatus.RELEASED:
            raise WrongState(object="shipment", state=ShipmentStatus(shipment["status"]))
        market = get_market(order["market"])
        method = next((each for each in market.shipping_methods if each.code == order["shipping_method"]), None)
        by_email = command.tracking_number is None
        lines = await lines_of([shipment["id"]])
        await keep_serials(lines, command.serials)
        await goods_leave(shipment, lines)
        carrier = BY_EMAIL if by_email else command.carrier or (method.carrier if method else "")
        await mark_dispatched(
            shipment,
            carrier=carrier,
            tracking_number=command.tracking_number,
            tracking_url=command.tracking_url or _tracking_link(method, command),
            refundable_until=refund_deadline(market, clock.now()),
        )
        charge = await charge_of_shipment(order_id, shipment["id"])
        if charge is not None:
            await take_charge(charge["id"])
        await _book_sale(order, shipment, lines)
        await history.record(
            order_id,
            "shipment_emailed" if by_email else "shipment_dispatched",
            actor=command.actor,
            shipment=shipment["number"],
            carrier=carrier,
            tracking_number=command.tracking_number,
        )
        await outbox.stage("shipment.dispatched", order_id=order_id, shipment_id=shipment["id"])


def _tracking_link(method: ShippingMethod | None, command: DispatchShipment) -> str:
    """The shipping method's page about the parcel, unless another carrier has it."""
    if method is None or command.tracking_number is None or command.carrier:
        return ""
    return method.tracking_link(command.tracking_number)


def shipped_value(lines: Sequence[db.Row]) -> tuple[int, int]:
    """(goods, tax) of the units that were not cancelled."""
    goods = tax = 0
    for line in lines:
        units = line["quantity"] - line["canceled_quantity"]
        line_goods, line_tax = share_taxed(
            line["goods_minor"], line["tax_minor"], line["quantity"], line["canceled_quantity"], units
        )
        goods += line_goods
        tax += line_tax
    return goods, tax


async def _book_sale(order: db.Row, shipment: db.Row, lines: Sequence[db.Row]) -> None:
    """Revenue is earned when goods leave."""
    goods, tax = shipped_value(lines)
    currency = order["currency"]
    shipping, shipping_tax = shipment["shipping_minor"], shipment["shipping_tax_minor"]
    await post(
        "sale",
        shipment["id"],
        [
            (Account.RECEIVABLE, Money(goods + shipping, currency)),
            (Account.REVENUE_GOODS, Money(-(goods - tax), currency)),
            (Account.REVENUE_SHIPPING, Money(-(shipping - shipping_tax), currency)),
            (Account.TAX_PAYABLE, Money(-(tax + shipping_tax), currency)),
        ],
        order_id=order["id"],
    )


async def deliver_shipment(shipment_id: UUID, *, actor: str) -> None:
    order_id = await order_of(shipment_id)
    async with db.unit_of_work():
        await lock_order(order_id)
        shipment = await lock_shipment(shipment_id)
        if shipment["status"] == ShipmentStatus.DELIVERED:
            return
        await move(shipment, ShipmentStatus.DELIVERED, delivered_at=clock.now())
        await history.record(order_id, "shipment_delivered", actor=actor, shipment=shipment["number"])
        await outbox.stage("shipment.delivered", order_id=order_id, shipment_id=shipment_id)


async def take_back_undeliverable(shipment_id: UUID, *, actor: str, restock: bool = True) -> None:
    """SHP-6: a parcel that could not be delivered is back; refunds reacts with an automatic refund."""
    order_id = await order_of(shipment_id)
    async with db.unit_of_work():
        await lock_order(order_id)
        shipment = await lock_shipment(shipment_id)
        if shipment["status"] == ShipmentStatus.RETURNED:
            return
        await move(shipment, ShipmentStatus.RETURNED, returned_at=clock.now())
        if restock:
            await goods_return(shipment, await lines_of([shipment_id]))
        await history.record(order_id, "shipment_returned", actor=actor, shipment=shipment["number"])
        await outbox.stage("shipment.returned", order_id=order_id, shipment_id=shipment_id)
