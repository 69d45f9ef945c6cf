"""What became of a refund's money: the consumer of `refund.settled`, and the status that follows from it (REF-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from store.kernel import audit, db, outbox
from store.kernel.money import Money
from store.orders import history
from store.refunds.keep_refund import lock_refund, set_status
from store.refunds.record_foreign import record_foreign_refund
from store.refunds.statuses import RefundStatus

Row = Mapping[str, Any] | db.Row

outbox.declare("refund.succeeded", "refund.failed")


async def on_refund_settled(order_id: str, payment_refund_id: str, subject_id: str | None = None, **_: Any) -> None:
    """A payment refund succeeded or failed; events may come twice, late and out of order: the rows are asked."""
    async with db.unit_of_work():
        refund_id = UUID(subject_id) if subject_id else await _foreign(UUID(order_id), UUID(payment_refund_id))
        if refund_id is not None and await db.fetchval("select exists (select from refund where id = $1)", refund_id):
            await settle_in_unit_of_work(refund_id)


async def _foreign(order_id: UUID, payment_refund_id: UUID) -> UUID | None:
    await db.execute("select from sales_order where id = $1 for update", order_id)
    known: UUID | None = await db.fetchval("select id from refund where payment_refund_id = $1", payment_refund_id)
    return known or await record_foreign_refund(order_id, payment_refund_id)


async def settle_in_unit_of_work(refund_id: UUID) -> str:
    """Bring the refund to where its parts say it is, and tell it once; returns the status."""
    refund = await lock_refund(refund_id)
    if refund["status"] in {RefundStatus.AWAITING_APPROVAL, RefundStatus.REJECTED}:
        return str(refund["status"])
    after = await derived_status(refund)
    if not await set_status(refund, after):
        return after.value
    if after is RefundStatus.SUCCEEDED:
        await _succeeded(refund)
    elif after in {RefundStatus.FAILED, RefundStatus.PARTLY_FAILED}:
        await _failed(refund, after)
    return after.value


async def _succeeded(refund: db.Row) -> None:
    amount = Money(refund["money_minor"], refund["currency"])
    if refund["origin"] != "provider":
        await history.record(refund["order_id"], "refund_succeeded", amount=amount, refund=refund["number"])
    await outbox.stage("refund.succeeded", order_id=refund["order_id"], refund_id=refund["id"])


async def _failed(refund: db.Row, status: RefundStatus) -> None:
    """The money is with us again and is owed: a person sends it again, or transfers it (REF-3)."""
    missing = Money(await missing_minor(refund), refund["currency"])
    await history.record(refund["order_id"], "refund_failed", amount=missing, refund=refund["number"])
    await audit.open_exception(
        "refund_not_paid",
        refund["number"],
        order_id=refund["order_id"],
        status=status.value,
        amount_minor=missing.amount_minor,
        currency=missing.currency,
    )
    await outbox.stage("refund.failed", order_id=refund["order_id"], refund_id=refund["id"])


async def parts_of(refund: db.Row) -> list[db.Row]:
    """The payment refunds that carry this refund, the failed ones included."""
    return await db.fetch(
        "select * from payment_refund where subject_id = $1 or id = $2 order by created_at, id",
        refund["id"],
        refund["payment_refund_id"],
    )


async def missing_minor(refund: db.Row) -> int:
    """What is owed and neither given back nor on its way."""
    return int(refund["money_minor"]) - _standing(await parts_of(refund))


async def derived_status(refund: db.Row) -> RefundStatus:
    return status_of(refund["money_minor"], await parts_of(refund))


def status_of(money_minor: int, parts: Iterable[Row]) -> RefundStatus:
    """A refund's status from its payment refunds: what is missing comes first, then what is under way."""
    parts = list(parts)
    standing = _standing(parts)
    if standing < money_minor:
        return RefundStatus.PARTLY_FAILED if standing else RefundStatus.FAILED
    statuses = {part["status"] for part in parts} - {"failed"}
    if "manual" in statuses:
        return RefundStatus.MANUAL
    return RefundStatus.PROCESSING if "pending" in statuses else RefundStatus.SUCCEEDED


def _standing(parts: Iterable[Row]) -> int:
    return sum(part["amount_minor"] for part in parts if part["status"] != "failed")
