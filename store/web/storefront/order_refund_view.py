"""Eligibility, requests and return instructions in the reader's language."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db
from store.kernel.i18n import pick, translate
from store.kernel.wording import spoken_facts, status_label
from store.markets import Market
from store.refunds import Eligibility, LineEligibility, Proof, ReturnInstructions, ShipmentEligibility, Verdict
from store.refunds.request_refund import reasons_to_send
from store.refunds.return_instructions import return_instructions
from store.web.edge.schemas import labelled, money_out
from store.web.storefront.order_refund_shapes import (
    EligibilityOut,
    InstructionsOut,
    LineEligibilityOut,
    ProofOut,
    RefundRequestOut,
    RequestedLineOut,
    ShipmentEligibilityOut,
    VerdictOut,
)


def eligibility_out(found: Eligibility, locale: str) -> EligibilityOut:
    return EligibilityOut(
        order_number=found.order_number,
        asked_at=found.asked_at,
        verdict=verdict_out(found.verdict, locale),
        available=money_out(found.available, locale),
        shipments=[_shipment(shipment, locale) for shipment in found.shipments],
    )


def verdict_out(verdict: Verdict, locale: str) -> VerdictOut:
    return VerdictOut(
        eligible=verdict.eligible,
        rule=verdict.rule,
        code=verdict.code,
        message=translate(locale, verdict.sentence, spoken_facts(verdict.facts, locale)),
    )


def instructions_out(found: ReturnInstructions | None, locale: str) -> InstructionsOut | None:
    if found is None:
        return None
    service = pick(found.carrier_services, locale)
    return InstructionsOut(
        buyer_pays=found.buyer_pays,
        sentences=[translate(locale, sentence, {"carrier": service or found.carrier}) for sentence in found.sentences],
        carrier=found.carrier,
        carrier_service=service,
        carrier_url=found.carrier_url,
        address_lines=list(found.address_lines),
        address_country=found.address_country,
    )


def request_out(row: db.Row, market: Market, locale: str) -> RefundRequestOut:
    return RefundRequestOut(
        id=row["id"],
        number=row["number"],
        order_number=row["order_number"],
        status=row["status"],
        status_label=status_label(row["status"], locale),
        reason=labelled(row["reason"], locale),
        message=row["message"],
        lines=[
            RequestedLineOut(
                shipment_line_id=UUID(line["shipment_line_id"]), sku=line["sku"], quantity=line["quantity"]
            )
            for line in row["lines"]
        ],
        proofs=[
            ProofOut(
                id=UUID(proof["id"]),
                name=proof["name"],
                media_type=proof["media_type"],
                size_bytes=proof["size_bytes"],
            )
            for proof in row["proofs"]
        ],
        asked_at=row["asked_at"],
        decided_at=row["decided_at"],
        decision=row["decision"] or None,
        instructions=instructions_out(
            return_instructions(market, reasons_to_send(row["reason"], row["lines"])), locale
        ),
    )


def proof_out(proof: Proof) -> ProofOut:
    return ProofOut(id=proof.id, name=proof.name, media_type=proof.media_type, size_bytes=proof.size_bytes)


def _shipment(found: ShipmentEligibility, locale: str) -> ShipmentEligibilityOut:
    return ShipmentEligibilityOut(
        number=found.number,
        status=found.status,
        status_label=status_label(found.status, locale),
        dispatched_at=found.dispatched_at,
        refundable_until=found.refundable_until,
        verdict=verdict_out(found.verdict, locale),
        shipping=money_out(found.shipping, locale),
        lines=[_line(line, locale) for line in found.lines],
    )


def _line(found: LineEligibility, locale: str) -> LineEligibilityOut:
    return LineEligibilityOut(
        shipment_line_id=found.shipment_line_id,
        order_line_id=found.order_line_id,
        sku=found.sku,
        name=pick(found.names, locale),
        shipped=found.shipped,
        refunded=found.refunded,
        left=found.left,
        refundable=money_out(found.refundable, locale),
        verdict=verdict_out(found.verdict, locale),
    )
