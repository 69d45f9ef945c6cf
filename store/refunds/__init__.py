"""Refunds: who may have one, what it is worth, asking, approval, settlement, credit notes (REF)."""

from __future__ import annotations

from store.kernel.outbox import Consumer
from store.refunds.approve_refund import approve_refund, reject_refund
from store.refunds.attach_proof import Proof, attach_proof, open_proof
from store.refunds.choose_lines import RefundLine
from store.refunds.commit_refund import CommitRefund, CommittedRefund, commit_in_unit_of_work, commit_refund
from store.refunds.eligibility import (
    Eligibility,
    LineEligibility,
    ShipmentEligibility,
    Verdict,
    refund_eligibility,
)
from store.refunds.order_facts import units_taken
from store.refunds.preview import Preview, PreviewLine, PreviewShipping, PreviewSplit
from store.refunds.preview_refund import PreviewRefund, preview_refund
from store.refunds.reasons import REASONS, Reason, offered_reasons
from store.refunds.refund_canceled import on_units_canceled
from store.refunds.refund_returned import on_shipment_returned
from store.refunds.request_refund import RefundRequested, RequestRefund, decline_request, request_refund
from store.refunds.retry_refund import approve_manual, complete_manual, retry_refund
from store.refunds.return_instructions import ReturnInstructions
from store.refunds.settle_refund import on_refund_settled
from store.refunds.spent_units import TakenUnits, guard_units
from store.refunds.statuses import RefundStatus, RequestStatus
from store.refunds.tax_by_rate import share_by_rate
from store.refunds.views import (
    credit_notes_of,
    find_refund,
    find_request,
    get_credit_note,
    get_refund,
    get_request,
    open_requests,
    refund_queue,
    refunds_of,
    requests_of,
)


def consumers() -> list[tuple[str, Consumer]]:
    """(topic, consumer): what this room does about the facts of the rooms below."""
    return [
        ("refund.settled", on_refund_settled),
        ("order.units_canceled", on_units_canceled),
        ("shipment.returned", on_shipment_returned),
    ]


__all__ = [
    "REASONS",
    "CommitRefund",
    "CommittedRefund",
    "Eligibility",
    "LineEligibility",
    "Preview",
    "PreviewLine",
    "PreviewRefund",
    "PreviewShipping",
    "PreviewSplit",
    "Proof",
    "Reason",
    "RefundLine",
    "RefundRequested",
    "RefundStatus",
    "RequestRefund",
    "RequestStatus",
    "ReturnInstructions",
    "ShipmentEligibility",
    "TakenUnits",
    "Verdict",
    "approve_manual",
    "approve_refund",
    "attach_proof",
    "commit_in_unit_of_work",
    "commit_refund",
    "complete_manual",
    "consumers",
    "credit_notes_of",
    "decline_request",
    "find_refund",
    "find_request",
    "get_credit_note",
    "get_refund",
    "get_request",
    "guard_units",
    "offered_reasons",
    "on_refund_settled",
    "on_shipment_returned",
    "on_units_canceled",
    "open_proof",
    "open_requests",
    "preview_refund",
    "refund_eligibility",
    "refund_queue",
    "refunds_of",
    "reject_refund",
    "request_refund",
    "requests_of",
    "retry_refund",
    "share_by_rate",
    "units_taken",
]
