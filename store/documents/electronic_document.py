"""An invoice or credit note as EN 16931 sees it: net lines, charges and allowances, tax by rate (DOC-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from store.documents.vat_category import STANDARD, ZERO_RATED, VatCategory

INVOICE, CREDIT_NOTE = "380", "381"  # UNTDID 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicLine:
    """Amounts before tax; `discount_minor` is already taken off `net_minor`."""

    name: str
    sku: str
    quantity: int
    net_minor: int
    rate_ppm: int
    discount_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What is added to all lines (a charge, e.g. shipping) or taken off them (an allowance); positive, before tax."""

    charge: bool
    reason: str
    reason_code: str
    net_minor: int
    rate_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicDocument:
    """All that the XML says. `taxes` are {rate_ppm, net_minor, tax_minor}; texts are in the document's language.

    `seller`, `buyer`, `deliver_to` are as the invoice keeps them; `untaxed` says what a rate of 0 means. `notes` are
    (code of UNTDID 4451 or "", text), `corrects` the (number, day) of earlier invoices.
    """

    type_code: Literal["380", "381"]
    number: str
    issued_on: date
    currency: str
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    lines: Sequence[ElectronicLine]
    taxes: Sequence[Mapping[str, Any]]
    kinds: frozenset[str]
    adjustments: Sequence[Adjustment] = ()
    untaxed: VatCategory = ZERO_RATED
    untaxed_reason: str = ""
    deliver_to: Mapping[str, Any] | None = None
    supplied_on: date | None = None
    payment_method: str = ""
    paid: bool = False
    due_on: date | None = None
    terms: str = ""
    order_number: str = ""
    purchase_order_number: str = ""
    buyer_reference: str = ""
    payment_reference: str = ""
    notes: Sequence[tuple[str, str]] = ()
    corrects: Sequence[tuple[str, date]] = field(default=())

    def category(self, rate_ppm: int) -> VatCategory:
        return STANDARD if rate_ppm else self.untaxed

    @property
    def lines_minor(self) -> int:
        return sum(line.net_minor for line in self.lines)

    def adjusted_minor(self, *, charge: bool) -> int:
        return sum(each.net_minor for each in self.adjustments if each.charge == charge)

    @property
    def net_minor(self) -> int:
        return self.lines_minor + self.adjusted_minor(charge=True) - self.adjusted_minor(charge=False)

    @property
    def tax_minor(self) -> int:
        return sum(int(tax["tax_minor"]) for tax in self.taxes)
