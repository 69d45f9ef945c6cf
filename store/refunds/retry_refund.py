"""A refund that failed is sent again, or transferred by hand once a second person agrees (REF-3, REF-10)."""

from __future__ import annotations

from uuid import UUID

from store.customers import Principal
from store.kernel import audit, db
from store.kernel.errors import Invalid, NotFound, WrongState
from store.kernel.money import Money
from store.orders import history
from store.payments import refund_captures as captures
from store.payments.tables import lock_payment_of_order
from store.refunds.approve_refund import check_second_person
from store.refunds.keep_refund import load_refund, lock_refund, set_status
from store.refunds.limits import check_agent
from store.refunds.settle_refund import derived_status, missing_minor, parts_of, settle_in_unit_of_work
from store.refunds.statuses import RefundStatus

FAILED = {RefundStatus.FAILED, RefundStatus.PARTLY_FAILED}


async def retry_refund(refund_id: UUID, *, principal: Principal) -> str:
    """Ask the provider again for what is missing, on the original payment method. Returns the status.

    Raises WrongState, RefundAgentsOnly, MoneyDisputed, RefundExceedsCaptured.
    """
    check_agent(principal)
    async with db.unit_of_work():
        refund = await lock_refund(refund_id)
        _check_failed(refund)
        amount = await _send_missing(refund, by_hand=False)
        await audit.record(principal.name, "retry_refund", "refund", refund_id, number=refund["number"])
        await history.record(
            refund["order_id"],
            "refund_retried",
            actor=principal.name,
            public=False,
            amount=amount,
            refund=refund["number"],
        )
        return await _settle(refund)


async def approve_manual(refund_id: UUID, *, principal: Principal, note: str = "") -> str:
    """The provider can't: a second person agrees that the money is transferred by hand (REF-3). Returns the status.

    Raises SecondPersonRequired, WrongState, RefundAgentsOnly, MoneyDisputed, RefundExceedsCaptured.
    """
    check_second_person(await load_refund(refund_id), principal)
    async with db.unit_of_work():
        refund = await lock_refund(refund_id)
        _check_failed(refund)
        await db.execute(
            "update refund set manual_approved_by = $2, manual_approved_id = $3 where id = $1",
            refund_id,
            principal.name,
            principal.identity,
        )
        amount = await _send_missing(refund, by_hand=True)
        await audit.record(
            principal.name, "approve_manual_refund", "refund", refund_id, number=refund["number"], note=note
        )
        await history.record(
            refund["order_id"], "refund_by_hand", actor=principal.name, amount=amount, refund=refund["number"]
        )
        return await _settle(refund)


async def complete_manual(refund_id: UUID, *, reference: str, principal: Principal) -> str:
    """A person has transferred the money; `reference` is the bank's. Returns the status; twice is once.

    Raises WrongState unless something waits to be paid by hand, Invalid without a reference, RefundAgentsOnly.
    """
    check_agent(principal)
    reference = reference.strip()
    if not reference:
        raise Invalid(errors=[{"field": "reference", "message": "required"}])
    async with db.unit_of_work():
        refund = await lock_refund(refund_id)
        if refund["manual_reference"] == reference:
            return str(refund["status"])
        waiting = [part for part in await parts_of(refund) if part["status"] == "manual"]
        if not waiting:
            raise WrongState(object="refund", state=RefundStatus(refund["status"]))
        for place, part in enumerate(waiting, start=1):  # a bank's reference may serve several captures and refunds
            await captures.complete_manual(part["id"], reference=f"{reference}/{refund['number']}/{place}")
        await db.execute("update refund set manual_reference = $2 where id = $1", refund_id, reference)
        await audit.record(
            principal.name,
            "complete_manual_refund",
            "refund",
            refund_id,
            number=refund["number"],
            reference=reference,
            amount_minor=sum(part["amount_minor"] for part in waiting),
            currency=refund["currency"],
        )
        return await settle_in_unit_of_work(refund_id)


def _check_failed(refund: db.Row) -> None:
    if refund["status"] not in FAILED:
        raise WrongState(object="refund", state=RefundStatus(refund["status"]))


async def _send_missing(refund: db.Row, *, by_hand: bool) -> Money:
    payment = await lock_payment_of_order(refund["order_id"])
    if payment is None:
        raise NotFound
    missing = Money(await missing_minor(refund), refund["currency"])
    await captures.refund_captures(
        payment["id"],
        missing,
        subject_id=refund["id"],
        reason=refund["reason"],
        charge_ids=refund["charge_ids"],
        by_hand=by_hand,
    )
    return missing


async def _settle(refund: db.Row) -> str:
    """The failure is being mended; its exception is closed by whoever looks at the queue."""
    status = await derived_status(refund)
    await set_status(refund, status)
    return status.value
