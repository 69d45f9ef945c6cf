"""Balance transactions: what each movement did to the balance, fees included. Fees are 1.5 % + 25 minor units."""

from store.simulator.currencies import percentage
from store.simulator.movements import record_movement
from store.simulator.stripe_api.documents import Call, Json, add, find, page, render
from store.simulator.world import World, new_id

FEE_PERCENT = "1.5"
FEE_FIXED_MINOR = 25
_CATEGORIES = {"charge": "charge", "refund": "refund", "refund_failure": "refund_failure"}


def charge_fee(amount_minor: int) -> int:
    return percentage(amount_minor, FEE_PERCENT) + FEE_FIXED_MINOR


def book(
    world: World,
    transaction_type: str,
    *,
    source: str,
    amount: int,
    currency: str,
    fee: int = 0,
    category: str | None = None,
    description: str | None = None,
) -> Json:
    """One line on the balance; amounts that leave are negative."""
    fee_details = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return add(
        world,
        {
            "id": new_id("txn_3"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": world.now + 2 * 86_400,
            "created": world.now,
            "currency": currency,
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": fee_details if fee else [],
            "net": amount - fee,
            "reporting_category": category or _CATEGORIES[transaction_type],
            "source": source,
            "status": "pending",
            "type": transaction_type,
        },
    )


def book_capture(world: World, charge: Json, amount: int) -> Json:
    fee = charge_fee(amount)
    transaction = book(
        world,
        "charge",
        source=charge["id"],
        amount=amount,
        currency=charge["currency"],
        fee=fee,
        description=charge["description"],
    )
    facts = {"metadata": charge["metadata"], "transaction": transaction["id"]}
    for kind, moved in (("capture", amount), ("fee", fee)):
        record_movement(
            world,
            "stripe",
            kind,
            ref=charge["id"],
            parent_ref=charge["payment_intent"],
            amount_minor=moved,
            currency=charge["currency"],
            facts=facts,
        )
    return transaction


def retrieve(call: Call) -> Json:
    transaction = find(call.world, "balance_transaction", call.id)
    return render(call.world, _as_of_now(call.world, transaction), call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    answer = page(call, "balance_transaction", "type", "currency", "source")
    answer["data"] = [_as_of_now(call.world, row) for row in answer["data"]]
    return answer


def _as_of_now(world: World, transaction: Json) -> Json:
    status = "available" if transaction["available_on"] <= world.now else "pending"
    return {**transaction, "status": status}
