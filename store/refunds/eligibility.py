"""May this be refunded, and if not, why not: one small function per rule (REF-1, REF-4, REF-11, PAY-12).

A rule looks at facts and returns the refusal, or None. The refusal is the error that the commit would raise, so that
what is shown and what is done can't differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import clock
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.money import Money
from store.markets.calendar import local_date
from store.payments.refund_captures import MoneyDisputed
from store.refunds.errors import (
    RULES,
    AlreadyRefunded,
    BoughtAtUnknownPlace,
    BoughtElsewhere,
    NotChargedYet,
    NotShippedYet,
    RefundDeadlineOver,
    ServiceUsed,
)
from store.refunds.order_facts import LineFacts, OrderFacts, ShipmentFacts, load_facts
from store.refunds.reasons import reason_of

# What the deadline is when everything is well; facts: shipment, dispatched_on, last_day.
ELIGIBLE = N_("Shipment {shipment} can be refunded; it left on {dispatched_on}, ask until {last_day}.")
# The only refusals that a second person can set aside (REF-9).
SET_ASIDE = frozenset({RefundDeadlineOver.code})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`sentence` is marked for translation and takes `facts`; rule and code never change with the language."""

    eligible: bool
    rule: str
    code: str
    sentence: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEligibility:
    """`refundable` is what all units that are left are worth, tax included."""

    shipment_line_id: UUID
    order_line_id: UUID
    sku: str
    names: Mapping[str, str]
    shipped: int
    refunded: int
    left: int
    refundable: Money
    tax: Money
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentEligibility:
    shipment_id: UUID
    number: str
    status: str
    dispatched_at: datetime | None
    refundable_until: datetime | None
    verdict: Verdict
    shipping: Money
    lines: tuple[LineEligibility, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """`verdict` is about the whole order: refused when no shipment is eligible. `available` is the money left."""

    order_id: UUID
    order_number: str
    asked_at: datetime
    verdict: Verdict
    available: Money
    shipments: tuple[ShipmentEligibility, ...]


async def refund_eligibility(
    order_id: UUID, *, as_of: datetime | None = None, reason: str = "withdrawal"
) -> Eligibility:
    """What may be refunded for `reason`, had it been asked for at `as_of` (now by default). Raises NotFound."""
    return eligibility(await load_facts(order_id), as_of or clock.now(), reason)


def eligibility(facts: OrderFacts, asked_at: datetime, reason: str) -> Eligibility:
    shipments = tuple(_shipment(facts, shipment, asked_at, reason) for shipment in facts.shipments)
    refusal = bought_elsewhere(facts)
    eligible = next((each.verdict for each in shipments if each.verdict.eligible), None)
    if refusal is not None:
        verdict = refused(refusal)
    else:
        verdict = eligible or next(
            (each.verdict for each in shipments), refused(AlreadyRefunded(shipment=facts.order["number"]))
        )
    return Eligibility(
        order_id=facts.order["id"],
        order_number=facts.order["number"],
        asked_at=asked_at,
        verdict=verdict,
        available=facts.money(available_minor(facts)),
        shipments=shipments,
    )


def refused(error: StoreError) -> Verdict:
    return Verdict(
        eligible=False,
        rule=RULES.get(error.code, ""),
        code=error.code,
        sentence=error.detail or error.title,
        facts=error.facts,
    )


def available_minor(facts: OrderFacts) -> int:
    """Captured, less given back, disputed, and kept for refunds that wait or failed (REF-7)."""
    return max(sum(capture.free_minor for capture in facts.captures) - sum(each.amount_minor for each in facts.kept), 0)


def refusals(facts: OrderFacts, shipment: ShipmentFacts, asked_at: datetime, reason: str) -> list[StoreError]:
    """Everything that speaks against it, the most telling first."""
    found = [
        bought_elsewhere(facts),
        already_refunded(shipment),
        not_charged(shipment),
        not_dispatched(shipment),
        money_disputed(facts, shipment),
        deadline_over(facts, shipment, asked_at) if reason_of(reason).deadline else None,
    ]
    return [error for error in found if error is not None]


def bought_elsewhere(facts: OrderFacts) -> StoreError | None:
    """REF-4, ORD-8: who bought on a marketplace asks there."""
    channel = facts.order["channel"]
    if channel == "web":
        return None
    place = facts.market.retail_place(channel)
    if place is None:
        return BoughtAtUnknownPlace(channel=channel)
    return BoughtElsewhere(channel=channel, place=place.name, url=place.url)


def not_charged(shipment: ShipmentFacts) -> StoreError | None:
    """REF-11; what was invoiced is credited instead."""
    if shipment.charge_status in {None, "captured", "invoiced"}:
        return None
    return NotChargedYet(shipment=shipment.number)


def not_dispatched(shipment: ShipmentFacts) -> StoreError | None:
    return None if shipment.dispatched_at else NotShippedYet(shipment=shipment.number)


def already_refunded(shipment: ShipmentFacts) -> StoreError | None:
    """Nothing is left, or nothing but services that are in use (CER-2)."""
    if any(line.left for line in shipment.lines):
        return None
    used = next((line for line in shipment.lines if line.used), None)
    return ServiceUsed(sku=used.sku, left=0) if used else AlreadyRefunded(shipment=shipment.number)


def money_disputed(facts: OrderFacts, shipment: ShipmentFacts) -> StoreError | None:
    """PAY-12: nothing is left of this shipment's money but what the bank disputes."""
    own = [capture for capture in facts.captures if capture.charge_id == shipment.charge_id]
    if any(capture.disputed_minor for capture in own) and not any(capture.free_minor for capture in own):
        disputed = facts.money(sum(capture.disputed_minor for capture in own))
        return MoneyDisputed(requested=disputed, refundable=facts.money(0))
    return None


def deadline_over(facts: OrderFacts, shipment: ShipmentFacts, asked_at: datetime) -> StoreError | None:
    """REF-1: the day of contact counts, to the end of the last day; the deadline was stored at dispatch (SHP-8)."""
    if shipment.refundable_until is None or asked_at <= shipment.refundable_until:
        return None
    return RefundDeadlineOver(
        **_days(facts, shipment),
        asked_on=local_date(facts.market, asked_at),
        dispatched_at=shipment.dispatched_at,
        refundable_until=shipment.refundable_until,
    )


def _days(facts: OrderFacts, shipment: ShipmentFacts) -> dict[str, Any]:
    return {
        "shipment": shipment.number,
        "dispatched_on": local_date(facts.market, shipment.dispatched_at) if shipment.dispatched_at else None,
        "last_day": local_date(facts.market, shipment.refundable_until) if shipment.refundable_until else None,
    }


def _shipment(facts: OrderFacts, shipment: ShipmentFacts, asked_at: datetime, reason: str) -> ShipmentEligibility:
    against = refusals(facts, shipment, asked_at, reason)
    verdict = (
        refused(against[0])
        if against
        else Verdict(eligible=True, rule="REF-1", code="eligible", sentence=ELIGIBLE, facts=_days(facts, shipment))
    )
    return ShipmentEligibility(
        shipment_id=shipment.id,
        number=shipment.number,
        status=shipment.status,
        dispatched_at=shipment.dispatched_at,
        refundable_until=shipment.refundable_until,
        verdict=verdict,
        shipping=facts.money(0 if shipment.shipping_taken else shipment.shipping_minor),
        lines=tuple(_line(facts, shipment, line, verdict) for line in shipment.lines),
    )


def _line(facts: OrderFacts, shipment: ShipmentFacts, line: LineFacts, verdict: Verdict) -> LineEligibility:
    goods, tax = line.worth(line.left)
    if not line.left and verdict.eligible:
        gone = ServiceUsed(sku=line.sku, left=0) if line.used else AlreadyRefunded(shipment=shipment.number)
        verdict = refused(gone)
    return LineEligibility(
        shipment_line_id=line.id,
        order_line_id=line.order_line_id,
        sku=line.sku,
        names=line.names,
        shipped=line.quantity - line.canceled,
        refunded=line.taken,
        left=line.left,
        refundable=facts.money(goods),
        tax=facts.money(tax),
        verdict=verdict,
    )
