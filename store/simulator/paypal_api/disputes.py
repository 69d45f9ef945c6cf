"""Disputes: a payer complains, PayPal holds the money, and decides."""

from store.simulator.currencies import paypal_money
from store.simulator.movements import record_movement
from store.simulator.paypal_api.captures import shown_capture
from store.simulator.paypal_api.documents import Answer, Call, Json, base_url, change, emit, find, link, public
from store.simulator.paypal_api.errors import unprocessable
from store.simulator.world import World, new_paypal_id

KIND = "paypal.disputes"
CAPTURES = "paypal.captures"
RESPONSE_SECONDS = 10 * 86_400
REASONS = frozenset(
    {
        "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
        "UNAUTHORISED",
        "CREDIT_NOT_PROCESSED",
        "DUPLICATE_TRANSACTION",
        "INCORRECT_AMOUNT",
        "CANCELED_RECURRING_BILLING",
        "PAYMENT_BY_OTHER_MEANS",
        "PROBLEM_WITH_REMITTANCE",
        "OTHER",
    }
)


def open_dispute(world: World, capture: Json, *, reason: str, amount: int | None) -> Json:
    left = capture["_amount_minor"] - capture["_refunded_minor"]
    amount = left if amount is None else amount
    if capture["_disputed"] or capture["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED"} or not 1 <= amount <= left:
        raise unprocessable(
            "TRANSACTION_DISPUTED", f"The capture can't be disputed for {amount}: {left} is left of it."
        )
    currency = capture["amount"]["currency_code"]
    dispute_id = f"PP-R-{new_paypal_id(3)}-{world.count(KIND) + 10_000_000}"
    dispute = world.put(
        KIND,
        {
            "id": dispute_id,
            "dispute_id": dispute_id,
            "create_time": world.iso(),
            "update_time": world.iso(),
            "disputed_transactions": [_transaction(capture)],
            "reason": reason if reason in REASONS else "OTHER",
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "dispute_amount": paypal_money(amount, currency),
            "dispute_life_cycle_stage": "CHARGEBACK",
            "dispute_channel": "INTERNAL",
            "seller_response_due_date": world.iso(world.now + RESPONSE_SECONDS),
            "_capture": capture["id"],
            "_amount_minor": amount,
        },
    )
    change(world, CAPTURES, capture, _disputed="open")
    _record(world, dispute, "dispute")
    emit(world, "CUSTOMER.DISPUTE.CREATED", "dispute", shown_dispute(world, dispute), "A new dispute opened")
    return dispute


def _transaction(capture: Json) -> Json:
    facts = {
        "seller_transaction_id": capture["id"],
        "create_time": capture["create_time"],
        "transaction_status": "COMPLETED",
        "gross_amount": capture["amount"],
        "invoice_number": capture["invoice_id"],
        "custom": capture["custom_id"],
    }
    return {name: value for name, value in facts.items() if value is not None}


def _record(world: World, dispute: Json, kind: str) -> None:
    record_movement(
        world,
        "paypal",
        kind,
        ref=dispute["id"],
        parent_ref=dispute["_capture"],
        amount_minor=dispute["_amount_minor"],
        currency=dispute["dispute_amount"]["currency_code"],
        # A movement of a dispute is a transaction of its own in PayPal's reports.
        facts={"transaction": new_paypal_id()},
    )


def settle_dispute(world: World, dispute: Json, *, won: bool) -> Json:
    if dispute["status"] == "RESOLVED":
        raise unprocessable("TRANSACTION_DISPUTED", "The dispute is already resolved.")
    outcome: Json = {"outcome_code": "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"}
    if not won:
        outcome["amount_refunded"] = dispute["dispute_amount"]
    change(world, KIND, dispute, status="RESOLVED", dispute_outcome=outcome)
    capture = find(world, CAPTURES, dispute["_capture"])
    change(world, CAPTURES, capture, _disputed=False if won else "lost")
    if won:
        _record(world, dispute, "dispute_won")
    else:
        emit(
            world,
            "PAYMENT.CAPTURE.REVERSED",
            "capture",
            shown_capture(world, capture),
            "A capture payment was reversed",
        )
    emit(world, "CUSTOMER.DISPUTE.RESOLVED", "dispute", shown_dispute(world, dispute), "A dispute was resolved")
    return dispute


def shown_dispute(world: World, dispute: Json) -> Json:
    shown = {name: value for name, value in public(dispute).items() if name != "id"}
    return {**shown, "links": [link(base_url(world), f"/v1/customer/disputes/{dispute['id']}", "self")]}


def retrieve(call: Call) -> Answer:
    return Answer(200, shown_dispute(call.world, find(call.world, KIND, call.id)))


def list_(call: Call) -> Answer:
    transaction = call.query.get("disputed_transaction_id")
    size = min(max(int(call.query.get("page_size", "10")), 1), 50)
    start = int(call.query.get("next_page_token", "0"))
    rows = [row for row in call.world.newest_first(KIND) if transaction in {None, row["_capture"]}]
    items = []
    for row in rows[start : start + size]:
        shown = shown_dispute(call.world, row)
        shown["dispute_state"] = "RESOLVED" if row["status"] == "RESOLVED" else "REQUIRED_ACTION"
        items.append(
            {name: value for name, value in shown.items() if name not in {"disputed_transactions", "dispute_outcome"}}
        )
    links = [link(call.base_url, "/v1/customer/disputes", "self")]
    if len(rows) > start + size:
        links.append(
            link(call.base_url, f"/v1/customer/disputes?page_size={size}&next_page_token={start + size}", "next")
        )
    return Answer(200, {"items": items, "links": links})
