"""An undeliverable parcel is back: goods and shipping go back by themselves, what was not paid is released (SHP-6)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db, outbox
from store.payments.tables import lock_payment_of_order
from store.refunds.choose_lines import RefundLine, choose_lines
from store.refunds.grant_refund import grant
from store.refunds.keep_refund import NewRefund, insert_refund
from store.refunds.order_facts import load_facts
from store.refunds.plan_money import plan_money

REASON = "undeliverable"
WAIT_SECONDS = 5.0


async def on_shipment_returned(order_id: str, shipment_id: str) -> None:
    """Consumer of `shipment.returned`: one refund per shipment. Raises outbox.Later while its capture is open."""
    request_key = f"returned:{shipment_id}"
    async with db.unit_of_work():
        await db.execute("select from sales_order where id = $1 for update", UUID(order_id))
        await lock_payment_of_order(UUID(order_id))
        if await db.fetchval("select exists (select from refund where request_key = $1)", request_key):
            return
        facts = await load_facts(UUID(order_id))
        if facts.order["origin"] == "repair":
            return  # The work was done: the goods are sent again.
        shipment = next(each for each in facts.shipments if each.id == UUID(shipment_id))
        if shipment.charge_status == "capturing":
            raise outbox.Later(WAIT_SECONDS)
        wanted = [RefundLine(quantity=line.left, shipment_line_id=line.id) for line in shipment.lines if line.left]
        if not wanted:
            return
        parts = choose_lines(facts, wanted, REASON, include_shipping=None)
        if not sum(part.total_minor for part in parts):
            return
        plan = plan_money(facts, parts, 0, blocked=True)
        refund = await insert_refund(
            NewRefund(facts=facts, parts=parts, plan=plan, reason=REASON, origin="store", request_key=request_key)
        )
        await grant(refund, facts, parts, plan)
