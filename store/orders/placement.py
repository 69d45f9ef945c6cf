"""What is asked for when an order is placed, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.carts import QuoteRequest
from store.kernel.money import Money
from store.markets.addresses import Address
from store.orders.find_orders import WholeOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """`shown` is the fingerprint of the quote, or `expected_total` its total, that the customer agreed to."""

    request: QuoteRequest
    email: str
    locale: str
    actor: str
    billing_address: Address | None = None
    cart_id: UUID | None = None
    cart_version: int = 0  # the one that this command was made from
    placement_key: str | None = None
    shown: str | None = None
    expected_total: Money | None = None
    token: str | None = None
    save_consent: bool = False
    purchase_order_number: str | None = None
    customer_reference: str | None = None
    return_url: str = ""
    cancel_url: str = ""
    multicapture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOrder:
    """An order as its placement wrote it, and what pages show of its payment."""

    whole: WholeOrder
    payment: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    order_id: UUID
    number: str
    status: str
    next_action: Mapping[str, Any] | None = None
    written: WrittenOrder | None = None  # known without reading it when nothing had to be asked of a provider
