"""What storefronts send about goods, addresses and payment: the parts that carts and orders share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from store.kernel.money import Money
from store.web.edge.schemas import RequestBody, Sku

Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^\S+$")]
MarketCode = Annotated[str, Meta(min_length=1, max_length=16, examples=["FR"])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["EUR"])]
_AddressText = Annotated[str, Meta(max_length=200)]
_Url = Annotated[str, Meta(max_length=2000, pattern=r"^https?://\S+$")]


class LineBody(RequestBody):
    """A SKU and how many of it."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=999, examples=[1])]
    EXAMPLE: ClassVar = {"sku": "AUR-ONE-BLK", "quantity": 2}


class AddressBody(RequestBody):
    """An address in its country's own form: which fields are needed depends on the country."""

    name: _AddressText = ""
    company: _AddressText = ""
    line1: _AddressText = ""
    line2: _AddressText = ""
    district: _AddressText = ""
    city: _AddressText = ""
    postcode: _AddressText = ""
    region: _AddressText = ""
    country: Annotated[str, Meta(max_length=2, description="ISO 3166, two letters.", examples=["FR"])] = ""
    phone: _AddressText = ""
    EXAMPLE: ClassVar = {
        "name": "Camille Durand",
        "line1": "12 rue des Lilas",
        "city": "Paris",
        "postcode": "75011",
        "country": "FR",
        "phone": "+33 1 99 00 12 34",
    }

    def fields(self) -> Mapping[str, Any]:
        return msgspec.structs.asdict(self)


class PaymentBody(RequestBody):
    """How the order is paid.

    `token` is what the payment provider's own form returned (a ConfirmationToken or PaymentMethod of Stripe); never a
    card number. `save_card_consent`: the customer agrees that the card is kept for shipments that leave later.
    """

    token: Annotated[str, Meta(max_length=255, examples=["pm_card_visa"])] | None = None
    save_card_consent: bool = False
    purchase_order_number: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    return_url: Annotated[_Url, Meta(description="Where the payer comes back to.")] | None = None
    cancel_url: _Url | None = None
    EXAMPLE: ClassVar = {"token": "pm_card_visa", "return_url": "https://shop.example.com/orders/paid"}


class AmountBody(RequestBody):
    """An amount in the currency's smallest unit."""

    amount_minor: Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
    currency: Currency
    EXAMPLE: ClassVar = {"amount_minor": 16570, "currency": "EUR"}

    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)
