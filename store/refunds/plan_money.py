"""From which captures the money comes, which unpaid invoices get less, and what the provider gave back before us.

A pure function of the facts; the preview shows its result and the grant carries it out under the payment's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from store.kernel.money import share_taxed
from store.payments.credit_charge import UNPAID
from store.payments.refund_captures import MoneyDisputed, RefundExceedsCaptured
from store.refunds.choose_lines import Part
from store.refunds.order_facts import CaptureFacts, OrderFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePart:
    """So much out of one capture; `by_hand`: a person has to transfer it (REF-3)."""

    capture_id: UUID
    charge_id: UUID
    provider: str
    amount_minor: int
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """So much less is owed for a charge that was not paid; shipping and tax are parts of the amount."""

    charge_id: UUID
    amount_minor: int
    shipping_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyPlan:
    """`deducted_minor` was given back in the provider's dashboard already (REF-10).

    `money_minor` is what has to be given back; the split has less of it only where a dispute blocks the rest.
    """

    split: tuple[CapturePart, ...]
    credits: tuple[Credit, ...]
    money_minor: int
    deducted_minor: int

    @property
    def credited_minor(self) -> int:
        return sum(credit.amount_minor for credit in self.credits)

    @property
    def by_hand(self) -> bool:
        return any(part.by_hand for part in self.split)


def plan_money(
    facts: OrderFacts,
    parts: Sequence[Part],
    fee_minor: int,
    *,
    fixed_deduction: int | None = None,
    blocked: bool = False,
) -> MoneyPlan:
    """The fee is taken out of money first, then out of credits.

    `fixed_deduction` is that of a refund which was committed before. `blocked` plans an automatic refund whose money
    may be under dispute: what can't be had is left out of the split.
    Raises MoneyDisputed, RefundExceedsCaptured.
    """
    wanted: dict[UUID, int] = {}
    owed: list[Credit] = []
    for part in parts:
        if part.charge_id is None:
            continue
        if part.charge_status in UNPAID:
            owed.append(
                Credit(
                    charge_id=part.charge_id,
                    amount_minor=part.total_minor,
                    shipping_minor=part.shipping_minor,
                    tax_minor=part.tax_minor,
                )
            )
        else:
            wanted[part.charge_id] = wanted.get(part.charge_id, 0) + part.total_minor
    rest = _reduce(wanted, fee_minor)
    credited = _less(owed, rest)
    free = _free_captures(facts)
    deducted = _set_off_foreign(wanted, free, facts.foreign_minor, fixed_deduction)
    split = _split(facts, wanted, free, blocked=blocked)
    return MoneyPlan(
        split=tuple(split), credits=tuple(credited), money_minor=sum(wanted.values()), deducted_minor=deducted
    )


def _reduce(wanted: dict[UUID, int], amount_minor: int) -> int:
    """Take an amount out of what is wanted, charge by charge; returns what found no place."""
    for charge_id, amount in wanted.items():
        part = min(amount_minor, amount)
        wanted[charge_id] = amount - part
        amount_minor -= part
    return amount_minor


def _less(owed: Sequence[Credit], amount_minor: int) -> list[Credit]:
    """The fee stays owed, and its share of the tax with it."""
    kept = []
    for credit in owed:
        part = min(amount_minor, credit.amount_minor)
        amount_minor -= part
        if part < credit.amount_minor:
            _, tax = share_taxed(
                credit.amount_minor, credit.tax_minor, credit.amount_minor, 0, credit.amount_minor - part
            )
            rest = credit.amount_minor - part
            kept.append(
                replace(credit, amount_minor=rest, tax_minor=tax, shipping_minor=min(credit.shipping_minor, rest))
            )
    return kept


def _free_captures(facts: OrderFacts) -> list[CaptureFacts]:
    """What each capture has left once the refunds that wait, or failed, have had theirs."""
    captures = list(facts.captures)
    for kept in facts.kept:
        rest = kept.amount_minor
        order = sorted(range(len(captures)), key=lambda index: captures[index].charge_id not in kept.charge_ids)
        for index in order:
            part = min(rest, captures[index].free_minor)
            captures[index] = replace(captures[index], free_minor=captures[index].free_minor - part)
            rest -= part
    return captures


def _set_off_foreign(
    wanted: dict[UUID, int], captures: Sequence[CaptureFacts], foreign_minor: int, fixed: int | None
) -> int:
    """What is short because the provider's dashboard gave it back before is set off, not refused (REF-10)."""
    short = sum(wanted.values()) - sum(capture.free_minor for capture in captures)
    deducted = min(max(short, 0), foreign_minor) if fixed is None else min(fixed, sum(wanted.values()))
    rest = deducted
    for charge_id, amount in wanted.items():
        own = sum(capture.free_minor for capture in captures if capture.charge_id == charge_id)
        part = min(rest, max(amount - own, 0))
        wanted[charge_id] = amount - part
        rest -= part
    _reduce(wanted, rest)
    return deducted


def _split(
    facts: OrderFacts, wanted: dict[UUID, int], captures: list[CaptureFacts], *, blocked: bool
) -> list[CapturePart]:
    """Each charge's money comes from its own capture; only where that is short for no dispute's sake, from others."""
    parts: dict[UUID, CapturePart] = {}
    for charge_id, amount in wanted.items():
        rest = amount
        own_disputed = any(each.disputed_minor for each in captures if each.charge_id == charge_id)
        for index in sorted(range(len(captures)), key=lambda index: captures[index].charge_id != charge_id):
            capture = captures[index]
            take = min(rest, capture.free_minor)
            if not take or (own_disputed and capture.charge_id != charge_id):
                continue
            captures[index] = replace(capture, free_minor=capture.free_minor - take)
            rest -= take
            before = parts[capture.id].amount_minor if capture.id in parts else 0
            parts[capture.id] = CapturePart(
                capture_id=capture.id,
                charge_id=capture.charge_id,
                provider=capture.provider,
                amount_minor=before + take,
                by_hand=capture.by_hand,
            )
        if rest and not blocked:
            refusal = MoneyDisputed if own_disputed else RefundExceedsCaptured
            raise refusal(requested=facts.money(amount), refundable=facts.money(amount - rest))
    return list(parts.values())
