"""What an order's payment looks like, for pages and the API: a handful of statements for any number of orders.

`payment_status` is derived from the rows each time and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.i18n import N_
from store.kernel.money import Money
from store.kernel.wording import register_labels
from store.payments.methods import AT_SHIPMENT, INVOICE_AT_SHIPMENT, PREPAID

Facts = Mapping[str, Any]

# What the payment of a whole order comes to.
register_labels(
    {
        "action_required": N_("waiting for your approval"),
        "method_saved": N_("payment method saved"),
        "awaiting_transfer": N_("waiting for your transfer"),
        "on_terms": N_("on invoice"),
        "partly_charged": N_("partly charged"),
        "charged": N_("charged in full"),
        "partly_refunded": N_("partly refunded"),
        "refunded": N_("refunded"),
        "canceled": N_("cancelled"),
        "disputed": N_("disputed"),
        "not_required": N_("nothing to pay"),
        "won": N_("decided for us"),
        "lost": N_("decided for the customer"),
    }
)
_OPEN = {"planned", "secured", "capturing", "invoiced"}

_PAYMENTS = """
select p.*,
  (select to_jsonb(a) from (
     select status, next_action, decline_code, expires_at from payment_authorization
     where payment_id = p.id and on_session order by created_at desc, id desc limit 1) a) as latest,
  (select coalesce(jsonb_agg(r order by r.created_at, r.id), '[]') from (
     select r.id, c.charge_id, r.status, r.reason, r.origin, r.amount_minor, r.created_at, r.settled_at
     from payment_refund r join capture c on c.id = r.capture_id where r.payment_id = p.id) r) as refunds,
  (select coalesce(jsonb_agg(d order by d.opened_at, d.id), '[]') from (
     select d.id, c.charge_id, d.status, d.reason, d.amount_minor, d.opened_at, d.closed_at
     from dispute d join capture c on c.id = d.capture_id where d.payment_id = p.id) d) as disputes
from payment p where p.order_id = any($1)
"""
_CHARGES = """
select c.*, a.expires_at, k.settled_at as captured_at, coalesce(k.refunded_minor, 0) as refunded_minor,
  exists (select from payment_link l where l.charge_id = c.id and l.used_at is null and l.closed_at is null
    and l.expires_at > $2) as link_open
from charge c
left join payment_authorization a on a.id = c.authorization_id and a.status = 'authorized'
left join capture k on k.charge_id = c.id and k.status = 'succeeded'
where c.order_id = any($1) order by c.due_on nulls last, c.created_at, c.id
"""


async def payment_summary(order_id: UUID) -> dict[str, Any] | None:
    """The payment of one order; None for an order without one (a marketplace's)."""
    return (await payment_summaries([order_id])).get(order_id)


async def payment_summaries(order_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """{order id: summary}, in two statements."""
    payments = await db.fetch(_PAYMENTS, list(order_ids))
    charges = await db.fetch(_CHARGES, list(order_ids), clock.now())
    by_payment: dict[UUID, list[Facts]] = {}
    for charge in charges:
        by_payment.setdefault(charge["payment_id"], []).append(dict(charge))
    return {payment["order_id"]: _summary(dict(payment), by_payment.get(payment["id"], [])) for payment in payments}


def new_payment_summary(payment: Facts, charges: Sequence[Facts]) -> dict[str, Any]:
    """The summary of a payment whose rows were just written: nothing has happened to it yet."""
    nothing: Facts = {
        "captured_minor": 0,
        "refunded_minor": 0,
        "disputed_minor": 0,
        "latest": None,
        "refunds": [],
        "disputes": [],
    }
    untouched = {"captured_at": None, "refunded_minor": 0, "hold_reason": None, "link_open": False, "expires_at": None}
    in_order = sorted(charges, key=lambda charge: (charge["due_on"] is None, charge["due_on"], charge["id"].bytes))
    return _summary({**payment, **nothing}, [{**charge, **untouched} for charge in in_order])


def _summary(payment: Facts, charges: Sequence[Facts]) -> dict[str, Any]:
    latest = payment["latest"]
    waits = latest is not None and latest["status"] == "requires_action"

    def money(minor: int) -> Money:
        return Money(minor, payment["currency"])

    return {
        "id": payment["id"],
        "method": payment["method"],
        "capture_policy": payment["capture_policy"],
        "payment_status": payment_status(payment, charges),
        "brand": payment["brand"],
        "last4": payment["last4"],
        "transfer_reference": payment["transfer_reference"],
        "purchase_order_number": payment["purchase_order_number"],
        "net_days": payment["net_days"],
        "total": money(payment["total_minor"]),
        "captured": money(payment["captured_minor"]),
        "refunded": money(_refunded(payment)),
        "refunds_pending": money(payment["refunded_minor"] - _refunded(payment)),
        "disputed": money(payment["disputed_minor"]),
        "next_action": latest["next_action"] if waits else None,
        "decline_code": latest["decline_code"] if latest is not None else None,
        "charges": [_charge(charge) for charge in charges],
        "refunds": [_dated(refund, money, "created_at", "settled_at") for refund in payment["refunds"]],
        "disputes": [_dated(dispute, money, "opened_at", "closed_at") for dispute in payment["disputes"]],
    }


def _charge(charge: Facts) -> dict[str, Any]:
    amounts = {
        name: Money(charge[f"{name}_minor"], charge["currency"]) for name in ("amount", "shipping", "tax", "refunded")
    }
    same = ("id", "shipment_id", "status", "due_on", "captured_at", "hold_reason", "link_open")
    return {
        **{name: charge[name] for name in same},
        **amounts,
        "authorized_until": charge["expires_at"] if charge["status"] == "secured" else None,
    }


def _dated(row: Facts, money: Callable[[int], Money], *moments: str) -> dict[str, Any]:
    """A row that came as JSON: its moments and amounts become what they were."""
    facts = {**row, "amount": money(row["amount_minor"])}
    for name in moments:
        facts[name] = datetime.fromisoformat(row[name]) if row[name] else None
    facts["id"], facts["charge_id"] = UUID(row["id"]), UUID(row["charge_id"])
    del facts["amount_minor"]
    return facts


def _refunded(payment: Facts) -> int:
    """What has gone back; refunds that are under way don't count yet."""
    return sum(refund["amount_minor"] for refund in payment["refunds"] if refund["status"] == "succeeded")


def payment_status(payment: Facts, charges: Sequence[Facts]) -> str:
    """The payment in one word; what concerns taken money comes before what concerns money to be taken."""
    captured, refunded = payment["captured_minor"], _refunded(payment)
    if any(dispute["status"] == "open" for dispute in payment["disputes"]):
        return "disputed"
    if captured:
        if refunded:
            return "refunded" if refunded == captured else "partly_refunded"
        is_open = any(charge["status"] in _OPEN and charge["amount_minor"] for charge in charges)
        return "partly_charged" if is_open else "charged"
    if charges and all(charge["status"] == "released" for charge in charges):
        return "canceled"
    if not payment["total_minor"]:
        return "not_required"
    return _status_before_charging(payment, {charge["status"] for charge in charges if charge["amount_minor"]})


def _status_before_charging(payment: Facts, statuses: set[str]) -> str:
    policy, latest = payment["capture_policy"], payment["latest"]
    if policy == PREPAID:
        return "awaiting_transfer"
    if policy == INVOICE_AT_SHIPMENT:
        return "invoiced" if "invoiced" in statuses else "on_terms"
    if "secured" in statuses or ("capturing" in statuses and policy == AT_SHIPMENT):
        return "authorized"
    match latest["status"] if latest is not None else None:
        case "requires_action":
            return "pending" if "capturing" in statuses else "action_required"
        case "declined" | "failed":
            return "declined"
        case "voided" | "expired":
            return "expired"
        case "authorized":
            return "method_saved"
    return "pending"
