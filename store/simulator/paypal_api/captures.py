"""Captures: money taken from the payer, at once or after PayPal's review."""

from store.simulator.currencies import paypal_money, percentage
from store.simulator.movements import record_movement
from store.simulator.paypal_api.documents import (
    Answer,
    Call,
    Json,
    base_url,
    change,
    emit,
    find,
    link,
    public,
)
from store.simulator.paypal_api.errors import unprocessable
from store.simulator.timers import on_timer, set_timer
from store.simulator.world import World, new_paypal_id

KIND = "paypal.captures"
SELLER_PROTECTION: Json = {
    "status": "ELIGIBLE",
    "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
}
FEE_PERCENT = "2.9"
FEE_FIXED_MINOR = 35


def capture_for_order(world: World, order: Json, unit: Json, amount: int, currency: str) -> Json:
    return new_capture(
        world,
        amount,
        currency,
        order_id=order["id"],
        authorization_id=None,
        invoice_id=unit.get("invoice_id"),
        custom_id=unit.get("custom_id"),
        final=True,
    )


def new_capture(
    world: World,
    amount: int,
    currency: str,
    *,
    order_id: str,
    authorization_id: str | None,
    invoice_id: str | None,
    custom_id: str | None,
    final: bool,
) -> Json:
    check_invoice_id(world, invoice_id)
    pending = bool(world.setting("paypal_capture_pending"))
    related = {"order_id": order_id, **({"authorization_id": authorization_id} if authorization_id else {})}
    capture = world.put(
        KIND,
        {
            "id": new_paypal_id(),
            "status": "PENDING" if pending else "COMPLETED",
            "status_details": {"reason": "PENDING_REVIEW"} if pending else None,
            "amount": paypal_money(amount, currency),
            "final_capture": final,
            "seller_protection": SELLER_PROTECTION,
            "invoice_id": invoice_id,
            "custom_id": custom_id,
            "supplementary_data": {"related_ids": related},
            "create_time": world.iso(),
            "update_time": world.iso(),
            "_order": order_id,
            "_authorization": authorization_id,
            "_amount_minor": amount,
            "_refunded_minor": 0,
            "_created": world.now,
            "_disputed": False,
        },
    )
    if pending:
        set_timer(world, "paypal.settle_capture", capture["id"], world.now + world.setting("settle_after_seconds"))
        emit(world, "PAYMENT.CAPTURE.PENDING", "capture", shown_capture(world, capture), "The payment is pending")
    else:
        _complete(world, capture)
    return capture


def check_invoice_id(world: World, invoice_id: str | None) -> None:
    """PayPal refuses a second payment for one invoice."""
    if invoice_id and any(row["invoice_id"] == invoice_id and row["status"] != "DECLINED" for row in world.all(KIND)):
        raise unprocessable(
            "DUPLICATE_INVOICE_ID",
            "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires"
            " that Invoice Id be unique for each transaction.",
        )


def _complete(world: World, capture: Json) -> None:
    amount, currency = capture["_amount_minor"], capture["amount"]["currency_code"]
    fee = percentage(amount, FEE_PERCENT) + FEE_FIXED_MINOR
    change(
        world,
        KIND,
        capture,
        status="COMPLETED",
        status_details=None,
        seller_receivable_breakdown={
            "gross_amount": paypal_money(amount, currency),
            "paypal_fee": paypal_money(fee, currency),
            # A fee may be more than a tiny payment; PayPal's amounts then carry a minus.
            "net_amount": paypal_money(amount - fee, currency),
        },
        _fee_minor=fee,
    )
    for kind, moved in (("capture", amount), ("fee", fee)):
        record_movement(
            world,
            "paypal",
            kind,
            ref=capture["id"],
            parent_ref=capture["_order"],
            amount_minor=moved,
            currency=currency,
            facts={"custom_id": capture["custom_id"], "invoice_id": capture["invoice_id"]},
        )
    emit(
        world,
        "PAYMENT.CAPTURE.COMPLETED",
        "capture",
        shown_capture(world, capture),
        f"Payment completed for {capture['amount']['value']} {currency}",
    )


@on_timer("paypal.settle_capture")
def settle_capture(world: World, capture_id: str) -> None:
    capture = find(world, KIND, capture_id)
    if capture["status"] == "PENDING":
        _complete(world, capture)


def deny_capture(world: World, capture: Json) -> None:
    """A pending payment that PayPal's review turned down."""
    if capture["status"] != "PENDING":
        raise unprocessable("CAPTURE_STATUS_NOT_VALID", f"The capture is {capture['status']}, not PENDING.")
    change(world, KIND, capture, status="DECLINED", status_details=None)
    emit(world, "PAYMENT.CAPTURE.DENIED", "capture", shown_capture(world, capture), "Payment denied")


def shown_capture(world: World, capture: Json) -> Json:
    base, path = base_url(world), f"/v2/payments/captures/{capture['id']}"
    links = [link(base, path, "self"), link(base, f"{path}/refund", "refund", "POST")]
    if capture["_authorization"]:
        links.append(link(base, f"/v2/payments/authorizations/{capture['_authorization']}", "up"))
    else:
        links.append(link(base, f"/v2/checkout/orders/{capture['_order']}", "up"))
    return {**public(capture), "links": links}


def retrieve(call: Call) -> Answer:
    return Answer(200, shown_capture(call.world, find(call.world, KIND, call.id)))
