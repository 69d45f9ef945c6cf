"""Units that were charged, or invoiced, and cancelled before they left go back by themselves (ORD-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from store.kernel import db, outbox
from store.kernel.money import Money
from store.payments.credit_charge import credit_charge
from store.payments.tables import lock_payment_of_order
from store.refunds.choose_lines import Part, PartLine
from store.refunds.grant_refund import grant
from store.refunds.keep_refund import NewRefund, insert_refund
from store.refunds.order_facts import OrderFacts, load_facts
from store.refunds.plan_money import plan_money

REASON = "canceled"
WAIT_SECONDS = 5.0  # for a capture whose outcome is not known yet


async def on_units_canceled(
    order_id: str,
    cancellation_id: str,
    lines: Sequence[dict[str, Any]],
    shipping_minor: int,
    shipping_tax_minor: int,
) -> None:
    """Consumer of `order.units_canceled`: one refund per cancellation. Raises outbox.Later while a capture is open."""
    request_key = f"cancel:{cancellation_id}"
    async with db.unit_of_work():
        await db.execute("select from sales_order where id = $1 for update", UUID(order_id))
        await lock_payment_of_order(UUID(order_id))
        if await db.fetchval("select exists (select from refund where request_key = $1)", request_key):
            return
        charge = await db.fetchrow("select * from charge where order_id = $1 and shipment_id is null", UUID(order_id))
        if charge is None or charge["status"] == "released":
            return
        if charge["status"] == "capturing":
            raise outbox.Later(WAIT_SECONDS)
        facts = await load_facts(UUID(order_id))
        if charge["status"] not in {"captured", "invoiced"}:
            await _release(facts, charge, lines, shipping_minor, shipping_tax_minor)
            return
        await _refund(facts, charge, lines, (shipping_minor, shipping_tax_minor), request_key)


async def _refund(
    facts: OrderFacts, charge: db.Row, lines: Sequence[dict[str, Any]], shipping: tuple[int, int], request_key: str
) -> None:
    parts = _parts(facts, charge, lines, shipping)
    if not sum(part.total_minor for part in parts):
        return
    plan = plan_money(facts, parts, 0, blocked=True)
    refund = await insert_refund(
        NewRefund(facts=facts, parts=parts, plan=plan, reason=REASON, origin="store", request_key=request_key)
    )
    await grant(refund, facts, parts, plan)


async def _release(
    facts: OrderFacts, charge: db.Row, lines: Sequence[dict[str, Any]], shipping_minor: int, shipping_tax_minor: int
) -> None:
    """The capture failed after all: less will be taken when it is tried again (REF-11)."""
    amount = sum(line["goods_minor"] for line in lines) + shipping_minor
    tax = sum(line["tax_minor"] for line in lines) + shipping_tax_minor
    await credit_charge(
        charge["id"],
        amount=Money(min(amount, charge["amount_minor"]), facts.currency),
        shipping=Money(min(shipping_minor, charge["shipping_minor"]), facts.currency),
        tax=Money(min(tax, charge["tax_minor"]), facts.currency),
    )


def _parts(facts: OrderFacts, charge: db.Row, lines: Sequence[dict[str, Any]], shipping: tuple[int, int]) -> list[Part]:
    """The amounts are those that the cancellation computed; its shipping comes as one sum, for cancelled shipments.

    Each cancelled shipment gets its own share; the sum is checked to be what the cancellation said.
    """
    known = facts.lines()
    gone: dict[UUID, list[PartLine]] = {}
    for line in lines:
        shipment, own = known[UUID(line["shipment_line_id"])]
        gone.setdefault(shipment.id, []).append(
            PartLine(
                line_id=own.id,
                sku=own.sku,
                names=dict(own.names),
                quantity=line["quantity"],
                reason=REASON,
                goods_minor=line["goods_minor"],
                tax_minor=line["tax_minor"],
                tax_rate_ppm=own.tax_rate_ppm,
            )
        )
    left = list(shipping)
    parts = []
    for shipment in facts.shipments:
        if shipment.id not in gone:
            continue
        back = (
            shipment.status == "canceled"
            and not shipment.shipping_taken
            and shipment.shipping_minor <= left[0]
            and shipment.shipping_tax_minor <= left[1]
        )
        left[0] -= shipment.shipping_minor if back else 0
        left[1] -= shipment.shipping_tax_minor if back else 0
        parts.append(
            Part(
                shipment_id=shipment.id,
                shipment_number=shipment.number,
                charge_id=charge["id"],
                charge_status=charge["status"],
                sold=False,
                lines=tuple(gone[shipment.id]),
                shipping_minor=shipment.shipping_minor if back else 0,
                shipping_tax_minor=shipment.shipping_tax_minor if back else 0,
            )
        )
    return parts
