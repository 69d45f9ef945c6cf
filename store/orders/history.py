"""Every change of an order: who, what, when, why (ORD-7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.i18n import N_
from store.kernel.money import Money

# What each kind of entry reads like; facts go into the sentence.
EVENT_TEXTS = {
    "placed": N_("Order placed."),
    "confirmed": N_("Order confirmed."),
    "attached_to_account": N_("The order was added to the customer's account."),
    "payment_action_required": N_("The customer was asked to approve the payment."),
    "payment_declined": N_("The payment was declined ({code})."),
    "payment_expired": N_("The payment was not approved in time."),
    "shipment_ready": N_("Shipment {shipment} is ready to leave."),
    "shipment_held": N_("Shipment {shipment} is on hold: its payment is not secured ({code})."),
    "shipment_unheld": N_("Shipment {shipment} is no longer on hold."),
    "shipment_released": N_("Shipment {shipment} was handed to the warehouse."),
    "shipment_dispatched": N_("Shipment {shipment} left with {carrier}, tracking number {tracking_number}."),
    "shipment_emailed": N_("Shipment {shipment} was sent by e-mail."),
    "shipment_delivered": N_("Shipment {shipment} was delivered."),
    "shipment_returned": N_("Shipment {shipment} came back as undeliverable."),
    "charged": N_("{amount} charged."),
    "capture_failed": N_("A charge failed ({code})."),
    "invoiced": N_("{amount} invoiced."),
    "canceled": N_("Order cancelled."),
    "partly_canceled": N_("Part of the order was cancelled."),
    "cancellation_refused": N_("A cancellation came too late."),
    "address_changed": N_("The shipping address was changed."),
    "payment_link_sent": N_("A payment link was sent to the customer."),
    "payment_link_reminded": N_("The customer was reminded of the payment link."),
    "refund_requested": N_("A refund was asked for."),
    "refund_request_declined": N_("The refund request was declined."),
    "refund_created": N_("A refund of {amount} was started."),
    "refund_awaits_approval": N_("A refund of {amount} waits for a second person's approval."),
    "refund_succeeded": N_("{amount} refunded."),
    "refund_credited": N_("An unpaid invoice was reduced by {amount}."),
    "refund_rejected": N_("A refund of {amount} was not approved."),
    "refund_by_hand": N_("{amount} will be transferred by hand."),
    "refund_retried": N_("A failed refund of {amount} was sent again."),
    "refund_proof_added": N_("A proof of return was uploaded."),
    "refund_failed": N_("A refund of {amount} failed."),
    "refund_seen_at_provider": N_("{amount} was refunded at the payment provider."),
    "dispute_opened": N_("The customer's bank disputes {amount}."),
    "dispute_closed": N_("The dispute over {amount} is closed ({outcome})."),
    "transfer_received": N_("A transfer of {amount} was received."),
    "replacement_opened": N_("Replacement order {number} opened for return {return_number}."),
    "repair_opened": N_("Repair order {number} opened for return {return_number}."),
    "return_opened": N_("Order {number} opened to send goods of return {return_number} back."),
    "service_done": N_("The repaired item is ready to leave."),
}


async def record(order_id: UUID, kind: str, *, actor: str = "store", public: bool = True, **facts: Any) -> None:
    """Add an entry, for staff only unless `public`; kinds are those of EVENT_TEXTS, Money is welcome as a fact."""
    if kind not in EVENT_TEXTS:
        msg = f"unknown kind of history entry: {kind}"
        raise KeyError(msg)
    await db.write(
        "insert into order_event (order_id, at, actor, kind, facts, public) values ($1, $2, $3, $4, $5, $6)",
        order_id,
        clock.now(),
        actor,
        kind,
        {name: _plain(value) for name, value in facts.items()},
        public,
    )


def _plain(value: Any) -> Any:
    """Money is kept as {"amount_minor", "currency"}."""
    if isinstance(value, Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    return value


async def history(order_id: UUID, *, staff: bool) -> list[db.Row]:
    return await db.fetch(
        "select * from order_event where order_id = $1 and (public or $2) order by id", order_id, staff
    )
