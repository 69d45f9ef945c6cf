"""What people do outside the API: refunds and disputes in a dashboard, a payer's approval, a cardholder's answer."""

from typing import Any

from store.simulator.paypal_api import captures as paypal_captures
from store.simulator.paypal_api import disputes as paypal_disputes
from store.simulator.paypal_api import documents as paypal
from store.simulator.paypal_api import orders as paypal_orders
from store.simulator.paypal_api import refunds as paypal_refunds
from store.simulator.stripe_api import disputes as stripe_disputes
from store.simulator.stripe_api import documents as stripe
from store.simulator.stripe_api import refunds as stripe_refunds
from store.simulator.stripe_api.confirmation import finish_authentication
from store.simulator.stripe_api.errors import wrong_state
from store.simulator.stripe_api.setup_intents import finish_setup_authentication
from store.simulator.world import World

Json = dict[str, Any]


def _charge(world: World, reference: str) -> Json:
    """A Stripe charge by its own id or its PaymentIntent's."""
    if reference.startswith("pi_"):
        reference = str(stripe.find(world, "payment_intent", reference)["latest_charge"])
    return stripe.find(world, "charge", reference)


def _amount(facts: Json) -> int | None:
    return None if facts.get("amount_minor") is None else int(facts["amount_minor"])


def _is_stripe(facts: Json) -> bool:
    if facts["provider"] not in {"stripe", "paypal"}:
        raise ValueError("provider must be stripe or paypal")
    return bool(facts["provider"] == "stripe")


async def refund(world: World, facts: Json) -> Json:
    if _is_stripe(facts):
        charge = _charge(world, facts["charge_or_capture"])
        made = stripe_refunds.refund_charge(world, charge, _amount(facts), reason="requested_by_customer", metadata={})
        return stripe.render(world, made)
    capture = paypal.find(world, paypal_captures.KIND, facts["charge_or_capture"])
    return paypal_refunds.shown_refund(world, paypal_refunds.refund_capture(world, capture, _amount(facts), facts={}))


async def fail_refund(world: World, facts: Json) -> Json:
    if _is_stripe(facts):
        stripe_refunds.fail(world, facts["refund"])
        return stripe.render(world, stripe.find(world, "refund", facts["refund"]))
    return paypal_refunds.shown_refund(world, paypal_refunds.fail(world, facts["refund"]))


async def dispute(world: World, facts: Json) -> Json:
    if _is_stripe(facts):
        charge = _charge(world, facts["charge_or_capture"])
        reason = facts.get("reason", "fraudulent")
        return stripe.render(world, stripe_disputes.open_dispute(world, charge, reason=reason, amount=_amount(facts)))
    capture = paypal.find(world, paypal_captures.KIND, facts["charge_or_capture"])
    opened = paypal_disputes.open_dispute(world, capture, reason=facts.get("reason", "OTHER"), amount=_amount(facts))
    return paypal_disputes.shown_dispute(world, opened)


async def close_dispute(world: World, facts: Json) -> Json:
    if facts["outcome"] not in {"won", "lost"}:
        raise ValueError("outcome must be won or lost")
    won = facts["outcome"] == "won"
    if _is_stripe(facts):
        found = stripe.find(world, "dispute", facts["dispute"])
        return stripe.render(world, stripe_disputes.settle_dispute(world, found, won=won))
    found = paypal.find(world, paypal_disputes.KIND, facts["dispute"])
    return paypal_disputes.shown_dispute(world, paypal_disputes.settle_dispute(world, found, won=won))


async def settle_capture(world: World, facts: Json) -> Json:
    """Decide a pending PayPal capture now: outcome `completed` or `declined`."""
    capture = paypal.find(world, paypal_captures.KIND, facts["capture"])
    if facts["outcome"] == "declined":
        paypal_captures.deny_capture(world, capture)
    elif facts["outcome"] == "completed":
        paypal_captures.settle_capture(world, capture["id"])
    else:
        raise ValueError("outcome must be completed or declined")
    return paypal_captures.shown_capture(world, capture)


async def approve_order(world: World, facts: Json) -> Json:
    order = paypal_orders.approve(world, facts["order"])
    return {
        "id": order["id"],
        "status": order["status"],
        "redirect": paypal_orders.payer_returns_to(order, approved=True),
    }


async def answer_authentication(world: World, facts: Json) -> Json:
    if facts["outcome"] not in {"succeed", "fail"}:
        raise ValueError("outcome must be succeed or fail")
    reference = facts.get("payment_intent") or facts["setup_intent"]
    return authenticate(world, reference, succeeded=facts["outcome"] == "succeed")


def authenticate(world: World, reference: str, *, succeeded: bool) -> Json:
    """The cardholder's answer on the bank's page; answers the intent."""
    kind = "payment_intent" if reference.startswith("pi_") else "setup_intent"
    intent = stripe.find(world, kind, reference)
    if intent["status"] != "requires_action":
        raise wrong_state(f"The {kind} is {intent['status']}: nobody is asked to authenticate it.")
    if kind == "payment_intent":
        finish_authentication(world, intent, succeeded=succeeded)
    else:
        finish_setup_authentication(world, intent, succeeded=succeeded)
    return stripe.render(world, intent)
