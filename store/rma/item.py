"""One item that somebody wants to return: what they say about it, and all that decides about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from store.kernel import db
from store.markets import Market, local_date
from store.rma.caller import Caller, Ownership
from store.rma.policies import Applied, Terms
from store.rma.quote_repair import FREE, Quote, quote_repair, repair_price
from store.rma.reasons import ReasonCode, Wish
from store.rma.routes import Route, RouteCode, manufacturer_route
from store.rma.sold_lines import SoldLine
from store.warranty.coverage import Coverage
from store.warranty.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRequest:
    """By `serial` (with `product`, a slug, when several have it), or by `order_number` and `sku`.

    `unreadable`: there is no number to read. `accessories` are codes of what comes along; None: all of it.
    """

    reason: ReasonCode
    serial: str | None = None
    unreadable: bool = False
    product: str | None = None
    order_number: str | None = None
    sku: str | None = None
    wish: Wish | None = None
    symptom: str | None = None
    description: str = ""
    received_sku: str | None = None
    unused: bool = False
    evidence_ids: tuple[UUID, ...] = ()
    ticket_number: str | None = None
    accessories: tuple[str, ...] | None = None
    accept_quote: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is returned: a unit with its line if we sold it, or a piece of a line."""

    request: ItemRequest
    unit: Unit | None
    line: SoldLine | None

    @property
    def market_code(self) -> str:
        return self.unit.market if self.unit else self._sold.market

    @property
    def product_id(self) -> UUID:
        return self.unit.product_id if self.unit else self._sold.product_id

    @property
    def variant_id(self) -> UUID:
        return self.unit.variant_id if self.unit else self._sold.variant_id

    @property
    def sku(self) -> str:
        return self.unit.sku if self.unit else self._sold.sku

    @property
    def names(self) -> Mapping[str, str]:
        return self.unit.names if self.unit else self._sold.names

    @property
    def kind(self) -> tuple[str, str]:
        """(category, manufacturer): what policies go by."""
        found = self.unit or self._sold
        return found.category, found.manufacturer

    @property
    def _sold(self) -> SoldLine:
        assert self.line is not None
        return self.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Everything that decides about it, read once; see gather_items.py.

    `cover` is None without a serial number. `before`: pieces of the same line that stand earlier in the return.
    `price_minor` is what the article costs today, None when it isn't sold any more; `tax_at` the tax of a repair.
    """

    source: Source
    caller: Caller
    market: Market
    asked_at: datetime
    ownership: Ownership
    cover: Coverage | None
    in_warranty: bool
    applied: Applied
    before: int
    price_minor: int | None
    quote: Quote
    received_variant: UUID | None
    fault_report: db.Row | None
    open_return: db.Row | None

    @property
    def request(self) -> ItemRequest:
        return self.source.request

    @property
    def terms(self) -> Terms:
        return self.applied.terms

    @property
    def line(self) -> SoldLine | None:
        return self.source.line

    @property
    def unit(self) -> Unit | None:
        return self.source.unit

    @property
    def asked_on(self) -> date:
        return local_date(self.market, self.asked_at)

    @property
    def name(self) -> str:
        """How sentences call it."""
        return self.unit.serial if self.unit else self.source.sku

    @property
    def maker(self) -> Route:
        """The route of its manufacturer, whether or not it is taken."""
        found = self.unit or self.line
        assert found is not None
        return manufacturer_route(found.rma_route, found.manufacturer_name)

    @property
    def route(self) -> RouteCode:
        if self.request.reason != "defective":
            return RouteCode.STORE
        if self.in_warranty or self.maker.code is RouteCode.MANUFACTURER_HANDLES:
            return self.maker.code
        return RouteCode.REPAIR

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """Out of warranty a defective item can only be repaired (RMA-8)."""
        offered = self.terms.wishes.get(self.request.reason, ())
        if self.request.reason == "defective" and not self.in_warranty:
            return tuple(wish for wish in offered if wish == "repair")
        return offered

    @property
    def wish(self) -> Wish:
        """The one that was named, else the first that is offered."""
        if self.request.wish is not None:
            return self.request.wish
        return self.wishes[0] if self.wishes else "repair"

    @property
    def goods_minor(self) -> int:
        """What it was sold for, tax included; nothing when it was refunded already, or not bought from us."""
        if self.line is None or self.line.left <= self.before:
            return 0
        return self.line.worth_minor(self.before)

    @property
    def fee_minor(self) -> int:
        return self.terms.fee_minor(self.goods_minor) if self.request.reason == "wrong_order" else 0

    def facts(self) -> dict[str, Any]:
        """What stands in the sentences about it."""
        return {"item": self.name, "sku": self.source.sku}


def quote_of(source: Source, market: Market, terms: Terms, price_minor: int | None, tax: Any, *, free: bool) -> Quote:
    """The quote of an item: nothing where nothing is due, or where no price is known."""
    price = repair_price(terms, price_minor)
    if source.request.reason != "defective" or free or price is None:
        return FREE
    return quote_repair(market, price, tax)
