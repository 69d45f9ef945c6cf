"""Charges: placing a hold on a card, taking money from it, giving it up, and letting it expire."""

from store.simulator.movements import record_movement
from store.simulator.stripe_api.balance import book_capture
from store.simulator.stripe_api.cards import Card
from store.simulator.stripe_api.documents import Call, Json, add, change, find, page, render
from store.simulator.stripe_api.events import emit
from store.simulator.stripe_api.payment_methods import card_of, decline_facts, wallet
from store.simulator.timers import on_timer, set_timer
from store.simulator.world import World, new_id

DAY_SECONDS = 86_400
# Stripe, "Place a hold on a payment method": 7 days, but 4 days and 18 hours when Visa's customer is absent.
HOLD_SECONDS = 7 * DAY_SECONDS
HOLD_VISA_OFF_SESSION_SECONDS = 4 * DAY_SECONDS + 18 * 3600
HOLD_EXTENDED_SECONDS = 30 * DAY_SECONDS
_EMPTY = (
    "application",
    "application_fee",
    "application_fee_amount",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "invoice",
    "on_behalf_of",
    "receipt_number",
    "receipt_url",
    "review",
    "source_transfer",
    "transfer_data",
    "transfer_group",
)
EXTENDABLE = frozenset({"visa", "mastercard", "amex", "discover"})


def new_charge(
    world: World,
    intent: Json,
    payment_method: Json,
    *,
    off_session: bool,
    authenticated: bool = False,
    decline: str | None = None,
) -> Json:
    """The charge of one attempt: failed, or holding the amount until it is captured."""
    charge = {
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": payment_method["billing_details"],
        "calculated_statement_descriptor": "SIMULATED STORE",
        "captured": False,
        "created": world.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(decline),
        "paid": decline is None,
        "payment_intent": intent["id"],
        "payment_method": payment_method["id"],
        "payment_method_details": {
            "card": _card_details(world, intent, payment_method, off_session=off_session, authenticated=authenticated),
            "type": "card",
        },
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded" if decline is None else "failed",
        "_off_session": off_session,
        **dict.fromkeys(_EMPTY),
    }
    if decline is not None:
        facts = decline_facts(decline)
        charge |= {"failure_code": facts["code"], "failure_message": facts["message"]}
        del charge["payment_method_details"]["card"]["capture_before"]
    return add(world, charge)


def _outcome(decline: str | None) -> Json:
    if decline is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "network_status": "declined_by_network",
        "reason": decline,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def _card_details(world: World, intent: Json, payment_method: Json, *, off_session: bool, authenticated: bool) -> Json:
    card = card_of(payment_method)
    options = (intent["payment_method_options"] or {}).get("card") or {}
    extended = (
        world.setting("extended_authorization")
        and options.get("request_extended_authorization") == "if_available"
        and card.brand in EXTENDABLE
        and not off_session
    )
    multicapture = world.setting("multicapture") and options.get("request_multicapture") == "if_available"
    return {
        "amount_authorized": intent["amount"],
        "brand": card.brand,
        "capture_before": world.now + _hold_seconds(card, off_session=off_session, extended=extended),
        "checks": payment_method["card"]["checks"],
        "country": card.country,
        "exp_month": payment_method["card"]["exp_month"],
        "exp_year": payment_method["card"]["exp_year"],
        "extended_authorization": {"status": "enabled" if extended else "disabled"},
        "fingerprint": payment_method["card"]["fingerprint"],
        "funding": card.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "available" if multicapture else "unavailable"},
        "network": card.brand,
        "network_token": {"used": card.wallet is not None},
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": _three_d_secure() if authenticated else None,
        "wallet": wallet(card),
    }


def _hold_seconds(card: Card, *, off_session: bool, extended: bool) -> int:
    if extended:
        return HOLD_EXTENDED_SECONDS
    return HOLD_VISA_OFF_SESSION_SECONDS if card.brand == "visa" and off_session else HOLD_SECONDS


def _three_d_secure() -> Json:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": new_id("", 32),
        "version": "2.2.0",
    }


def place_hold(world: World, charge: Json) -> None:
    """The amount is reserved on the card; it is given back by itself if nothing is captured in time."""
    _record(world, charge, "authorization", charge["amount"])
    set_timer(world, "stripe.expire", charge["id"], charge["payment_method_details"]["card"]["capture_before"])


def take_money(world: World, charge: Json, amount: int, *, final: bool) -> None:
    """Move money to the balance; after the final time the hold is over."""
    transaction = book_capture(world, charge, amount)
    change(
        world,
        charge,
        amount_captured=charge["amount_captured"] + amount,
        balance_transaction=transaction["id"],
        captured=final,
    )
    if final:
        charge["payment_method_details"]["card"].pop("capture_before", None)
        if card_of(find(world, "payment_method", charge["payment_method"])).disputed_as:
            set_timer(world, "stripe.dispute", charge["id"], world.now)


def take_money_directly(world: World, charge: Json) -> None:
    """A charge that was never held: the whole amount at once."""
    take_money(world, charge, charge["amount"], final=True)


def give_up_hold(world: World, charge: Json, amount: int, *, expired: bool = False) -> None:
    """Release what isn't captured. Stripe shows that as a refund that moved no money, and so do we."""
    if amount == 0:
        return
    add(
        world,
        {
            "id": new_id("re_3"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": world.now,
            "currency": charge["currency"],
            "destination_details": {"card": {"type": "reversal"}, "type": "card"},
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": "expired_uncaptured_charge" if expired else None,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
            "_releases_hold": True,
        },
    )
    change(world, charge, amount_refunded=charge["amount_refunded"] + amount)
    if charge["amount_captured"] == 0:
        change(world, charge, refunded=True)
    _record(world, charge, "release", amount)


def _record(world: World, charge: Json, kind: str, amount: int) -> None:
    record_movement(
        world,
        "stripe",
        kind,
        ref=charge["id"],
        parent_ref=charge["payment_intent"],
        amount_minor=amount,
        currency=charge["currency"],
        facts={"metadata": charge["metadata"]},
    )


@on_timer("stripe.expire")
def expire(world: World, charge_id: str) -> None:
    """The hold has outlived its network's limit: the money is free again and the payment is over."""
    charge = find(world, "charge", charge_id)
    intent = find(world, "payment_intent", charge["payment_intent"])
    if charge["captured"] or intent["status"] != "requires_capture" or intent["latest_charge"] != charge_id:
        return
    give_up_hold(world, charge, intent["amount_capturable"], expired=True)
    emit(world, "charge.expired", charge)
    if intent["amount_received"]:
        change(world, intent, status="succeeded", amount_capturable=0)
        emit(world, "payment_intent.succeeded", intent)
        return
    change(
        world,
        intent,
        status="canceled",
        amount_capturable=0,
        canceled_at=world.now,
        cancellation_reason="automatic",
    )
    emit(world, "payment_intent.canceled", intent)


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "charge", call.id), call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    return page(call, "charge", "customer", "payment_intent")
