"""What a cart's answer consists of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from store.markets import Address
from store.web.edge.schemas import Labelled, MoneyOut, Out


class TaxOut(Out):
    """One tax. `included`: it is inside the prices; otherwise it is added to them."""

    name: str
    region: str
    rate_percent: Annotated[str, Meta(examples=["20", "8.25"])]
    amount: MoneyOut
    included: bool


class TotalsOut(Out):
    """Goods − discount + shipping − exempted (+ tax where it is added) = total.

    `goods` and `shipping` are prices as the market displays them; `exempted` is the included tax that an exempt buyer
    doesn't pay.
    """

    tax_mode: Labelled
    goods: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    exempted: MoneyOut
    tax: TaxOut
    total: MoneyOut


class WindowOut(Out):
    """Between which days something is expected to leave when no delivery is announced."""

    earliest: date
    latest: date


class CartLineOut(Out):
    """`quantity` units, of which `available_now` leave at once; the others leave on `expected_ship_on`.

    `expected_window` is given when that day is an estimate.
    """

    sku: str
    name: str
    picture_url: str | None
    quantity: int
    unit_price: MoneyOut
    compare_at: MoneyOut | None
    discount: MoneyOut
    total: MoneyOut
    availability: Labelled
    available_now: int
    expected_ship_on: date | None
    expected_window: WindowOut | None


class ShippingOptionOut(Out):
    """A way of sending the cart; `promised_on` is when its first parcel arrives."""

    code: str
    name: str
    carrier: str
    price: MoneyOut
    transit_days: int
    promised_on: date | None
    chosen: bool


class PlannedLineOut(Out):
    sku: str
    name: str
    quantity: int


class PlannedShipmentOut(Out):
    """What leaves together, and when. `ship_window` is given when the day is an estimate."""

    number: int
    kind: Labelled
    lines: list[PlannedLineOut]
    ship_on: date
    promised_on: date
    ship_window: WindowOut | None
    goods: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    total: MoneyOut


class PlannedChargeOut(Out):
    """How much is taken when. `shipment` is the number of the shipment it is for; null: for the whole order.

    `authorized_now`: held on the card at placement, and taken on the day.
    """

    when: str
    when_label: str
    on: date
    amount: MoneyOut
    shipment: int | None
    authorized_now: bool


class CartOut(Out):
    """A cart, priced now.

    `quote` is the fingerprint of what is shown: send it back to place the order; when a price, a date or the charge
    plan has changed by then, the placement is refused and nobody is charged more in silence. `problem` is what stands
    against placing it (RFC 9457), e.g. goods that are gone.
    """

    id: UUID
    market: str
    locale: str
    email: str | None
    address: Address | None
    billing_address: Address | None
    shipping_method: str | None
    payment_method: Labelled | None
    coupon: str | None
    lines: list[CartLineOut]
    totals: TotalsOut | None
    shipping_options: list[ShippingOptionOut]
    shipments: list[PlannedShipmentOut]
    charge_plan: list[PlannedChargeOut]
    quote: str | None
    problem: dict[str, Any] | None
    expires_at: datetime
