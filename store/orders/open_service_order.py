"""Open the order that a return leads to: a replacement, a repair, or the customer's own goods (RMA-9, RMA-18).

It is an order like any other, with one shipment in the warehouse's queue, so that release, dispatch, tracking, e-mails
and refunds are those of every order. What costs nothing has no payment at all; a repair is invoiced at once, and the
gate lets it go only when it is repaired and paid (PAY-6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from store.kernel import clock, db, outbox
from store.kernel.errors import WrongState
from store.kernel.ids import new_id, new_number
from store.kernel.money import Money
from store.markets import Address, Market, ShippingMethod, get_market
from store.markets.calendar import local_date
from store.markets.tax import tax_rate
from store.orders import history
from store.orders.freeze_quote import creditor_reference
from store.orders.service_shipment import service_shipment
from store.orders.settle_placement import lock_order
from store.payments.capture_charge import take_charge
from store.payments.methods import INVOICE_AT_SHIPMENT, METHODS, NO_PAYMENT
from store.payments.open_payment import OpenPayment, Share, open_payment
from store.payments.port import Payer
from store.shipments import NewLine, mark_ready, open_shipments, reserve_for

Origin = Literal["replacement", "repair", "return"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """Goods of a service order. `total_minor` includes the tax; both are 0 for what is free.

    The customer's own goods have neither stock nor serial numbers to scan: `tracks_stock` and `serialized` are False,
    and their names tell which unit it is. `kind` is device, repair or return.
    """

    variant_id: UUID
    product_id: UUID
    sku: str
    names: Mapping[str, str]
    quantity: int = 1
    total_minor: int = 0
    tax_minor: int = 0
    tax_rate_ppm: int = 0
    serialized: bool = False
    tracks_stock: bool = False
    kind: str = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenServiceOrder:
    """`rma_number` is the return that it belongs to; `ready` False: it leaves only after `service_done`."""

    origin: Origin
    rma_number: str
    market: str
    locale: str
    email: str
    address: Mapping[str, Any]
    lines: Sequence[ServiceLine]
    account_id: UUID | None = None
    partner_id: UUID | None = None
    customer_reference: str | None = None
    actor: str = "store"
    ready: bool = True

    @property
    def total_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(line.tax_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrder:
    order_id: UUID
    number: str
    shipment_id: UUID


async def open_service_order(command: OpenServiceOrder) -> ServiceOrder:
    """Write order, shipment, stock and, for what costs something, the invoiced charge, in the caller's unit of work.

    Goods that are not in stock are awaited like a backorder. Once per call: the caller knows whether it has asked
    before. A return opens one per item, as each leaves, or is given up, on its own. Call it late: it locks stock.
    """
    market, at, order_id = get_market(command.market), clock.now(), new_id()
    number = await _free_number(market)
    method = _shipping_method(market, str(command.address["country"]))
    line_ids = [new_id() for _ in command.lines]
    lines = [_shipment_line(line, line_id) for line, line_id in zip(command.lines, line_ids, strict=True)]
    shipment = await service_shipment(market, number, lines, method=method, at=at, ready=command.ready)
    await _insert_order(command, market, order_id, number, at, method)
    await _insert_lines(command, order_id, line_ids)
    await open_shipments(order_id, market.code, market.currency, [shipment], at)
    if command.ready:
        await mark_ready([shipment.id])
    await reserve_for([shipment], reference=order_id)
    await history.record(
        order_id, f"{command.origin}_opened", actor=command.actor, return_number=command.rma_number, number=number
    )
    if command.total_minor:
        await _invoice(command, market, order_id, number, at)
    await outbox.stage("order.confirmed", order_id=order_id)
    return ServiceOrder(order_id=order_id, number=number, shipment_id=shipment.id)


async def service_done(order_id: UUID, *, actor: str = "store") -> None:
    """What was being repaired can leave: its shipment is ready, for the gate to look at its money (PAY-6).

    In a unit of work; twice changes nothing. Raises WrongState for an order that was cancelled.
    """
    order = await lock_order(order_id)
    if order["status"] != "confirmed":
        raise WrongState(object="order", state=order["status"])
    rows = await db.fetch("select id from shipment where order_id = $1 and status = 'waiting'", order_id)
    if await mark_ready([row["id"] for row in rows]):
        await history.record(order_id, "service_done", actor=actor)


async def _free_number(market: Market) -> str:
    """The caller's transaction can't be tried again when a number was drawn before."""
    while True:
        number = new_number(market.order_prefix)
        if not await db.fetchval("select exists (select from sales_order where number = $1)", number):
            return number


def _shipping_method(market: Market, country: str) -> ShippingMethod:
    """The market's first that goes there; nobody pays for it."""
    going = [method for method in market.shipping_methods if not method.countries or country in method.countries]
    return next(iter(going), market.shipping_methods[0])


def _shipment_line(line: ServiceLine, order_line_id: UUID) -> NewLine:
    return NewLine(
        id=new_id(),
        order_line_id=order_line_id,
        variant_id=line.variant_id,
        sku=line.sku,
        serialized=line.serialized,
        tracks_stock=line.tracks_stock,
        quantity=line.quantity,
        goods_minor=line.total_minor,
        tax_minor=line.tax_minor,
    )


async def _insert_order(
    command: OpenServiceOrder, market: Market, order_id: UUID, number: str, at: datetime, method: ShippingMethod
) -> None:
    tax = tax_rate(market, msgspec.convert(dict(command.address), Address))
    await db.insert(
        "sales_order",
        id=order_id,
        number=number,
        origin=command.origin,
        origin_number=command.rma_number,
        market=market.code,
        legal_entity=market.legal_entity.code,
        locale=command.locale,
        status="confirmed",
        account_id=command.account_id,
        partner_id=command.partner_id,
        email=command.email,
        phone=command.address.get("phone"),
        shipping_address=dict(command.address),
        billing_address=dict(command.address),
        shipping_method=method.code,
        payment_method="wire" if command.total_minor else NO_PAYMENT,
        currency=market.currency,
        tax_mode=market.tax_mode,
        tax_rate_ppm=max((line.tax_rate_ppm for line in command.lines), default=0),
        tax_name=tax.name,
        tax_region=tax.region,
        goods_minor=command.total_minor,
        discount_minor=0,
        tax_minor=command.tax_minor,
        shipping_minor=0,
        shipping_tax_minor=0,
        total_minor=command.total_minor,
        customer_reference=command.customer_reference,
        placed_at=at,
        confirmed_at=at,
    )


async def _insert_lines(command: OpenServiceOrder, order_id: UUID, line_ids: Sequence[UUID]) -> None:
    before_tax = get_market(command.market).tax_mode == "exclusive"
    for position, (line, line_id) in enumerate(zip(command.lines, line_ids, strict=True), start=1):
        await db.insert(
            "order_line",
            id=line_id,
            order_id=order_id,
            position=position,
            variant_id=line.variant_id,
            product_id=line.product_id,
            sku=line.sku,
            names=dict(line.names),
            quantity=line.quantity,
            unit_price_minor=(line.total_minor - (line.tax_minor if before_tax else 0)) // line.quantity,
            discount_minor=0,
            tax_minor=line.tax_minor,
            tax_rate_ppm=line.tax_rate_ppm,
            total_minor=line.total_minor,
            serialized=line.serialized,
            kind=line.kind,
        )


async def _invoice(command: OpenServiceOrder, market: Market, order_id: UUID, number: str, at: datetime) -> None:
    """RMA-9: one charge for the whole order, invoiced now and due within the market's days for transfers."""
    days = market.policy.wire_expiry_days
    address = msgspec.convert(dict(command.address), Address)
    share = Share(
        charge_id=new_id(),
        shipment_id=None,
        amount=Money(command.total_minor, market.currency),
        shipping=Money.zero(market.currency),
        tax=Money(command.tax_minor, market.currency),
        due_on=local_date(market, at) + timedelta(days=days),
        soon=False,
    )
    await open_payment(
        OpenPayment(
            payment_id=new_id(),
            order_id=order_id,
            order_number=number,
            method=METHODS["wire"],
            policy=INVOICE_AT_SHIPMENT,
            total=share.amount,
            shipping_quoted=share.shipping,
            shares=[share],
            payer=Payer(
                email=command.email,
                name=address.name or address.company,
                locale=command.locale,
                address=dict(command.address),
            ),
            transfer_reference=creditor_reference(number),
            partner_id=command.partner_id,
            net_days=days,
        )
    )
    await take_charge(share.charge_id)
