"""Commit a refund that was previewed: keep its units, have it approved if need be, grant it (REF-6, REF-7, REF-9).

One unit of work, order and payment locked in this order, so that whatever races, the rows say who came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound
from store.orders import history
from store.payments.tables import lock_payment_of_order
from store.refunds.choose_lines import RefundLine
from store.refunds.errors import PreviewIsStale, RefundOutsidePolicy, RequestKeyReused
from store.refunds.grant_refund import grant
from store.refunds.keep_refund import NewRefund, insert_refund
from store.refunds.limits import check_agent
from store.refunds.order_facts import load_facts
from store.refunds.preview import Preview
from store.refunds.preview_refund import PreviewRefund, Worked, work_out
from store.refunds.request_refund import accept_request
from store.refunds.statuses import RefundStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRefund:
    """The preview's command, and what the person agreed to.

    `fingerprint` None is for the store's own rooms, which have shown nothing to anybody. `override_reason` lets a
    refund outside the policy wait for a second person. `request_key` makes a repeated commit the same refund.
    """

    order_id: UUID
    lines: Sequence[RefundLine]
    reason: str
    include_shipping: bool | None = None
    fee_minor: int = 0
    fingerprint: str | None = None
    request_id: UUID | None = None
    request_key: str | None = None
    asked_at: datetime | None = None
    principal: Principal | None = None
    note: str = ""
    override_reason: str = ""

    @property
    def previewed(self) -> PreviewRefund:
        return PreviewRefund(
            order_id=self.order_id,
            lines=self.lines,
            reason=self.reason,
            include_shipping=self.include_shipping,
            fee_minor=self.fee_minor,
            request_id=self.request_id,
            asked_at=self.asked_at,
            principal=self.principal,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedRefund:
    """`again`: it had been committed before with this request key."""

    refund_id: UUID
    number: str
    status: str
    again: bool = False


async def commit_refund(command: CommitRefund) -> CommittedRefund:
    """Raises PreviewIsStale, RefundOutsidePolicy, RequestKeyReused, RefundAgentsOnly and all that a preview raises."""
    check_agent(command.principal)
    async with db.unit_of_work():
        return await commit_in_unit_of_work(command)


async def commit_in_unit_of_work(command: CommitRefund) -> CommittedRefund:
    """The same for a caller that has more to do in the transaction; it must not hold the payment's lock yet."""
    if not await db.execute("select from sales_order where id = $1 for update", command.order_id):
        raise NotFound
    await lock_payment_of_order(command.order_id)
    known = await _known(command)
    if known is not None:
        return known
    facts = await load_facts(command.order_id)
    worked = await work_out(command.previewed, facts)
    if command.fingerprint is not None and command.fingerprint != worked.preview.fingerprint:
        raise PreviewIsStale(total=worked.preview.total, preview=preview_facts(worked.preview))
    outside = [verdict.code for verdict in worked.outside]
    if outside and command.principal is not None and not command.override_reason.strip():
        raise RefundOutsidePolicy(rules=outside)
    refund = await insert_refund(_new(command, worked))
    if command.request_id is not None:
        await accept_request(command.request_id, command.order_id, by=refund["requested_by"])
    if refund["approval_reasons"]:
        status = await _await_approval(refund)
    else:
        status = await grant(refund, facts, worked.parts, worked.plan)
    return CommittedRefund(refund_id=refund["id"], number=refund["number"], status=status)


async def _known(command: CommitRefund) -> CommittedRefund | None:
    if command.request_key is None:
        return None
    row = await db.fetchrow("select * from refund where request_key = $1", command.request_key)
    if row is None:
        return None
    if row["order_id"] != command.order_id:
        raise RequestKeyReused
    return CommittedRefund(refund_id=row["id"], number=row["number"], status=row["status"], again=True)


def _new(command: CommitRefund, worked: Worked) -> NewRefund:
    return NewRefund(
        facts=worked.facts,
        parts=worked.parts,
        plan=worked.plan,
        fee_minor=command.fee_minor,
        fee_tax_minor=worked.fee_tax_minor,
        reason=command.reason,
        origin="agent" if command.principal else "store",
        principal=command.principal,
        request_id=command.request_id,
        request_key=command.request_key,
        note=command.note,
        override_reason=command.override_reason,
        outside_policy=bool(worked.outside),
        approval_reasons=tuple(verdict.code for verdict in worked.preview.approval),
    )


async def _await_approval(refund: db.Row) -> str:
    """Its units are taken and its money is kept; nothing is granted or sent yet."""
    await audit.record(
        refund["requested_by"],
        "request_refund_approval",
        "refund",
        refund["id"],
        number=refund["number"],
        amount_minor=refund["amount_minor"],
        currency=refund["currency"],
        reasons=refund["approval_reasons"],
        override_reason=refund["override_reason"],
    )
    await history.record(
        refund["order_id"],
        "refund_awaits_approval",
        actor=refund["requested_by"],
        public=False,
        refund=refund["number"],
        amount={"amount_minor": refund["amount_minor"], "currency": refund["currency"]},
    )
    return RefundStatus.AWAITING_APPROVAL.value


def preview_facts(preview: Preview) -> dict[str, Any]:
    """A preview as facts of an error: amounts as Money, everything else as JSON carries it."""
    return {
        "fingerprint": preview.fingerprint,
        "as_of": clock.now(),
        "lines": [
            {
                "shipment_line_id": line.shipment_line_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "reason": line.reason,
                "goods": line.goods,
                "tax": line.tax,
            }
            for line in preview.lines
        ],
        "shipping": [{"shipment": each.shipment, "amount": each.amount, "tax": each.tax} for each in preview.shipping],
        "fee": preview.fee,
        "deducted": preview.deducted,
        "total": preview.total,
        "split": [{"to": part.to, "how": part.how, "amount": part.amount} for part in preview.split],
        "outside_policy": [verdict.code for verdict in preview.outside_policy],
        "approval": [verdict.code for verdict in preview.approval],
    }
