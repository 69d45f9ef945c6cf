"""What a cart costs, when it arrives and when it is charged: the shape of a quote (CRT-1…3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from store.catalog import Promotion, SellableVariant
from store.inventory import StockGone
from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.money import Money
from store.markets import Market
from store.markets.addresses import Address
from store.markets.shipping import ShippingOption
from store.markets.tax import TaxQuote
from store.shipments import PlannedShipment


class UnknownItems(StoreError):
    code = "unknown_items"
    status = 422
    title = N_("Some items are not sold here.")
    detail = N_("Not sold in this market: {skus}.")


class CouponNotValid(StoreError):
    code = "coupon_not_valid"
    status = 422
    title = N_("This coupon is not valid.")
    detail = N_("“{coupon}” is unknown, has expired or does not apply here.")


class EmptyCart(StoreError):
    code = "empty_cart"
    status = 422
    title = N_("The cart is empty.")
    detail = N_("Please add at least one item.")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What is asked: (sku, quantity) lines and what has been chosen so far."""

    market: Market
    lines: Sequence[tuple[str, int]]
    at: datetime
    address: Address | None = None
    shipping_method: str | None = None
    payment_method: str | None = None
    coupon: str | None = None
    account_id: UUID | None = None
    partner_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """Frozen figures of a line: `total_minor` is what is paid, discount taken off, tax included."""

    variant: SellableVariant
    quantity: int
    discount_minor: int
    tax: TaxQuote
    tax_minor: int
    total_minor: int

    @property
    def displayed_minor(self) -> int:
        """As the market displays it: before tax where tax is a line of its own."""
        return self.variant.unit_price_minor * self.quantity - self.discount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedShipment:
    """A planned shipment with its exact share of everything; `lines` are (line index, quantity, goods, tax)."""

    plan: PlannedShipment
    lines: tuple[tuple[int, int, int, int], ...]
    goods_minor: int
    goods_tax_minor: int
    shipping_minor: int
    shipping_tax_minor: int

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.shipping_minor

    @property
    def tax_minor(self) -> int:
        return self.goods_tax_minor + self.shipping_tax_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCharge:
    """How much is taken when; `shipment` is the index of the shipment it belongs to, None for the whole order."""

    when: str  # at_placement | at_shipment | invoice_at_shipment | prepaid
    on: date
    amount: Money
    shipment: int | None
    authorized_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    market: Market
    lines: tuple[QuoteLine, ...]
    shipments: tuple[QuotedShipment, ...]
    charges: tuple[PlannedCharge, ...]
    options: tuple[ShippingOption, ...]
    shipping: ShippingOption | None
    promotion: Promotion | None
    tax: TaxQuote
    exempt: bool
    problem: StockGone | None
    policy: str | None

    def _sum(self, values: Sequence[int]) -> Money:
        return Money(sum(values), self.market.currency)

    @property
    def goods(self) -> Money:
        return self._sum([line.total_minor for line in self.lines])

    @property
    def displayed_goods(self) -> Money:
        return self._sum([line.displayed_minor for line in self.lines])

    @property
    def discount(self) -> Money:
        return self._sum([line.discount_minor for line in self.lines])

    @property
    def goods_tax(self) -> Money:
        return self._sum([line.tax_minor for line in self.lines])

    @property
    def shipping_price(self) -> Money:
        return Money(self.shipping.gross_minor if self.shipping else 0, self.market.currency)

    @property
    def shipping_tax(self) -> Money:
        return Money(self.shipping.tax_minor if self.shipping else 0, self.market.currency)

    @property
    def total_tax(self) -> Money:
        return self.goods_tax + self.shipping_tax

    @property
    def total(self) -> Money:
        return self.goods + self.shipping_price

    @property
    def fingerprint(self) -> str:
        """Changes when a price, a date or the time of a charge does."""
        facts = [
            [(line.variant.sku, line.quantity, line.total_minor, line.tax_minor) for line in self.lines],
            [self.shipping.method.code if self.shipping else None, self.shipping_price.amount_minor],
            [
                (planned.plan.warehouse, planned.plan.promised_on, planned.total_minor, planned.lines)
                for planned in self.shipments
            ],
            [(charge.when, charge.amount.amount_minor, charge.authorized_now) for charge in self.charges],
        ]
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:24]
