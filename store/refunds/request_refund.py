"""A customer asks for a refund: a case with a number, which an agent decides (REF-2).

What a rule refuses for certain is refused at once, with the reason and, for purchases made elsewhere, the right place
to ask (REF-4). The day of contact is kept: a case opened on the last day stays in time however late it is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db, outbox
from store.kernel.errors import NotFound, WrongState
from store.kernel.ids import new_id, new_number
from store.orders import history
from store.refunds.choose_lines import RefundLine, choose_lines
from store.refunds.eligibility import bought_elsewhere, refusals
from store.refunds.errors import RefundAgentsOnly
from store.refunds.order_facts import OrderFacts, load_facts
from store.refunds.reasons import UnknownRefundReason, offered_reasons, reason_of
from store.refunds.return_instructions import ReturnInstructions, return_instructions
from store.refunds.statuses import REFUND_REQUEST, RequestStatus

outbox.declare("refund_request.opened", "refund_request.declined")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefund:
    """`lines` empty means everything that is left. `asked_at` is for staff who write down an earlier contact."""

    order_id: UUID
    lines: Sequence[RefundLine]
    reason: str
    principal: Principal
    message: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested:
    """`again`: the same lines were asked for before, and that case is still open."""

    request_id: UUID
    number: str
    asked_at: datetime
    instructions: ReturnInstructions | None
    again: bool = False


async def request_refund(command: RequestRefund) -> RefundRequested:
    """Open a case. Raises BoughtElsewhere, NotChargedYet, NotShippedYet, AlreadyRefunded, MoneyDisputed,
    RefundDeadlineOver, TooManyUnits, UnknownRefundLine, UnknownRefundReason, NotFound.
    """
    if reason_of(command.reason).automatic:
        raise UnknownRefundReason(reason=command.reason, known=offered_reasons())
    if command.asked_at is not None and not command.principal.staff:
        raise RefundAgentsOnly
    asked_at = min(command.asked_at or clock.now(), clock.now())
    async with db.unit_of_work():
        await db.execute("select from sales_order where id = $1 for update", command.order_id)
        facts = await load_facts(command.order_id)
        lines = _chosen(facts, command, asked_at)
        instructions = return_instructions(facts.market, reasons_to_send(command.reason, lines))
        known = await db.fetchrow(
            "select * from refund_request where order_id = $1 and status = 'open' and reason = $2 and lines = $3",
            command.order_id,
            command.reason,
            lines,
        )
        if known is not None:
            return RefundRequested(
                request_id=known["id"],
                number=known["number"],
                asked_at=known["asked_at"],
                instructions=instructions,
                again=True,
            )
        request_id, number = await _open(command, lines, asked_at)
    return RefundRequested(request_id=request_id, number=number, asked_at=asked_at, instructions=instructions)


def _chosen(facts: OrderFacts, command: RequestRefund, asked_at: datetime) -> list[dict[str, Any]]:
    """The lines as they are kept: [{shipment_line_id, sku, quantity}], for a service with `sent_back` false.

    Raises the first refusal of a rule.
    """
    elsewhere = bought_elsewhere(facts)
    if elsewhere is not None:
        raise elsewhere
    wanted = command.lines or [
        RefundLine(quantity=line.left, shipment_line_id=line.id)
        for shipment in facts.shipments
        for line in shipment.lines
        if line.left and not refusals(facts, shipment, asked_at, command.reason)
    ]
    if not wanted:
        _refuse_all(facts, asked_at, command.reason)
    shipments = {shipment.id: shipment for shipment in facts.shipments}
    parts = choose_lines(facts, wanted, command.reason, include_shipping=None)
    for part in parts:
        for error in refusals(facts, shipments[part.shipment_id], asked_at, command.reason):
            raise error
    sold = facts.lines()
    return [
        {
            "shipment_line_id": str(line.line_id),
            "sku": line.sku,
            "quantity": line.quantity,
            **({} if sold[line.line_id][1].comes_back else {"sent_back": False}),
        }
        for part in parts
        for line in part.lines
    ]


def reasons_to_send(reason: str, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why goods of these lines come back; empty when there are none, as services are not sent."""
    return [reason] if any(line.get("sent_back", True) for line in lines) else []


def _refuse_all(facts: OrderFacts, asked_at: datetime, reason: str) -> None:
    """Nothing can be refunded: say why, by the first shipment that has a reason."""
    for shipment in facts.shipments:
        for error in refusals(facts, shipment, asked_at, reason):
            raise error


async def _open(command: RequestRefund, lines: list[dict[str, Any]], asked_at: datetime) -> tuple[UUID, str]:
    request_id, number = new_id(), new_number("RQ")
    await db.insert(
        "refund_request",
        id=request_id,
        number=number,
        order_id=command.order_id,
        status=RequestStatus.OPEN.value,
        reason=command.reason,
        message=command.message,
        lines=lines,
        asked_by=command.principal.name,
        asked_at=asked_at,
    )
    await history.record(command.order_id, "refund_requested", actor=command.principal.name, request=number)
    if command.principal.staff:
        await audit.record(
            command.principal.name, "open_refund_request", "refund_request", request_id, asked_at=asked_at.isoformat()
        )
    await outbox.stage("refund_request.opened", order_id=command.order_id, request_id=request_id)
    return request_id, number


async def decline_request(request_id: UUID, *, principal: Principal, reason: str) -> None:
    """The agent says no, with a reason that the customer reads. Raises NotFound, WrongState, RefundAgentsOnly."""
    if principal.kind not in {"agent", "admin"}:
        raise RefundAgentsOnly
    async with db.unit_of_work():
        await lock_order_of(request_id)
        row = await _move(request_id, RequestStatus.DECLINED, by=principal.name, decision=reason)
        await audit.record(
            principal.name, "decline_refund_request", "refund_request", request_id, number=row["number"], reason=reason
        )
        await history.record(
            row["order_id"],
            "refund_request_declined",
            actor=principal.name,
            request=row["number"],
            reason=reason,
        )
        await outbox.stage("refund_request.declined", order_id=row["order_id"], request_id=request_id)


async def lock_order_of(request_id: UUID) -> None:
    """The order before the request, as everywhere. Raises NotFound."""
    order_id = await db.fetchval("select order_id from refund_request where id = $1", request_id)
    if order_id is None:
        raise NotFound
    await db.execute("select from sales_order where id = $1 for update", order_id)


async def accept_request(request_id: UUID, order_id: UUID, *, by: str) -> None:
    """A refund was committed for it, in the caller's unit of work. Raises NotFound, WrongState."""
    row = await _move(request_id, RequestStatus.ACCEPTED, by=by, decision="")
    if row["order_id"] != order_id:
        raise NotFound


async def reopen_request(request_id: UUID) -> None:
    """Its refund was not approved: it waits for a decision again."""
    await _move(request_id, RequestStatus.OPEN, by=None, decision=None)


async def _move(request_id: UUID, after: RequestStatus, *, by: str | None, decision: str | None) -> db.Row:
    row = await db.fetchrow("select * from refund_request where id = $1 for update", request_id)
    if row is None:
        raise NotFound
    before = RequestStatus(row["status"])
    if not REFUND_REQUEST.allows(before, after):
        raise WrongState(object="refund_request", state=before, target=after)
    await db.execute(
        "update refund_request set status = $2, decided_by = $3, decided_at = $4, decision = $5 where id = $1",
        request_id,
        after.value,
        by,
        clock.now() if by else None,
        decision,
    )
    return row
