"""Take a charge when its goods leave: capture it, invoice it on terms, or find it taken at placement (PAY-3)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.errors import WrongState
from store.kernel.ids import new_id
from store.payments.methods import AT_SHIPMENT, INVOICE_AT_SHIPMENT
from store.payments.operations import plan_operation
from store.payments.tables import load_charge, lock_payment
from store.payments.void_authorization import void_unused_of_charges


async def take_charge(charge_id: UUID) -> None:
    """Plan the capture of a secured charge, or invoice it; part of the dispatch's unit of work.

    Doing it twice, or for a charge taken at placement, changes nothing. Raises WrongState when nothing secures it.
    """
    charge = await load_charge(charge_id)
    payment = await lock_payment(charge["payment_id"])
    charge = await load_charge(charge_id)
    if charge["status"] in {"captured", "capturing", "invoiced"}:
        return
    if charge["status"] != "secured":
        raise WrongState(object="charge", state=charge["status"])
    await _count_shipping(payment["id"], charge)
    if not charge["amount_minor"]:
        await _set_status(charge_id, "captured")
        await void_unused_of_charges([charge_id])
    elif payment["capture_policy"] == AT_SHIPMENT:
        await _plan_capture(charge)
    elif payment["capture_policy"] == INVOICE_AT_SHIPMENT:
        await _invoice(payment, charge)


async def _count_shipping(payment_id: UUID, charge: db.Row) -> None:
    """The sum of shipping taken stays within the quote: the database refuses what goes beyond (PAY-4)."""
    await db.execute(
        "update payment set shipping_captured_minor = shipping_captured_minor + $2 where id = $1",
        payment_id,
        charge["shipping_minor"],
    )


async def _set_status(charge_id: UUID, status: str) -> None:
    await db.execute("update charge set status = $2, updated_at = $3 where id = $1", charge_id, status, clock.now())


async def _plan_capture(charge: db.Row) -> None:
    capture_id = new_id()
    authorization = await db.fetchrow("select * from payment_authorization where id = $1", charge["authorization_id"])
    assert authorization is not None
    await db.insert(
        "capture",
        id=capture_id,
        payment_id=charge["payment_id"],
        order_id=charge["order_id"],
        charge_id=charge["id"],
        authorization_id=charge["authorization_id"],
        provider=authorization["provider"],
        status="pending",
        currency=charge["currency"],
        amount_minor=charge["amount_minor"],
        shipping_minor=charge["shipping_minor"],
        created_at=clock.now(),
    )
    await _set_status(charge["id"], "capturing")
    final = not authorization["multicapture"] or await _is_last(authorization, charge["id"])
    if not authorization["multicapture"]:
        await _unsecure_siblings(authorization, charge["id"])
    await plan_operation(
        payment_id=charge["payment_id"],
        order_id=charge["order_id"],
        provider=authorization["provider"],
        kind="capture",
        subject_id=capture_id,
        request={"final": final},
    )


async def _is_last(authorization: db.Row, charge_id: UUID) -> bool:
    """Captures may arrive in any order: one that lets the rest go must be the only one under way."""
    others = await db.fetchval(
        "select exists (select from charge where authorization_id = $1 and id <> $2"
        " and status in ('secured', 'capturing'))",
        authorization["id"],
        charge_id,
    )
    return not others


async def _unsecure_siblings(authorization: db.Row, charge_id: UUID) -> None:
    """Without multicapture the rest of an authorization is released by its first capture: the others start anew."""
    rows = await db.fetch(
        "update charge set status = 'planned', authorization_id = null, updated_at = $3"
        " where authorization_id = $1 and id <> $2 and status = 'secured' returning id",
        authorization["id"],
        charge_id,
        clock.now(),
    )
    for row in rows:
        await outbox.stage(
            "charge.unsecured",
            order_id=authorization["order_id"],
            payment_id=authorization["payment_id"],
            charge_id=row["id"],
            code="expired",
        )


async def _invoice(payment: db.Row, charge: db.Row) -> None:
    due_on = (clock.now() + timedelta(days=payment["net_days"] or 0)).date()
    await db.execute(
        "update charge set status = 'invoiced', due_on = $2, updated_at = $3 where id = $1",
        charge["id"],
        due_on,
        clock.now(),
    )
    await outbox.stage(
        "charge.invoiced", order_id=payment["order_id"], payment_id=payment["id"], charge_id=charge["id"]
    )
