"""Disputes: a cardholder takes the money back through the bank, and the bank decides."""

from store.simulator.movements import record_movement
from store.simulator.stripe_api.balance import book
from store.simulator.stripe_api.cards import CARDS
from store.simulator.stripe_api.documents import Call, Json, add, change, find, page, render
from store.simulator.stripe_api.errors import invalid
from store.simulator.stripe_api.events import emit
from store.simulator.stripe_api.refunds import refundable
from store.simulator.timers import on_timer
from store.simulator.world import World, new_id

EVIDENCE_SECONDS = 9 * 86_400
_OPEN = frozenset({"needs_response", "under_review", "warning_needs_response"})
_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


@on_timer("stripe.dispute")
def dispute_by_card(world: World, charge_id: str) -> None:
    """The test cards that are always disputed, right after the money was taken."""
    charge = find(world, "charge", charge_id)
    card = CARDS[find(world, "payment_method", charge["payment_method"])["_card"]]
    open_dispute(world, charge, reason=card.disputed_as or "general", amount=None)


def open_dispute(world: World, charge: Json, *, reason: str, amount: int | None) -> Json:
    """Take the disputed amount and a fee from the balance; raises StripeError 400 when there is nothing to take."""
    left = refundable(world, charge)
    amount = left if amount is None else amount
    if charge["disputed"] or not 1 <= amount <= left:
        raise invalid(f"Charge {charge['id']} can't be disputed for {amount}: {left} is left of it.", param="charge")
    brand = charge["payment_method_details"]["card"]["brand"]
    dispute = add(
        world,
        {
            "id": new_id("du_1"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": world.now,
            "currency": charge["currency"],
            "evidence": dict.fromkeys(_EVIDENCE),
            "evidence_details": {
                "due_by": world.now + EVIDENCE_SECONDS,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method_details": {
                "card": {"brand": brand, "network_reason_code": "10.4"},
                "type": "card",
            },
            "reason": reason,
            "status": "needs_response",
        },
    )
    change(world, charge, disputed=True, _dispute_open_or_lost=True)
    _move_money(world, dispute, won=False)
    emit(world, "charge.dispute.created", dispute)
    emit(world, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move_money(world: World, dispute: Json, *, won: bool) -> None:
    """Disputed money and its fee leave together, and come back together when the store wins."""
    sign = 1 if won else -1
    fee = world.setting("dispute_fee_minor")
    transaction = book(
        world,
        "adjustment",
        source=dispute["id"],
        amount=sign * dispute["amount"],
        currency=dispute["currency"],
        fee=-sign * fee,
        category="dispute_reversal" if won else "dispute",
        description=f"Chargeback {'reversal' if won else 'withdrawal'} for {dispute['charge']}",
    )
    change(world, dispute, balance_transactions=[*dispute["balance_transactions"], transaction])
    kinds = ("dispute_won", "dispute_fee_returned") if won else ("dispute", "dispute_fee")
    for kind, amount in zip(kinds, (dispute["amount"], fee), strict=True):
        record_movement(
            world,
            "stripe",
            kind,
            ref=dispute["id"],
            parent_ref=dispute["charge"],
            amount_minor=amount,
            currency=dispute["currency"],
            facts={"transaction": transaction["id"]},
        )


def settle_dispute(world: World, dispute: Json, *, won: bool) -> Json:
    if dispute["status"] not in _OPEN:
        raise invalid(f"This dispute is already closed: {dispute['status']}.")
    change(world, dispute, status="won" if won else "lost")
    if won:
        _move_money(world, dispute, won=True)
        change(world, find(world, "charge", dispute["charge"]), _dispute_open_or_lost=False)
        emit(world, "charge.dispute.funds_reinstated", dispute)
    emit(world, "charge.dispute.closed", dispute)
    return dispute


def close(call: Call) -> Json:
    """The store accepts the loss."""
    dispute = settle_dispute(call.world, find(call.world, "dispute", call.id), won=False)
    return render(call.world, dispute, call.parameters.get("expand", ()))


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "dispute", call.id), call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    return page(call, "dispute", "charge", "payment_intent")
