"""What an order's shipments brought, and how much of it can still come back: one statement for any number of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.money import share_taxed


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """Units of an order line in one shipment. `held` are those in open returns, and those replaced for good."""

    id: UUID
    order_id: UUID
    order_number: str
    shipment: str
    market: str
    channel: str
    account_id: UUID | None
    partner_id: UUID | None
    variant_id: UUID
    product_id: UUID
    sku: str
    names: Mapping[str, str]
    serialized: bool
    quantity: int
    canceled: int
    refunded: int
    held: int
    goods_minor: int
    tax_minor: int
    dispatched_at: datetime | None
    category: str
    kind: str
    manufacturer: str
    manufacturer_name: str
    rma_route: Mapping[str, Any]

    @property
    def left(self) -> int:
        return self.quantity - self.canceled - self.refunded - self.held

    def worth_minor(self, before: int) -> int:
        """What one more piece was sold for, tax included, when `before` others of it come back as well."""
        taken = min(self.canceled + self.refunded + self.held + before, self.quantity - 1)
        return share_taxed(self.goods_minor, self.tax_minor, self.quantity, taken, 1)[0]


_LINE = """
select l.id, l.order_id, o.number as order_number, s.number as shipment, o.market, o.channel, o.account_id,
       o.partner_id, l.variant_id, i.product_id, l.sku, i.names, l.serialized, l.quantity,
       l.canceled_quantity as canceled, l.goods_minor, l.tax_minor, s.dispatched_at, p.category, p.kind,
       m.slug as manufacturer, m.name as manufacturer_name, m.rma_route,
       (select coalesce(sum(x.quantity), 0)::int from refund_line x join refund f on f.id = x.refund_id
        where x.shipment_line_id = l.id and f.status <> 'rejected' and x.reason <> 'canceled') as refunded,
       (select count(*)::int from rma_unit r where r.shipment_line_id = l.id and r.confirmed_at is not null
        and (r.closed_at is null or r.outcome = 'replaced')) as held
from shipment_line l
join shipment s on s.id = l.shipment_id
join order_line i on i.id = l.order_line_id
join sales_order o on o.id = l.order_id
join product p on p.id = i.product_id
join manufacturer m on m.id = p.manufacturer_id
"""


async def load_lines(line_ids: Iterable[UUID]) -> dict[UUID, SoldLine]:
    """Those that exist, by id."""
    rows = await db.fetch(f"{_LINE} where l.id = any($1)", list(line_ids))
    return {row["id"]: SoldLine(**dict(row)) for row in rows}


async def find_lines(orders: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[SoldLine]]:
    """The lines of (order number, SKU), the last that left first; what never left comes last."""
    rows = await db.fetch(
        f"{_LINE} join unnest($1::text[], $2::text[]) as w (number, sku) on w.number = o.number and w.sku = l.sku"
        " order by s.dispatched_at desc nulls last, l.id",
        [number for number, _ in orders],
        [sku for _, sku in orders],
    )
    found: dict[tuple[str, str], list[SoldLine]] = {}
    for row in rows:
        found.setdefault((row["order_number"], row["sku"]), []).append(SoldLine(**dict(row)))
    return found


async def lines_of_order(order_id: UUID) -> list[SoldLine]:
    rows = await db.fetch(f"{_LINE} where l.order_id = $1 order by s.sequence, i.position", order_id)
    return [SoldLine(**dict(row)) for row in rows]
