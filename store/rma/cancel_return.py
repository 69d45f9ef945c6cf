"""Cancel a return before anything of it has arrived; its units are free again, its repairs are not charged."""

from __future__ import annotations

import contextlib
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.money import Money
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.errors import OrderNotConfirmed
from store.rma import history
from store.rma.caller import Caller
from store.rma.confirm_return import close_unsent
from store.rma.find_returns import lock_orders_of, lock_return
from store.rma.statuses import RETURN, Reception, ReturnStatus
from store.rma.step_errors import ReturnCancellationTooLate


async def cancel_return(rma_id: UUID, caller: Caller, *, reason: str = "") -> None:
    """Doing it again changes nothing. Raises NotFound, ReturnCancellationTooLate, WrongState."""
    async with db.unit_of_work():
        await lock_orders_of(rma_id)
        whole = await lock_return(rma_id)
        rma, before = whole.rma, ReturnStatus(whole.rma["status"])
        if before is ReturnStatus.CANCELED:
            return
        open_units = [row for row in whole.units if row["closed_at"] is None]
        if before in {ReturnStatus.RECEIVING, ReturnStatus.CLOSED} or any(
            row["reception_status"] != Reception.AWAITED for row in open_units
        ):
            raise ReturnCancellationTooLate(number=rma["number"])
        RETURN.check(before, ReturnStatus.CANCELED)
        at = clock.now()
        for row in open_units:
            await close_unsent(row["id"], at)
        await db.execute(
            "update rma set status = $2, closed_at = $3, version = version + 1 where id = $1",
            rma_id,
            ReturnStatus.CANCELED,
            at,
        )
        await history.record(rma_id, "canceled", actor=caller.name, reason=reason)
        if caller.staff:
            await audit.record(caller.name, "cancel_return", "rma", rma_id, number=rma["number"], reason=reason)
        if rma["number"] is not None:
            await outbox.stage("rma.canceled", rma_id=rma_id)


async def on_return_given_up(rma_id: str) -> None:
    """A canceled or expired return's repairs are not done: their orders are cancelled, their invoices credited (RMA-9).

    Survives a second run: what was given up is marked.
    """
    rows = await db.fetch(
        "select u.id, u.rma_id, u.repair_order_id, u.quote_minor, coalesce(u.serial, u.sku) as item, r.currency"
        " from rma_unit u join rma r on r.id = u.rma_id"
        " where u.rma_id = $1 and u.repair_order_id is not null and not u.repair_given_up and u.outcome = 'not_sent'",
        UUID(rma_id),
    )
    for row in rows:
        with contextlib.suppress(OrderNotConfirmed):  # It was cancelled before we could mark it.
            await cancel_order(CancelOrder(order_id=row["repair_order_id"], actor="store", any_day=True))
        async with db.unit_of_work():
            if await db.execute(
                "update rma_unit set repair_given_up = true where id = $1 and not repair_given_up", row["id"]
            ):
                await history.record(
                    row["rma_id"],
                    "repair_given_up",
                    unit_id=row["id"],
                    item=row["item"],
                    amount=Money(row["quote_minor"], row["currency"]),
                )
