"""What a refund would be, to the cent and with every reason, before anything is done (REF-6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from store.customers import Principal
from store.kernel import clock, db
from store.kernel.errors import NotFound
from store.kernel.i18n import N_
from store.kernel.money import share_taxed
from store.refunds.choose_lines import Part, RefundLine, choose_lines
from store.refunds.eligibility import SET_ASIDE, Verdict, bought_elsewhere, refusals, refused
from store.refunds.errors import RULES, FeeTooHigh, NothingToRefund
from store.refunds.limits import approval_reasons
from store.refunds.order_facts import OrderFacts, load_facts
from store.refunds.plan_money import MoneyPlan, plan_money
from store.refunds.preview import Preview, PreviewLine, PreviewShipping, PreviewSplit
from store.refunds.reasons import reason_of
from store.refunds.return_instructions import return_instructions

SHIPPING_OUTSIDE_POLICY = N_("Shipping is given back only when the mistake was not the customer's.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRefund:
    """`include_shipping` None: as the reasons say. `fee_minor` is kept back. `principal` None: the store itself.

    The day of contact is that of the request `request_id`; `asked_at` is for callers that keep it elsewhere.
    """

    order_id: UUID
    lines: Sequence[RefundLine]
    reason: str
    include_shipping: bool | None = None
    fee_minor: int = 0
    request_id: UUID | None = None
    asked_at: datetime | None = None
    principal: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A preview with what the commit needs to carry it out."""

    facts: OrderFacts
    parts: tuple[Part, ...]
    plan: MoneyPlan
    fee_tax_minor: int
    outside: tuple[Verdict, ...]
    preview: Preview


async def preview_refund(command: PreviewRefund) -> Preview:
    """Raises what the commit would raise: the refusals of eligibility, TooManyUnits, ShippingAlreadyRefunded,
    FeeTooHigh, NothingToRefund, MoneyDisputed, RefundExceedsCaptured, NotFound.
    """
    return (await work_out(command, await load_facts(command.order_id))).preview


async def work_out(command: PreviewRefund, facts: OrderFacts) -> Worked:
    """The preview from facts that were read before: by the commit, under its locks."""
    asked_at = await _asked_at(command)
    if elsewhere := bought_elsewhere(facts):  # before its items, as none of them is ours to send
        raise elsewhere
    parts = choose_lines(facts, command.lines, command.reason, include_shipping=command.include_shipping)
    outside = _check_rules(facts, parts, asked_at) + _shipping_outside(command, parts)
    gross = sum(part.total_minor for part in parts)
    fee_tax = _fee_tax(facts, parts, command.fee_minor, gross)
    plan = plan_money(facts, parts, command.fee_minor)
    approval = await approval_reasons(
        facts,
        command.principal,
        gross - command.fee_minor - plan.deducted_minor,
        outside=bool(outside),
        by_hand=plan.by_hand,
    )
    preview = _preview(command, facts, asked_at, parts, plan, fee_tax, outside, approval)
    return Worked(
        facts=facts, parts=tuple(parts), plan=plan, fee_tax_minor=fee_tax, outside=tuple(outside), preview=preview
    )


async def _asked_at(command: PreviewRefund) -> datetime:
    """The day of contact counts, not the day of the decision (REF-1)."""
    if command.request_id is None:
        return command.asked_at or clock.now()
    asked_at: datetime | None = await db.fetchval(
        "select asked_at from refund_request where id = $1 and order_id = $2", command.request_id, command.order_id
    )
    if asked_at is None:
        raise NotFound
    return asked_at


def _check_rules(facts: OrderFacts, parts: Sequence[Part], asked_at: datetime) -> list[Verdict]:
    """Raise what nobody can set aside; return what a second person can."""
    shipments = {shipment.id: shipment for shipment in facts.shipments}
    outside: list[Verdict] = []
    for part in parts:
        for reason in dict.fromkeys(line.reason for line in part.lines):
            for error in refusals(facts, shipments[part.shipment_id], asked_at, reason):
                if error.code not in SET_ASIDE:
                    raise error
                outside.append(refused(error))
    return outside


def _shipping_outside(command: PreviewRefund, parts: Sequence[Part]) -> list[Verdict]:
    if not command.include_shipping:
        return []
    for part in parts:
        if part.shipping_minor and not any(reason_of(line.reason).our_cost for line in part.lines):
            code = "shipping_outside_policy"
            return [
                Verdict(
                    eligible=False,
                    rule=RULES[code],
                    code=code,
                    sentence=SHIPPING_OUTSIDE_POLICY,
                    facts={"shipment": part.shipment_number},
                )
            ]
    return []


def _fee_tax(facts: OrderFacts, parts: Sequence[Part], fee_minor: int, gross_minor: int) -> int:
    """The fee lowers what was paid for the goods, so it has their share of the tax; sales tax is given back whole."""
    if not gross_minor:
        raise NothingToRefund
    if not 0 <= fee_minor < gross_minor:
        raise FeeTooHigh(fee=facts.money(fee_minor), gross=facts.money(gross_minor))
    if facts.order["tax_mode"] == "exclusive" or not fee_minor:
        return 0
    return share_taxed(gross_minor, sum(part.tax_minor for part in parts), gross_minor, 0, fee_minor)[1]


def _preview(
    command: PreviewRefund,
    facts: OrderFacts,
    asked_at: datetime,
    parts: Sequence[Part],
    plan: MoneyPlan,
    fee_tax: int,
    outside: Sequence[Verdict],
    approval: Sequence[Verdict],
) -> Preview:
    money = facts.money
    goods = sum(part.goods_minor for part in parts)
    shipping = sum(part.shipping_minor for part in parts)
    sold = facts.lines()
    reasons = [line.reason for part in parts for line in part.lines if sold[line.line_id][1].comes_back]
    return Preview(
        order_id=facts.order["id"],
        reason=command.reason,
        asked_at=asked_at,
        lines=tuple(_lines(facts, parts)),
        shipping=tuple(_shipping(facts, parts)),
        goods_total=money(goods),
        shipping_total=money(shipping),
        tax_total=money(sum(part.tax_minor for part in parts)),
        fee=money(command.fee_minor),
        fee_tax=money(fee_tax),
        deducted=money(plan.deducted_minor),
        total=money(goods + shipping - command.fee_minor - plan.deducted_minor),
        split=tuple(_split(facts, plan)),
        outside_policy=tuple(outside),
        approval=tuple(approval),
        instructions=return_instructions(facts.market, reasons),
        fingerprint=_fingerprint(facts, parts, plan, command.fee_minor, outside),
    )


def _lines(facts: OrderFacts, parts: Sequence[Part]) -> list[PreviewLine]:
    return [
        PreviewLine(
            shipment_line_id=line.line_id,
            shipment=part.shipment_number,
            sku=line.sku,
            names=line.names,
            quantity=line.quantity,
            reason=line.reason,
            goods=facts.money(line.goods_minor),
            tax=facts.money(line.tax_minor),
        )
        for part in parts
        for line in part.lines
    ]


def _shipping(facts: OrderFacts, parts: Sequence[Part]) -> list[PreviewShipping]:
    return [
        PreviewShipping(
            shipment_id=part.shipment_id,
            shipment=part.shipment_number,
            reason=next((line.reason for line in part.lines if reason_of(line.reason).our_cost), part.lines[0].reason),
            amount=facts.money(part.shipping_minor),
            tax=facts.money(part.shipping_tax_minor),
        )
        for part in parts
        if part.shipping_minor
    ]


def _split(facts: OrderFacts, plan: MoneyPlan) -> list[PreviewSplit]:
    assert facts.payment is not None or not plan.split
    parts = [
        PreviewSplit(
            charge_id=part.charge_id,
            capture_id=part.capture_id,
            to=part.provider,
            how="by_hand" if part.by_hand else "provider",
            amount=facts.money(part.amount_minor),
        )
        for part in plan.split
    ]
    return parts + [
        PreviewSplit(
            charge_id=credit.charge_id,
            capture_id=None,
            to=facts.payment["provider"] if facts.payment else "",
            how="invoice",
            amount=facts.money(credit.amount_minor),
        )
        for credit in plan.credits
    ]


def _fingerprint(
    facts: OrderFacts, parts: Sequence[Part], plan: MoneyPlan, fee_minor: int, outside: Sequence[Verdict]
) -> str:
    taken = {line.id: line.taken for _, line in facts.lines().values()}
    shown: list[Any] = [
        [
            (line.line_id, line.quantity, line.goods_minor, line.tax_minor, line.reason, taken[line.line_id])
            for part in parts
            for line in part.lines
        ],
        [(part.shipment_id, part.shipping_minor, part.shipping_tax_minor) for part in parts],
        [(part.capture_id, part.amount_minor, part.by_hand) for part in plan.split],
        [(credit.charge_id, credit.amount_minor) for credit in plan.credits],
        [fee_minor, plan.deducted_minor],
        [verdict.code for verdict in outside],
    ]
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:24]
