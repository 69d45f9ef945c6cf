"""The rows of a refund: written once with the units and the shipping that it takes, given free when it is rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from store.customers import Principal
from store.kernel import clock, db
from store.kernel.errors import NotFound
from store.kernel.ids import new_id, new_number
from store.refunds.choose_lines import Part
from store.refunds.order_facts import OrderFacts
from store.refunds.plan_money import MoneyPlan
from store.refunds.spent_units import TakenUnits, free_units, take_units
from store.refunds.statuses import REFUND, RefundStatus

STORE = "store"  # who starts what the rules start by themselves
CANCELED = "canceled"  # the reason of units that never left: nobody can have used them


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    facts: OrderFacts
    parts: Sequence[Part]
    plan: MoneyPlan
    reason: str
    origin: str
    fee_minor: int = 0
    fee_tax_minor: int = 0
    principal: Principal | None = None
    request_id: UUID | None = None
    request_key: str | None = None
    note: str = ""
    override_reason: str = ""
    outside_policy: bool = False
    approval_reasons: Sequence[str] = ()


async def insert_refund(new: NewRefund) -> db.Row:
    """Write the refund, awaiting approval: `grant` brings it on. The order is locked. Raises ServiceUsed."""
    goods = sum(part.goods_minor for part in new.parts)
    shipping = sum(part.shipping_minor for part in new.parts)
    refund_id = new_id()
    await db.insert(
        "refund",
        id=refund_id,
        number=new_number("RF"),
        order_id=new.facts.order["id"],
        request_id=new.request_id,
        request_key=new.request_key,
        origin=new.origin,
        status=RefundStatus.AWAITING_APPROVAL.value,
        reason=new.reason,
        note=new.note,
        override_reason=new.override_reason,
        approval_reasons=list(new.approval_reasons),
        currency=new.facts.currency,
        amount_minor=goods + shipping - new.fee_minor - new.plan.deducted_minor,
        goods_minor=goods,
        shipping_minor=shipping,
        tax_minor=sum(part.tax_minor for part in new.parts),
        fee_minor=new.fee_minor,
        fee_tax_minor=new.fee_tax_minor,
        deducted_minor=new.plan.deducted_minor,
        money_minor=new.plan.money_minor,
        charge_ids=list(dict.fromkeys(part.charge_id for part in new.parts if part.charge_id)),
        outside_policy=new.outside_policy,
        requested_by=new.principal.name if new.principal else STORE,
        requested_id=new.principal.identity if new.principal else STORE,
        requested_at=clock.now(),
    )
    await _insert_lines(refund_id, new)
    await _take_units(new)
    await _take_shipping(refund_id, new)
    await take_units(
        [
            TakenUnits(shipment_line_id=line.line_id, sku=line.sku, quantity=line.quantity)
            for part in new.parts
            for line in part.lines
            if line.reason != CANCELED
        ]
    )
    return await load_refund(refund_id)


async def _insert_lines(refund_id: UUID, new: NewRefund) -> None:
    rows = [(part, line) for part in new.parts for line in part.lines]
    await db.execute(
        "insert into refund_line (refund_id, shipment_line_id, shipment_id, order_id, reason, quantity, goods_minor,"
        " tax_minor) select $1, l.line, l.shipment, $2, l.reason, l.quantity, l.goods, l.tax"
        " from unnest($3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::bigint[], $8::bigint[])"
        " as l (line, shipment, reason, quantity, goods, tax)",
        refund_id,
        new.facts.order["id"],
        [line.line_id for _, line in rows],
        [part.shipment_id for part, _ in rows],
        [line.reason for _, line in rows],
        [line.quantity for _, line in rows],
        [line.goods_minor for _, line in rows],
        [line.tax_minor for _, line in rows],
    )


async def _take_units(new: NewRefund) -> None:
    """The running sums: the database refuses more than was sold, whatever this code believes (REF-7)."""
    sold = new.facts.lines()
    lines = [line for part in new.parts for line in part.lines]
    await db.execute(
        "insert into refunded_line as known (shipment_line_id, order_id, sold_quantity, sold_minor, quantity,"
        " goods_minor) select l.line, $1, l.sold, l.sold_minor, l.quantity, l.goods"
        " from unnest($2::uuid[], $3::int[], $4::bigint[], $5::int[], $6::bigint[])"
        " as l (line, sold, sold_minor, quantity, goods)"
        " on conflict (shipment_line_id) do update set quantity = known.quantity + excluded.quantity,"
        " goods_minor = known.goods_minor + excluded.goods_minor",
        new.facts.order["id"],
        [line.line_id for line in lines],
        [sold[line.line_id][1].quantity for line in lines],
        [sold[line.line_id][1].goods_minor for line in lines],
        [line.quantity for line in lines],
        [line.goods_minor for line in lines],
    )


async def _take_shipping(refund_id: UUID, new: NewRefund) -> None:
    given = [part for part in new.parts if part.shipping_minor]
    await db.execute(
        "insert into refund_shipping (refund_id, shipment_id, order_id, amount_minor, tax_minor)"
        " select $1, s.shipment, $2, s.amount, s.tax from unnest($3::uuid[], $4::bigint[], $5::bigint[])"
        " as s (shipment, amount, tax)",
        refund_id,
        new.facts.order["id"],
        [part.shipment_id for part in given],
        [part.shipping_minor for part in given],
        [part.shipping_tax_minor for part in given],
    )


async def free_refund(refund_id: UUID) -> None:
    """A rejected refund gives its units and its shipping free again; the order is locked."""
    await db.execute(
        "update refunded_line t set quantity = t.quantity - l.quantity, goods_minor = t.goods_minor - l.goods_minor"
        " from refund_line l where l.refund_id = $1 and l.shipment_line_id = t.shipment_line_id",
        refund_id,
    )
    await db.execute("update refund_shipping set freed = true where refund_id = $1", refund_id)
    rows = await db.fetch(
        "select shipment_line_id, quantity from refund_line where refund_id = $1 and reason <> $2", refund_id, CANCELED
    )
    await free_units([TakenUnits(shipment_line_id=row["shipment_line_id"], quantity=row["quantity"]) for row in rows])


async def load_refund(refund_id: UUID) -> db.Row:
    """Raises NotFound."""
    row = await db.fetchrow("select * from refund where id = $1", refund_id)
    if row is None:
        raise NotFound
    return row


async def lock_refund(refund_id: UUID) -> db.Row:
    """Lock order, payment and refund, in this order. Raises NotFound."""
    order_id = (await load_refund(refund_id))["order_id"]
    await db.execute("select from sales_order where id = $1 for update", order_id)
    await db.execute("select from payment where order_id = $1 for update", order_id)
    row = await db.fetchrow("select * from refund where id = $1 for update", refund_id)
    assert row is not None
    return row


async def set_status(refund: db.Row, after: RefundStatus) -> bool:
    """Along the transition table; False when it stands there already. Raises WrongState."""
    before = RefundStatus(refund["status"])
    if before is after:
        return False
    REFUND.check(before, after)
    await db.execute(
        "update refund set status = $2, settled_at = case when $2 in ('succeeded', 'rejected') then $3::timestamptz end"
        " where id = $1 and status = $4",
        refund["id"],
        after.value,
        clock.now(),
        before.value,
    )
    return True
