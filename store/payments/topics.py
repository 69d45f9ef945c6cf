"""The facts that this room tells, each with `order_id`, most with `payment_id` and the id of what it is about.

payment.authorized        funds are held, or a card was saved                  authorization_id
payment.action_required   the payer must approve                               authorization_id
payment.not_authorized    declined, refused, voided or expired                 authorization_id, code
charge.unsecured          what secured a charge is gone; it is planned again   charge_id, code
charge.at_risk            what secures it ends soon and can't be renewed       charge_id, code, expires_at
charge.invoiced           billed on terms                                      charge_id
charge.paid               a transfer has arrived for it                        charge_id, capture_id
capture.succeeded         money was taken                                      charge_id, capture_id
capture.failed            it could not be taken after all                      charge_id, code
refund.settled            outcome succeeded or failed                          payment_refund_id, subject_id, outcome
dispute.opened, .closed                                                        dispute_id
payment_link.created      to be sent to the customer                           charge_id, link_id
"""

from __future__ import annotations

from store.kernel import outbox

outbox.declare(
    "payment.authorized",
    "payment.action_required",
    "payment.not_authorized",
    "charge.unsecured",
    "charge.at_risk",
    "charge.invoiced",
    "charge.paid",
    "capture.succeeded",
    "capture.failed",
    "refund.settled",
    "dispute.opened",
    "dispute.closed",
    "payment_link.created",
)
