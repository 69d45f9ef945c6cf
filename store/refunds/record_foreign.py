"""A refund that somebody made in the provider's dashboard shows up in the order and in the books (REF-10)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import audit, clock, db
from store.kernel.ids import new_id, new_number
from store.kernel.money import Money, share_taxed
from store.orders import history
from store.refunds.book import book_foreign
from store.refunds.issue_credit_note import issue_credit_note
from store.refunds.keep_refund import load_refund
from store.refunds.order_facts import load_facts
from store.refunds.statuses import RefundStatus


async def record_foreign_refund(order_id: UUID, payment_refund_id: UUID) -> UUID | None:
    """Write refund, credit note and history for it, once; the order is locked. Returns the refund.

    None for money that came after its charge had been given up and went back at once: nothing was sold for it.
    """
    row = await db.fetchrow("select * from payment_refund where id = $1", payment_refund_id)
    assert row is not None
    amount = Money(row["amount_minor"], row["currency"])
    if row["origin"] != "provider":
        if row["status"] == "succeeded":
            await _tell_once(order_id, "refund_succeeded", payment_refund_id, amount)
        return None
    if row["status"] != "succeeded":
        return None
    refund_id = await _insert(order_id, row)
    refund = await load_refund(refund_id)
    await issue_credit_note(refund, await load_facts(order_id), [])
    await book_foreign(refund)
    await _tell_once(order_id, "refund_seen_at_provider", payment_refund_id, amount)
    await audit.open_exception(
        "refund_seen_at_provider",
        refund["number"],
        order_id=order_id,
        provider=row["provider"],
        amount_minor=amount.amount_minor,
        currency=amount.currency,
    )
    return refund_id


async def _insert(order_id: UUID, row: db.Row) -> UUID:
    """Nobody said what it is for, so it has the order's share of the tax."""
    order = await db.fetchrow("select * from sales_order where id = $1", order_id)
    assert order is not None
    total, taxes = order["total_minor"], order["tax_minor"] + order["shipping_tax_minor"]
    tax = share_taxed(total, taxes, total, 0, row["amount_minor"])[1]
    charge_id = await db.fetchval("select charge_id from capture where id = $1", row["capture_id"])
    refund_id = new_id()
    await db.insert(
        "refund",
        id=refund_id,
        number=new_number("RF"),
        order_id=order_id,
        payment_refund_id=row["id"],
        origin="provider",
        status=RefundStatus.PROCESSING.value,
        reason="made_at_provider",
        currency=row["currency"],
        amount_minor=row["amount_minor"],
        goods_minor=row["amount_minor"],
        shipping_minor=0,
        tax_minor=tax,
        money_minor=row["amount_minor"],
        charge_ids=[charge_id],
        requested_by=row["provider"],
        requested_id=row["provider"],
        requested_at=clock.now(),
    )
    return refund_id


async def _tell_once(order_id: UUID, kind: str, source: UUID, amount: Money) -> None:
    known = await db.fetchval(
        "select exists (select from order_event where order_id = $1 and kind = $2 and facts ->> 'source' = $3)",
        order_id,
        kind,
        str(source),
    )
    if not known:
        await history.record(order_id, kind, amount=amount, source=str(source))
