"""The order by which something leaves for a return: a replacement, a repair, the customer's own goods (ADR 0008)."""

from __future__ import annotations

from store.kernel import db
from store.orders.open_service_order import OpenServiceOrder, Origin, ServiceLine, ServiceOrder, open_service_order


async def open_order(
    rma: db.Row, origin: Origin, line: ServiceLine, *, number: str = "", actor: str = "store", ready: bool = True
) -> ServiceOrder:
    """One order of one line to the return's address, in the caller's unit of work.

    `number` is the return's when its row doesn't have it yet. `ready` False: it leaves only after `service_done`.
    """
    return await open_service_order(
        OpenServiceOrder(
            origin=origin,
            rma_number=number or rma["number"],
            market=rma["market"],
            locale=rma["locale"],
            email=rma["email"],
            address=rma["return_address"],
            lines=[line],
            account_id=rma["account_id"],
            partner_id=rma["partner_id"],
            customer_reference=rma["customer_reference"],
            actor=actor,
            ready=ready,
        )
    )
