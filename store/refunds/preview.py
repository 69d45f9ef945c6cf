"""The shape of a preview: every amount with its reason, and where it goes (REF-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from store.kernel.money import Money
from store.refunds.eligibility import Verdict
from store.refunds.return_instructions import ReturnInstructions


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """Goods include `tax`."""

    shipment_line_id: UUID
    shipment: str
    sku: str
    names: Mapping[str, str]
    quantity: int
    reason: str
    goods: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewShipping:
    """A shipment's share of the shipping; its reason is the one that made the store give it back."""

    shipment_id: UUID
    shipment: str
    reason: str
    amount: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSplit:
    """Where it goes: `to` is a provider's name; `how` is provider | by_hand | invoice (an unpaid one gets less)."""

    charge_id: UUID
    capture_id: UUID | None
    to: str
    how: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`total` = goods + shipping - fee - deducted. `outside_policy` and `approval` are verdicts with a sentence each.

    `fingerprint` changes with anything shown here but the approval; the commit refuses another one (PreviewIsStale).
    """

    order_id: UUID
    reason: str
    asked_at: datetime
    lines: tuple[PreviewLine, ...]
    shipping: tuple[PreviewShipping, ...]
    goods_total: Money
    shipping_total: Money
    tax_total: Money
    fee: Money
    fee_tax: Money
    deducted: Money
    total: Money
    split: tuple[PreviewSplit, ...]
    outside_policy: tuple[Verdict, ...]
    approval: tuple[Verdict, ...]
    instructions: ReturnInstructions | None
    fingerprint: str
