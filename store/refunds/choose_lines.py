"""Which units are to be refunded, and what they and their shipments' shipping are worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from store.refunds.errors import (
    AlreadyRefunded,
    NothingToRefund,
    ServiceUsed,
    ShippingAlreadyRefunded,
    TooManyUnits,
    UnknownRefundLine,
)
from store.refunds.order_facts import LineFacts, OrderFacts, ShipmentFacts
from store.refunds.reasons import reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """Units to refund, named by shipment line, by order line, or by SKU; the latter are found in shipment order.

    `reason` is for this line alone; None takes the refund's.
    """

    quantity: int
    shipment_line_id: UUID | None = None
    order_line_id: UUID | None = None
    sku: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    line_id: UUID
    sku: str
    names: dict[str, str]
    quantity: int
    reason: str
    goods_minor: int
    tax_minor: int
    tax_rate_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is refunded of one shipment. Goods include their tax, shipping includes its own.

    `charge_id` is None where there is nothing to charge; `sold`: the goods have left, so that revenue was booked.
    """

    shipment_id: UUID
    shipment_number: str
    charge_id: UUID | None
    charge_status: str | None
    sold: bool
    lines: tuple[PartLine, ...]
    shipping_minor: int
    shipping_tax_minor: int

    @property
    def goods_minor(self) -> int:
        return sum(line.goods_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(line.tax_minor for line in self.lines) + self.shipping_tax_minor

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.shipping_minor


def choose_lines(
    facts: OrderFacts, wanted: Sequence[RefundLine], reason: str, *, include_shipping: bool | None
) -> list[Part]:
    """The parts, in shipment order. `include_shipping` None lets each shipment's reasons decide.

    Raises UnknownRefundLine, TooManyUnits, ServiceUsed, NothingToRefund, ShippingAlreadyRefunded (REF-7).
    """
    units: dict[UUID, tuple[int, str]] = {}
    for each in wanted:
        code = reason_of(each.reason or reason).code
        for line_id, quantity in _find(facts, each, units):
            before = units.get(line_id, (0, code))
            units[line_id] = (before[0] + quantity, before[1])
    if not units:
        raise NothingToRefund
    return [
        _part(shipment, units, include_shipping)
        for shipment in facts.shipments
        if any(line.id in units for line in shipment.lines)
    ]


def _find(facts: OrderFacts, wanted: RefundLine, so_far: dict[UUID, tuple[int, str]]) -> Iterable[tuple[UUID, int]]:
    matching = [line for shipment, line in facts.lines().values() if _matches(wanted, shipment, line)]
    if not matching or wanted.quantity < 1:
        raise UnknownRefundLine(line=str(wanted.shipment_line_id or wanted.order_line_id or wanted.sku or ""))
    rest = wanted.quantity
    for line in matching:
        take = min(rest, line.left - so_far.get(line.id, (0, ""))[0])
        if take > 0:
            yield line.id, take
            rest -= take
    if rest and any(line.used for line in matching):
        raise ServiceUsed(sku=matching[0].sku, left=wanted.quantity - rest)
    if not any(line.left for line in matching):
        raise AlreadyRefunded(shipment=matching[0].sku)
    if rest:
        raise TooManyUnits(wanted=wanted.quantity, sku=matching[0].sku, left=wanted.quantity - rest)


def _matches(wanted: RefundLine, shipment: ShipmentFacts, line: LineFacts) -> bool:
    if wanted.shipment_line_id is not None:
        return line.id == wanted.shipment_line_id
    if not shipment.dispatched_at:  # what has not left is cancelled, so a SKU never means it
        return False
    if wanted.order_line_id is not None:
        return line.order_line_id == wanted.order_line_id
    return line.sku == wanted.sku


def _part(shipment: ShipmentFacts, units: dict[UUID, tuple[int, str]], include_shipping: bool | None) -> Part:  # noqa: FBT001 - three-valued
    lines = tuple(_part_line(line, *units[line.id]) for line in shipment.lines if line.id in units)
    by_policy = any(reason_of(line.reason).our_cost for line in lines)
    wanted = by_policy if include_shipping is None else include_shipping
    if include_shipping and shipment.shipping_taken and shipment.shipping_minor:
        raise ShippingAlreadyRefunded(shipment=shipment.number)
    given = wanted and not shipment.shipping_taken
    return Part(
        shipment_id=shipment.id,
        shipment_number=shipment.number,
        charge_id=shipment.charge_id,
        charge_status=shipment.charge_status,
        sold=shipment.dispatched_at is not None,
        lines=lines,
        shipping_minor=shipment.shipping_minor if given else 0,
        shipping_tax_minor=shipment.shipping_tax_minor if given else 0,
    )


def _part_line(line: LineFacts, quantity: int, reason: str) -> PartLine:
    goods, tax = line.worth(quantity)
    return PartLine(
        line_id=line.id,
        sku=line.sku,
        names=dict(line.names),
        quantity=quantity,
        reason=reason,
        goods_minor=goods,
        tax_minor=tax,
        tax_rate_ppm=line.tax_rate_ppm,
    )
