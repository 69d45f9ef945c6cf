"""A second person decides about a refund above a limit or outside the policy (REF-9)."""

from __future__ import annotations

from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db
from store.kernel.errors import WrongState
from store.kernel.money import Money
from store.orders import history
from store.refunds.choose_lines import Part, PartLine
from store.refunds.errors import RefundAgentsOnly, SecondPersonRequired
from store.refunds.grant_refund import grant
from store.refunds.keep_refund import free_refund, load_refund, lock_refund, set_status
from store.refunds.order_facts import OrderFacts, load_facts
from store.refunds.plan_money import plan_money
from store.refunds.request_refund import reopen_request
from store.refunds.statuses import RefundStatus


async def approve_refund(refund_id: UUID, *, principal: Principal, note: str = "") -> str:
    """Grant it; returns its status. Approving what is granted already changes nothing.

    Raises SecondPersonRequired, RefundAgentsOnly, WrongState, and MoneyDisputed or RefundExceedsCaptured when the
    money is gone meanwhile: the refund then goes on waiting.
    """
    check_second_person(await load_refund(refund_id), principal)
    async with db.unit_of_work():
        refund = await lock_refund(refund_id)
        if refund["approved_id"] is not None and refund["status"] != RefundStatus.REJECTED:
            return str(refund["status"])
        if refund["status"] != RefundStatus.AWAITING_APPROVAL:
            raise WrongState(object="refund", state=RefundStatus(refund["status"]))
        facts = await load_facts(refund["order_id"], without=refund_id)
        parts = await parts_of_refund(refund, facts)
        plan = plan_money(facts, parts, refund["fee_minor"], fixed_deduction=refund["deducted_minor"])
        await db.execute(
            "update refund set approved_by = $2, approved_id = $3, approved_at = $4, money_minor = $5 where id = $1",
            refund_id,
            principal.name,
            principal.identity,
            clock.now(),
            plan.money_minor,
        )
        await audit.record(principal.name, "approve_refund", "refund", refund_id, number=refund["number"], note=note)
        return await grant(await load_refund(refund_id), facts, parts, plan)


async def reject_refund(refund_id: UUID, *, principal: Principal, reason: str) -> None:
    """Give its units and money free; a request behind it is open again. The starter may take it back, too.

    Raises RefundAgentsOnly, WrongState.
    """
    _check_staff(principal)
    async with db.unit_of_work():
        refund = await lock_refund(refund_id)
        if refund["status"] == RefundStatus.REJECTED:
            return
        if refund["status"] != RefundStatus.AWAITING_APPROVAL:
            raise WrongState(object="refund", state=RefundStatus(refund["status"]))
        await set_status(refund, RefundStatus.REJECTED)
        await free_refund(refund_id)
        if refund["request_id"] is not None:
            await reopen_request(refund["request_id"])
        await audit.record(principal.name, "reject_refund", "refund", refund_id, number=refund["number"], reason=reason)
        await history.record(
            refund["order_id"],
            "refund_rejected",
            actor=principal.name,
            public=False,
            amount=Money(refund["amount_minor"], refund["currency"]),
            refund=refund["number"],
            reason=reason,
        )


def check_second_person(refund: db.Row, principal: Principal) -> None:
    """Raises RefundAgentsOnly, SecondPersonRequired."""
    _check_staff(principal)
    if refund["requested_id"] == principal.identity:
        raise SecondPersonRequired(requested_by=refund["requested_by"])


def _check_staff(principal: Principal) -> None:
    if principal.kind not in {"agent", "admin"}:
        raise RefundAgentsOnly


async def parts_of_refund(refund: db.Row, facts: OrderFacts) -> list[Part]:
    """The parts as they were kept, with their charges as they stand now."""
    lines = await db.fetch("select * from refund_line where refund_id = $1 order by shipment_line_id", refund["id"])
    shipping = {
        row["shipment_id"]: row
        for row in await db.fetch("select * from refund_shipping where refund_id = $1", refund["id"])
    }
    known = {line.id: line for _, line in facts.lines().values()}
    parts = []
    for shipment in facts.shipments:
        own = [line for line in lines if line["shipment_id"] == shipment.id]
        back = shipping.get(shipment.id)
        if not own and back is None:
            continue
        parts.append(
            Part(
                shipment_id=shipment.id,
                shipment_number=shipment.number,
                charge_id=shipment.charge_id,
                charge_status=shipment.charge_status,
                sold=shipment.dispatched_at is not None,
                lines=tuple(
                    PartLine(
                        line_id=line["shipment_line_id"],
                        sku=known[line["shipment_line_id"]].sku,
                        names=dict(known[line["shipment_line_id"]].names),
                        quantity=line["quantity"],
                        reason=line["reason"],
                        goods_minor=line["goods_minor"],
                        tax_minor=line["tax_minor"],
                        tax_rate_ppm=known[line["shipment_line_id"]].tax_rate_ppm,
                    )
                    for line in own
                ),
                shipping_minor=back["amount_minor"] if back else 0,
                shipping_tax_minor=back["tax_minor"] if back else 0,
            )
        )
    return parts
