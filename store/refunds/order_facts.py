"""Everything that decides about a refund, read once: the order, its shipments, its money, what went back before.

The commit reads it under the locks of order and payment; eligibility and preview read it without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.money import Money, share_taxed
from store.markets import Market, get_market
from store.orders.find_orders import WholeOrder, load_orders
from store.payments.refund_captures import only_by_hand
from store.refunds.spent_units import units_left


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """Units of an order line in one shipment; `taken_*` is what refunds hold of the units that were not cancelled.

    `returnable`: so many of the others may go back at most, as the rest has been used (see spent_units).
    """

    id: UUID
    shipment_id: UUID
    order_line_id: UUID
    sku: str
    names: Mapping[str, str]
    kind: str
    quantity: int
    canceled: int
    goods_minor: int
    tax_minor: int
    tax_rate_ppm: int
    taken: int
    taken_goods_minor: int
    taken_tax_minor: int
    returnable: int | None = None

    @property
    def comes_back(self) -> bool:
        """A service was never a parcel."""
        return self.kind != "service"

    @property
    def left(self) -> int:
        return self._not_taken if self.returnable is None else min(self._not_taken, self.returnable)

    @property
    def used(self) -> int:
        return self._not_taken - self.left

    @property
    def _not_taken(self) -> int:
        return self.quantity - self.canceled - self.taken

    def worth(self, units: int) -> tuple[int, int]:
        """(goods, tax) of that many more units, so that all refunds of the line sum to what was paid (MKT-6).

        It is what all units refunded so far and these are worth together, less what went back for them: a rejected
        refund in between leaves no rest of a cent behind.
        """
        done = share_taxed(self.goods_minor, self.tax_minor, self.quantity, self.canceled, self.taken + units)
        tax = max(done[1] - self.taken_tax_minor, 0)
        net = max((done[0] - done[1]) - (self.taken_goods_minor - self.taken_tax_minor), 0)
        return net + tax, tax


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFacts:
    id: UUID
    number: str
    status: str
    dispatched_at: datetime | None
    refundable_until: datetime | None
    shipping_minor: int
    shipping_tax_minor: int
    shipping_taken: bool
    charge_id: UUID | None
    charge_status: str | None
    lines: tuple[LineFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFacts:
    """Money that was taken; `free_minor` can still go back, `by_hand` when the provider can't any more (REF-3)."""

    id: UUID
    charge_id: UUID
    provider: str
    free_minor: int
    disputed_minor: int
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Money that an earlier refund has a right to and has not taken: it waits for approval, or failed."""

    refund_id: UUID
    amount_minor: int
    charge_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """`foreign_minor`: given back in the provider's dashboard and not set off against any goods yet (REF-10)."""

    order: db.Row
    market: Market
    payment: db.Row | None
    shipments: tuple[ShipmentFacts, ...]
    captures: tuple[CaptureFacts, ...]
    kept: tuple[Kept, ...]
    foreign_minor: int

    @property
    def currency(self) -> str:
        return str(self.order["currency"])

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self.currency)

    def lines(self) -> dict[UUID, tuple[ShipmentFacts, LineFacts]]:
        return {line.id: (shipment, line) for shipment in self.shipments for line in shipment.lines}


async def load_facts(order_id: UUID, *, without: UUID | None = None) -> OrderFacts:
    """A dozen statements, whatever the order's size; `without` a refund whose own money shall count as free.

    Raises NotFound.
    """
    found = await load_orders([order_id])
    if not found:
        raise NotFound
    whole = found[0]
    charges = await db.fetch("select id, shipment_id, status from charge where order_id = $1", order_id)
    return OrderFacts(
        order=whole.order,
        market=get_market(whole.order["market"]),
        payment=await db.fetchrow("select * from payment where order_id = $1", order_id),
        shipments=_shipments(
            whole,
            charges,
            await _taken_lines(order_id),
            await _taken_shipping(order_id),
            await units_left(order_id),
        ),
        captures=await _captures(order_id),
        kept=tuple(kept for kept in await _kept(order_id) if kept.refund_id != without),
        foreign_minor=await _foreign(order_id),
    )


def _shipments(
    whole: WholeOrder,
    charges: Sequence[db.Row],
    taken: Mapping[UUID, db.Row],
    shipping_taken: set[UUID],
    returnable: Mapping[UUID, int],
) -> tuple[ShipmentFacts, ...]:
    sold = {line["id"]: line for line in whole.lines}
    by_shipment = {charge["shipment_id"]: charge for charge in charges}
    return tuple(
        ShipmentFacts(
            **{
                name: shipment[name]
                for name in (
                    "id",
                    "number",
                    "status",
                    "dispatched_at",
                    "refundable_until",
                    "shipping_minor",
                    "shipping_tax_minor",
                )
            },
            shipping_taken=shipment["id"] in shipping_taken,
            charge_id=charge["id"] if charge else None,
            charge_status=charge["status"] if charge else None,
            lines=tuple(_line(shipment["id"], line, sold, taken, returnable) for line in shipment["lines"] or ()),
        )
        for shipment in whole.shipments
        for charge in [by_shipment.get(shipment["id"]) or by_shipment.get(None)]
    )


def _line(
    shipment_id: UUID,
    line: Mapping[str, Any],
    sold: Mapping[UUID, db.Row],
    taken: Mapping[UUID, db.Row],
    returnable: Mapping[UUID, int],
) -> LineFacts:
    line_id, order_line_id = UUID(line["id"]), UUID(line["order_line_id"])
    before = taken.get(line_id)
    return LineFacts(
        id=line_id,
        shipment_id=shipment_id,
        order_line_id=order_line_id,
        sku=line["sku"],
        names=sold[order_line_id]["names"],
        kind=sold[order_line_id]["kind"],
        quantity=line["quantity"],
        canceled=line["canceled_quantity"],
        goods_minor=line["goods_minor"],
        tax_minor=line["tax_minor"],
        tax_rate_ppm=sold[order_line_id]["tax_rate_ppm"],
        taken=before["quantity"] if before else 0,
        taken_goods_minor=before["goods_minor"] if before else 0,
        taken_tax_minor=before["tax_minor"] if before else 0,
        returnable=returnable.get(line_id),
    )


async def units_taken(order_id: UUID) -> dict[UUID, int]:
    """{shipment_line_id: units that refunds hold}, those that wait for approval included."""
    return {line_id: row["quantity"] for line_id, row in (await _taken_lines(order_id)).items()}


async def _taken_lines(order_id: UUID) -> dict[UUID, db.Row]:
    """Refunds of cancelled units are left out: those units count as cancelled already."""
    rows = await db.fetch(
        "select l.shipment_line_id, sum(l.quantity)::int as quantity, sum(l.goods_minor)::bigint as goods_minor,"
        " sum(l.tax_minor)::bigint as tax_minor from refund_line l join refund r on r.id = l.refund_id"
        " where l.order_id = $1 and r.status <> 'rejected' and l.reason <> 'canceled' group by l.shipment_line_id",
        order_id,
    )
    return {row["shipment_line_id"]: row for row in rows}


async def _taken_shipping(order_id: UUID) -> set[UUID]:
    rows = await db.fetch("select shipment_id from refund_shipping where order_id = $1 and not freed", order_id)
    return {row["shipment_id"] for row in rows}


async def _captures(order_id: UUID) -> tuple[CaptureFacts, ...]:
    rows = await db.fetch(
        "select * from capture where order_id = $1 and status = 'succeeded' order by created_at, id", order_id
    )
    return tuple(
        CaptureFacts(
            id=row["id"],
            charge_id=row["charge_id"],
            provider=row["provider"],
            free_minor=max(row["amount_minor"] - row["refunded_minor"] - row["disputed_minor"], 0),
            disputed_minor=row["disputed_minor"],
            by_hand=only_by_hand(row),
        )
        for row in rows
    )


async def _kept(order_id: UUID) -> tuple[Kept, ...]:
    rows = await db.fetch(
        "select r.id, r.charge_ids, r.money_minor - coalesce(sum(p.amount_minor), 0)::bigint as amount_minor"
        " from refund r left join payment_refund p on (p.subject_id = r.id or p.id = r.payment_refund_id)"
        " and p.status <> 'failed' where r.order_id = $1 and r.status <> 'rejected'"
        " group by r.id having r.money_minor > coalesce(sum(p.amount_minor), 0) order by r.requested_at, r.id",
        order_id,
    )
    return tuple(
        Kept(refund_id=row["id"], amount_minor=row["amount_minor"], charge_ids=tuple(row["charge_ids"])) for row in rows
    )


async def _foreign(order_id: UUID) -> int:
    total: int = await db.fetchval(
        "select (coalesce(sum(amount_minor) filter (where origin = 'provider'), 0)"
        " - coalesce(sum(deducted_minor), 0))::bigint from refund where order_id = $1 and status <> 'rejected'",
        order_id,
    )
    return max(total, 0)
