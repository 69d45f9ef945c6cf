"""Grant a refund: credit note and journal, what is owed gets less, the money is reserved and sent (REF-3, REF-8).

The credit note is issued here, when the store grants the refund, not when a bank has moved the money: from now on
it is owed, and a transfer that fails is tried again under the same credit note.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.customers import free_credit
from store.kernel import audit, db, outbox
from store.kernel.money import Money
from store.orders import history
from store.payments.credit_charge import credit_charge
from store.payments.refund_captures import refund_captures
from store.refunds.book import book_grant
from store.refunds.choose_lines import Part
from store.refunds.issue_credit_note import issue_credit_note
from store.refunds.keep_refund import set_status
from store.refunds.order_facts import OrderFacts
from store.refunds.plan_money import MoneyPlan
from store.refunds.settle_refund import derived_status

outbox.declare("refund.created", "refund.succeeded", "credit_note.issued")


async def grant(refund: db.Row, facts: OrderFacts, parts: Sequence[Part], plan: MoneyPlan) -> str:
    """Returns the refund's status. Order and payment are locked; `plan` was made under these locks."""
    await issue_credit_note(refund, facts, parts)
    await book_grant(refund, parts)
    await _credit(facts, plan)
    await _send(refund, facts, plan)
    status = await derived_status(refund)
    await set_status(refund, status)
    amount = Money(refund["amount_minor"], refund["currency"])
    actor = refund["approved_by"] or refund["requested_by"]
    await audit.record(
        actor,
        "grant_refund",
        "refund",
        refund["id"],
        number=refund["number"],
        amount_minor=refund["amount_minor"],
        currency=refund["currency"],
        reason=refund["reason"],
        note=refund["note"],
        override_reason=refund["override_reason"],
        requested_by=refund["requested_by"],
    )
    await history.record(refund["order_id"], "refund_created", actor=actor, amount=amount, refund=refund["number"])
    await outbox.stage("refund.created", order_id=refund["order_id"], refund_id=refund["id"])
    if not plan.money_minor:  # nothing has to move
        if plan.credited_minor:
            await history.record(refund["order_id"], "refund_credited", amount=amount, refund=refund["number"])
        await outbox.stage("refund.succeeded", order_id=refund["order_id"], refund_id=refund["id"])
    return status.value


async def _credit(facts: OrderFacts, plan: MoneyPlan) -> None:
    """REF-11: what was not paid is owed no longer, and a partner's credit is free again (PAY-11)."""
    for credit in plan.credits:
        await credit_charge(
            credit.charge_id,
            amount=facts.money(credit.amount_minor),
            shipping=facts.money(credit.shipping_minor),
            tax=facts.money(credit.tax_minor),
        )
    if plan.credited_minor and facts.order["payment_method"] == "purchase_order" and facts.order["partner_id"]:
        await free_credit(facts.order["partner_id"], plan.credited_minor)


async def _send(refund: db.Row, facts: OrderFacts, plan: MoneyPlan) -> None:
    for part in plan.split:
        assert facts.payment is not None
        await refund_captures(
            facts.payment["id"],
            facts.money(part.amount_minor),
            subject_id=refund["id"],
            reason=refund["reason"],
            charge_ids=[part.charge_id],
        )
    sent = sum(part.amount_minor for part in plan.split)
    if sent < plan.money_minor:  # an automatic refund of disputed money (PAY-12): a person decides when it is over
        await audit.open_exception(
            "refund_blocked",
            refund["number"],
            order_id=refund["order_id"],
            amount_minor=plan.money_minor - sent,
            currency=refund["currency"],
        )
