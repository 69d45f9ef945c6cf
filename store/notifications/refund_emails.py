"""The e-mail about money that went back, with the number of its credit note (DOC-1, REF-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.money import Money
from store.notifications import kinds
from store.notifications.order_facts import OrderFacts, common_context, load_facts, method_label
from store.notifications.write_email import is_written, write_email

Row = Mapping[str, Any] | db.Row


async def on_refund_succeeded(refund_id: str, **_: Any) -> None:
    """Consumer of refund.succeeded: once per refund, when all of its money has moved."""
    key = f"refund.succeeded:{refund_id}"
    refund = None if await is_written(key) else await _load_refund(UUID(refund_id))
    if refund is None or not refund["amount_minor"]:
        return
    facts = await load_facts(refund["order_id"])
    await write_email(
        key=key,
        kind=kinds.REFUNDED,
        recipient=facts["email"],
        locale=facts.locale,
        order_id=facts["id"],
        context=refund_context(facts, refund),
    )


def refund_context(facts: OrderFacts, refund: Row) -> dict[str, Any]:
    """From the refund's row, with its credit note's `credit_note` (the number) and `lines`."""
    amount = facts.money(refund["amount_minor"])
    by_hand = refund["manual_reference"] is not None
    return {
        **common_context(facts, amount=amount),
        "amount": amount,
        "money": facts.money(refund["money_minor"]),
        "credit_note": refund["credit_note"],
        "method": method_label(facts.payment, facts.locale) if facts.payment and not by_hand else None,
        "items": [_item(facts, line) for line in refund["lines"] or [] if line["kind"] == "goods"],
        "shipping": _sum(facts, refund, "shipping"),
        "fee": _sum(facts, refund, "fee"),
        "deducted": _sum(facts, refund, "deducted"),
    }


async def _load_refund(refund_id: UUID) -> db.Row | None:
    return await db.fetchrow(
        "select r.*, n.number as credit_note, n.lines from refund r left join credit_note n on n.refund_id = r.id"
        " where r.id = $1",
        refund_id,
    )


def _item(facts: OrderFacts, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": pick(line["names"], facts.locale),
        "sku": line["sku"],
        "quantity": line["quantity"],
        "amount": facts.money(line["amount_minor"]),
        "serials": [],
    }


def _sum(facts: OrderFacts, refund: Row, kind: str) -> Money:
    """The credit note's lines of a kind; fees and what was set off are below zero there."""
    return facts.money(sum(line["amount_minor"] for line in refund["lines"] or [] if line["kind"] == kind))
