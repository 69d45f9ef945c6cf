"""Cancel what has not been released yet, honestly and atomically against the release (ORD-4, ORD-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from store.customers import free_credit
from store.inventory import Want, release
from store.kernel import clock, db, outbox
from store.kernel.errors import Invalid, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.kernel.money import Money, share_taxed
from store.markets import get_market
from store.markets.calendar import local_date
from store.orders import history
from store.orders.errors import CancellationDayOver, CancellationTooLate, OrderNotConfirmed, ServiceOrderKept
from store.orders.settle_placement import confirm_if_paid, give_up_goods_and_money, lock_order, set_status
from store.orders.statuses import OrderStatus
from store.payments.secure_charge import reduce_charge, release_charge
from store.payments.tables import lock_payment_of_order
from store.shipments import NOT_RELEASED, ShipmentStatus, cancel_units, lines_of, move

outbox.declare("order.canceled", "order.units_canceled")


class NothingToCancel(StoreError):
    code = "nothing_to_cancel"
    status = 422
    title = N_("These items can't be cancelled.")
    detail = N_("“{line}” has fewer units left that are not released yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel everything that can be, or `units` of some order lines ({order_line_id: quantity})."""

    order_id: UUID
    actor: str
    reason: str = ""
    units: Mapping[UUID, int] = field(default_factory=dict)
    shipment_id: UUID | None = None  # only this shipment
    any_day: bool = False  # staff are not bound to the day of the order


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """`outcome` is canceled, partly_canceled; `kept` are shipments that were released already."""

    outcome: str
    canceled_shipments: tuple[str, ...]
    kept_shipments: tuple[str, ...]
    released_money: Money  # will not be charged
    refunded_money: Money  # was charged and goes back


@dataclass(slots=True)
class _Sum:
    """What a cancellation frees, collected shipment by shipment."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    released_minor: int = 0
    shipping_minor: int = 0
    shipping_tax_minor: int = 0
    goods_minor: int = 0
    shipments: list[str] = field(default_factory=list)
    stock: list[Want] = field(default_factory=list)


async def cancel_order(command: CancelOrder) -> Cancellation:
    """Raises CancellationTooLate when all of it is released, CancellationDayOver, NothingToCancel, ServiceOrderKept.

    An order that isn't paid yet is cancelled whole: OrderNotConfirmed for some units of it.
    """
    async with db.unit_of_work():
        order = await lock_order(command.order_id)
        if order["status"] == OrderStatus.PENDING:
            order = await confirm_if_paid(order)  # money that has just arrived goes back like any other
        _check(order, command)
        if order["status"] == OrderStatus.PENDING:
            return await _cancel_pending(order, command)
        payment = await lock_payment_of_order(order["id"])
        shipments = await db.fetch(
            "select * from shipment where order_id = $1 order by sequence desc for update", order["id"]
        )
        alive = [shipment for shipment in shipments if ShipmentStatus(shipment["status"]) in NOT_RELEASED]
        open_ones = [each for each in alive if command.shipment_id in {None, each["id"]}]
        kept = [s["number"] for s in shipments if s["status"] in {"released", "dispatched", "delivered", "returned"}]
        if not open_ones:
            raise CancellationTooLate(shipments=kept)
        taken = await _cancel_shipments(open_ones, dict(command.units))
        await release(taken.stock, reference=order["number"])
        refunded = await _settle_money(order, payment, taken)
        everything = len(taken.shipments) == len(alive) and not kept
        if everything:
            await set_status(order, OrderStatus.CANCELED)
        else:
            await db.execute("update sales_order set version = version + 1 where id = $1", order["id"])
        outcome = "canceled" if everything else "partly_canceled"
        await history.record(
            order["id"], outcome, actor=command.actor, reason=command.reason, shipments=taken.shipments
        )
        await outbox.stage("order.canceled", order_id=order["id"], outcome=outcome, cancellation_id=new_id())
        return Cancellation(
            outcome=outcome,
            canceled_shipments=tuple(taken.shipments),
            kept_shipments=tuple(kept),
            released_money=Money(taken.released_minor, order["currency"]),
            refunded_money=refunded,
        )


def _check(order: db.Row, command: CancelOrder) -> None:
    if order["status"] not in {OrderStatus.PENDING, OrderStatus.CONFIRMED}:
        raise OrderNotConfirmed(state=order["status"])
    if order["status"] == OrderStatus.PENDING and command.units:
        raise OrderNotConfirmed(state=order["status"])  # what isn't paid yet is given up whole, or not at all
    if order["origin"] != "shop" and not command.any_day:
        raise ServiceOrderKept(return_number=order["origin_number"])
    market = get_market(order["market"])
    placed_on = local_date(market, order["placed_at"])
    same_day = placed_on == local_date(market, clock.now())
    if market.policy.cancellation_same_day and not command.any_day and not same_day:
        raise CancellationDayOver(placed_on=placed_on)


async def _cancel_pending(order: db.Row, command: CancelOrder) -> Cancellation:
    """Not paid yet: everything is given up at once."""
    await set_status(order, OrderStatus.CANCELED)
    await give_up_goods_and_money(order)
    await history.record(order["id"], "canceled", actor=command.actor, reason=command.reason)
    await outbox.stage("order.canceled", order_id=order["id"], outcome="canceled", cancellation_id=new_id())
    zero = Money.zero(order["currency"])
    return Cancellation(
        outcome="canceled",
        canceled_shipments=(),
        kept_shipments=(),
        released_money=Money(order["total_minor"], order["currency"]),
        refunded_money=zero,
    )


async def _cancel_shipments(shipments: list[db.Row], units: dict[UUID, int]) -> _Sum:
    """Take the units out, latest shipment first; a shipment left empty is cancelled with its shipping."""
    taken = _Sum()
    wanted = dict(units)
    lines = await lines_of([shipment["id"] for shipment in shipments])
    for shipment in shipments:
        left_over = 0
        for line in (line for line in lines if line["shipment_id"] == shipment["id"]):
            left = line["quantity"] - line["canceled_quantity"]
            part = min(left, wanted.get(line["order_line_id"], 0)) if units else left
            if units:
                wanted[line["order_line_id"]] = wanted.get(line["order_line_id"], 0) - part
            left_over += left - part
            if part:
                await _cancel_line(shipment, line, part, taken)
        if not left_over:
            await _close(shipment, taken)
    missing = next((line_id for line_id, rest in wanted.items() if rest > 0), None)
    if missing is not None:
        raise NothingToCancel(line=str(missing))
    if units and not taken.lines:
        raise Invalid(errors=[])
    return taken


async def _cancel_line(shipment: db.Row, line: db.Row, units: int, taken: _Sum) -> None:
    goods, tax = share_taxed(line["goods_minor"], line["tax_minor"], line["quantity"], line["canceled_quantity"], units)
    want = await cancel_units(line, units, shipment["warehouse"])
    taken.stock += [want] if want else []
    taken.goods_minor += goods
    taken.lines.append(
        {
            "shipment_line_id": str(line["id"]),
            "shipment_id": str(shipment["id"]),
            "quantity": units,
            "goods_minor": goods,
            "tax_minor": tax,
        }
    )


async def _close(shipment: db.Row, taken: _Sum) -> None:
    await move(shipment, ShipmentStatus.CANCELED)
    taken.shipments.append(shipment["number"])
    taken.shipping_minor += shipment["shipping_minor"]
    taken.shipping_tax_minor += shipment["shipping_tax_minor"]


async def _settle_money(order: db.Row, payment: db.Row | None, taken: _Sum) -> Money:
    """What was not taken yet is released or reduced; what was is refunded by the refunds room (ORD-5)."""
    zero = Money.zero(order["currency"])
    if payment is None:
        return zero
    refunded = zero
    whole = await db.fetchrow("select * from charge where order_id = $1 and shipment_id is null", order["id"])
    if whole is not None:
        gone = taken.goods_minor + taken.shipping_minor
        if whole["status"] in {"captured", "capturing", "invoiced"}:
            if whole["status"] == "invoiced":  # a repair that was not paid: the credit note takes the invoice back
                taken.released_minor += gone
            else:
                refunded = Money(gone, order["currency"])
            await outbox.stage(
                "order.units_canceled",
                order_id=order["id"],
                cancellation_id=new_id(),
                lines=taken.lines,
                shipping_minor=taken.shipping_minor,
                shipping_tax_minor=taken.shipping_tax_minor,
            )
        else:
            await _shrink(order, whole, gone, taken.shipping_minor, taken)
    else:
        await _shrink_shares(taken)
    if taken.released_minor and order["payment_method"] == "purchase_order" and order["partner_id"]:
        await free_credit(order["partner_id"], taken.released_minor)
    return refunded


async def _shrink_shares(taken: _Sum) -> None:
    by_shipment: dict[str, int] = {}
    tax_by_shipment: dict[str, int] = {}
    for line in taken.lines:
        by_shipment[line["shipment_id"]] = by_shipment.get(line["shipment_id"], 0) + line["goods_minor"]
        tax_by_shipment[line["shipment_id"]] = tax_by_shipment.get(line["shipment_id"], 0) + line["tax_minor"]
    for shipment_id, goods in by_shipment.items():
        row = await db.fetchrow(
            "select c.*, s.status as shipment_status from charge c join shipment s on s.id = c.shipment_id"
            " where s.id = $1",
            UUID(shipment_id),
        )
        assert row is not None
        if row["shipment_status"] == ShipmentStatus.CANCELED:
            taken.released_minor += row["amount_minor"]
            await release_charge(row["id"])
        else:
            taken.released_minor += goods
            await reduce_charge(
                row["id"],
                amount=Money(row["amount_minor"] - goods, row["currency"]),
                shipping=Money(row["shipping_minor"], row["currency"]),
                tax=Money(row["tax_minor"] - tax_by_shipment[shipment_id], row["currency"]),
            )


async def _shrink(order: db.Row, charge: db.Row, amount: int, shipping: int, taken: _Sum) -> None:
    """A charge for the whole order that was not taken yet (prepayment)."""
    taken.released_minor += amount
    if amount >= charge["amount_minor"]:
        await release_charge(charge["id"])
        return
    tax = sum(line["tax_minor"] for line in taken.lines) + taken.shipping_tax_minor
    await reduce_charge(
        charge["id"],
        amount=Money(charge["amount_minor"] - amount, order["currency"]),
        shipping=Money(charge["shipping_minor"] - shipping, order["currency"]),
        tax=Money(charge["tax_minor"] - tax, order["currency"]),
    )
