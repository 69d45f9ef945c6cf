"""Give money back where it came from: reserved now, sent by the worker, split over captures (REF-3, REF-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.kernel.money import CurrencyMismatch, Money
from store.payments.operations import plan_operation
from store.payments.settle_refund import refund_succeeded
from store.payments.tables import lock_payment

# After so many days a provider refuses a refund, and a person transfers the money (REF-3).
PROVIDER_REFUND_DAYS = {"paypal": 180, "stripe": 365}


class RefundExceedsCaptured(StoreError):
    code = "refund_exceeds_captured"
    status = 409
    title = N_("More than was charged can't be refunded.")
    detail = N_("{requested} was asked for, but only {refundable} can be refunded now.")


class MoneyDisputed(StoreError):
    code = "money_disputed"
    status = 409
    title = N_("The customer's bank is disputing this payment.")
    detail = N_("Money under dispute can't be refunded until the dispute is closed.")


async def refundable(payment_id: UUID) -> Money:
    """What is left to refund of a payment: captured, less refunds (pending ones included), less disputed money."""
    row = await db.fetchrow(
        "select p.currency, coalesce(sum(greatest(c.amount_minor - c.refunded_minor - c.disputed_minor, 0)), 0)::bigint"
        " as amount from payment p left join capture c on c.payment_id = p.id and c.status = 'succeeded'"
        " where p.id = $1 group by p.currency",
        payment_id,
    )
    assert row is not None
    return Money(row["amount"], row["currency"])


async def refund_captures(
    payment_id: UUID,
    amount: Money,
    *,
    subject_id: UUID | None,
    reason: str,
    charge_ids: Sequence[UUID] = (),
    by_hand: bool = False,
) -> list[UUID]:
    """Reserve `amount` out of the payment's captures (those of `charge_ids` first) and plan the provider's refunds.

    `by_hand` leaves the provider out: a person will transfer the money. In the caller's unit of work. Returns the
    payment refunds, some of which may be manual. Raises CurrencyMismatch, RefundExceedsCaptured, MoneyDisputed; the
    database's constraints stand behind both.
    """
    payment = await lock_payment(payment_id)
    if amount.currency != payment["currency"]:
        raise CurrencyMismatch(expected=payment["currency"], actual=amount.currency)
    captures = await db.fetch(
        "select *, amount_minor - refunded_minor - disputed_minor as free from capture"
        " where payment_id = $1 and status = 'succeeded' order by (charge_id = any($2)) desc, created_at for update",
        payment_id,
        list(charge_ids),
    )
    free = sum(max(row["free"], 0) for row in captures)
    if amount.amount_minor > free:
        blocked = sum(row["disputed_minor"] for row in captures)
        if blocked and amount.amount_minor <= free + blocked:
            raise MoneyDisputed(requested=amount, refundable=Money(free, amount.currency))
        raise RefundExceedsCaptured(requested=amount, refundable=Money(free, amount.currency))
    planned: list[UUID] = []
    rest = amount.amount_minor
    for capture in captures:
        part = min(rest, max(capture["free"], 0))
        if part:
            planned.append(await _reserve(capture, part, subject_id, reason, by_hand=by_hand))
            rest -= part
    return planned


async def _reserve(capture: db.Row, amount_minor: int, subject_id: UUID | None, reason: str, *, by_hand: bool) -> UUID:
    refund_id = new_id()
    manual = by_hand or only_by_hand(capture)
    await db.insert(
        "payment_refund",
        id=refund_id,
        payment_id=capture["payment_id"],
        order_id=capture["order_id"],
        capture_id=capture["id"],
        provider=capture["provider"],
        status="manual" if manual else "pending",
        currency=capture["currency"],
        amount_minor=amount_minor,
        reason=reason,
        origin="manual" if manual else "store",
        subject_id=subject_id,
        created_at=clock.now(),
    )
    await db.execute(
        "update capture set refunded_minor = refunded_minor + $2 where id = $1", capture["id"], amount_minor
    )
    await db.execute(
        "update payment set refunded_minor = refunded_minor + $2 where id = $1", capture["payment_id"], amount_minor
    )
    if not manual:
        await plan_operation(
            payment_id=capture["payment_id"],
            order_id=capture["order_id"],
            provider=capture["provider"],
            kind="refund",
            subject_id=refund_id,
        )
    return refund_id


def only_by_hand(capture: db.Row) -> bool:
    """Whether the provider refuses, or never offered, to give this money back (REF-3)."""
    days = PROVIDER_REFUND_DAYS.get(capture["provider"])
    return days is None or clock.now() > capture["created_at"] + timedelta(days=days)


async def complete_manual(payment_refund_id: UUID, *, reference: str) -> None:
    """A person has transferred the money: in the caller's unit of work. One transfer may pay several refunds."""
    touched = await db.execute(
        "update payment_refund set provider_ref = $2 where id = $1 and status = 'manual' and provider_ref is null",
        payment_refund_id,
        f"manual:{reference}:{payment_refund_id}",
    )
    if touched:
        await refund_succeeded(payment_refund_id)
