"""Goods that were sent and not paid yet are given up: what is owed for them gets less (REF-11, SHP-6)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import WrongState
from store.kernel.money import Money
from store.payments.finish_links import finish_links
from store.payments.tables import load_charge
from store.payments.void_authorization import void_unused_of_charges

UNPAID = ("planned", "secured", "invoiced")


async def credit_charge(charge_id: UUID, *, amount: Money, shipping: Money, tax: Money) -> None:
    """Take `amount` (of which shipping and tax) off an unpaid charge; one that is left with nothing is released.

    In a unit of work, the payment locked by the caller. Raises WrongState when it was paid or given up meanwhile.
    """
    row = await db.fetchrow(
        "update charge set amount_minor = amount_minor - $2,"
        " shipping_minor = greatest(least(shipping_minor - $3, amount_minor - $2), 0),"
        " tax_minor = greatest(least(tax_minor - $4, amount_minor - $2), 0),"
        " status = case when amount_minor = $2 then 'released' else status end, updated_at = $5"
        " where id = $1 and status = any($6) and amount_minor >= $2 returning status",
        charge_id,
        amount.amount_minor,
        shipping.amount_minor,
        tax.amount_minor,
        clock.now(),
        list(UNPAID),
    )
    if row is None:
        raise WrongState(object="charge", state=(await load_charge(charge_id))["status"])
    if row["status"] == "released":
        await finish_links([charge_id], used=False)
        await void_unused_of_charges([charge_id])
