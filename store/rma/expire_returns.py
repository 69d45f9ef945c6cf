"""What time does to returns: stale ones expire, and repairs that nobody pays are told to customer service (RMA-18)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.kernel import clock, db, outbox
from store.rma import history
from store.rma.confirm_return import close_unsent
from store.rma.find_returns import WholeReturn, lock_return
from store.rma.statuses import RETURN, Acceptance, ReturnStatus
from store.rma.write_unit import leave_to_a_person

AT_ONCE = 200
UNPAID = """
select u.id, u.rma_id from rma_unit u join charge c on c.order_id = u.repair_order_id
where u.repair_order_id is not null and u.closed_at is null and u.outcome is null and u.acceptance_status = 'accepted'
and u.decided_at is null and not u.repair_given_up and c.status = 'invoiced' and c.due_on < $1
order by u.id limit $2
"""


async def expire_returns() -> int:
    """Drafts and confirmed returns whose time is over; a parcel that was told to be on its way gives time once more.

    Repairs are given up with it: `rma.expired` has their invoices credited (see cancel_return).
    """
    rows = await db.fetch(
        "select id from rma where expires_at < $1 and status in ('draft', 'confirmed')"
        " order by expires_at, id limit $2",
        clock.now(),
        AT_ONCE,
    )
    return sum([await _expire(row["id"]) for row in rows])


async def _expire(rma_id: UUID) -> int:
    async with db.unit_of_work():
        whole = await lock_return(rma_id)
        status = ReturnStatus(whole.rma["status"])
        if status not in {ReturnStatus.DRAFT, ReturnStatus.CONFIRMED} or whole.rma["expires_at"] >= clock.now():
            return 0
        if whole.rma["tracking_number"] is not None and whole.rma["extended_at"] is None:
            await _extend(whole)
            return 0
        RETURN.check(status, ReturnStatus.EXPIRED)
        await db.execute(
            "update rma set status = 'expired', closed_at = $2, version = version + 1 where id = $1",
            rma_id,
            clock.now(),
        )
        await history.record(rma_id, "expired", public=status is ReturnStatus.CONFIRMED)
        if status is ReturnStatus.CONFIRMED:
            for unit in whole.units:
                await close_unsent(unit["id"], clock.now())
            await outbox.stage("rma.expired", rma_id=rma_id)
        return 1


async def _extend(whole: WholeReturn) -> None:
    days = max((unit["policy"].get("expiry_days") or 0 for unit in whole.units), default=0) or 1
    await db.execute(
        "update rma set expires_at = $2, extended_at = $3 where id = $1",
        whole.rma["id"],
        clock.now() + timedelta(days=days),
        clock.now(),
    )


async def ask_about_unpaid_repairs() -> int:
    """An invoiced repair whose day is over is never cancelled in silence: customer service decides, once."""
    rows = await db.fetch(UNPAID, clock.now().date(), AT_ONCE)
    for row in rows:
        async with db.unit_of_work():
            whole = await lock_return(row["rma_id"])
            unit = next(unit for unit in whole.units if unit["id"] == row["id"])
            if unit["acceptance_status"] == Acceptance.ACCEPTED and unit["outcome"] is None and not unit["closed_at"]:
                await leave_to_a_person(unit, "repair_unpaid")
    return len(rows)
