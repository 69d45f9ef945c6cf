"""What the demo catalogue consists of, once read: frozen objects with amounts in minor units and texts by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

Texts = Mapping[str, str]  # {"en": …, "fr": …, "zh-Hans": …}, as `store.kernel.i18n.pick` reads it

Kind = Literal["device", "accessory", "service"]
Condition = Literal["new", "refurbished"]
TaxClass = Literal["standard", "reduced"]
Sells = Literal["stock", "backorder", "preorder", "unavailable"]
MediaKind = Literal["picture", "serial_location"]
RmaRoute = Literal["manufacturer_handles", "manufacturer_confirms", "store_confirms"]

LANGUAGES = ("en", "fr", "zh-Hans")
MARKET_CURRENCY: Mapping[str, str] = MappingProxyType({"FR": "EUR", "DE": "EUR", "US": "USD", "CN": "CNY"})
# Which markets a warehouse serves, the nearest first: Paris, Leipzig, Reno, Shenzhen.
WAREHOUSE_MARKETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"PAR": ("FR", "DE"), "LEI": ("DE", "FR"), "RNO": ("US",), "SZX": ("CN",)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoManufacturer:
    """A maker and the road of its returns (RMA-5); a portal stands where the maker is the one to turn to."""

    slug: str
    name: str
    rma_route: RmaRoute
    rma_portal_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCategory:
    """A family of products. Categories, and the products with them, come in the order of `position`."""

    slug: str
    position: int
    names: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMedia:
    """A picture. `path` is where the store serves it; the file of the same name lies in MEDIA_DIR."""

    kind: MediaKind
    path: str
    alt: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOption:
    """What sets a variant apart: axis "length", value "2m", and how a shopper reads both."""

    axis: str
    value: str
    axis_names: Texts
    value_names: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPrice:
    """In minor units. Tax is included except in the US (MKT-2). `compare_at_minor` is the former, higher price."""

    market: str
    currency: str
    amount_minor: int
    compare_at_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoInbound:
    """A delivery under way to a warehouse, expected so many days after the catalogue is loaded."""

    warehouse: str
    expected_in_days: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServiceTerms:
    """What the certificate of a service stands for (CER-1): its reference, what it adds, how many units it covers.

    `months` is how long a service that extends no warranty runs from the purchase of the device; None has no end.
    """

    reference: str
    extends_warranty_months: int
    units: int
    months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoVariant:
    """One SKU. `tracks_stock` is False for services, which are never out of stock; their `stock` is empty."""

    sku: str
    names: Texts  # the option values put together: "Black, 2 m"
    options: tuple[DemoOption, ...]
    serialized: bool
    weight_grams: int
    barcode: str  # 13 digits with a GTIN check digit, from the range kept for use inside a shop
    markets: tuple[str, ...]
    prices: tuple[DemoPrice, ...]  # one for each of the markets, in their order
    sells: Sells
    tracks_stock: bool
    stock: Mapping[str, int]  # on hand by warehouse; a warehouse that isn't named has none
    inbound: tuple[DemoInbound, ...]
    release_in_days: int | None  # preorders only
    service: DemoServiceTerms | None  # services only


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProduct:
    slug: str
    manufacturer: str
    kind: Kind
    condition: Condition
    warranty_months: int  # 0 for services
    tax_class: TaxClass
    category: str
    names: Texts
    descriptions: Texts
    media: tuple[DemoMedia, ...]
    accessory_for: tuple[str, ...]  # slugs of devices, for accessories (CAT-3)
    markets: tuple[str, ...]
    variants: tuple[DemoVariant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCoupon:
    """Either `percent_ppm` (parts per million) or `amount_minor` with its currency. `market` None is every market."""

    code: str
    names: Texts
    market: str | None
    percent_ppm: int | None
    amount_minor: int | None
    currency: str | None
    minimum_minor: int
    starts_on: date | None
    ends_on: date | None  # the last day on which it works


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCatalogue:
    manufacturers: tuple[DemoManufacturer, ...]
    categories: tuple[DemoCategory, ...]
    products: tuple[DemoProduct, ...]
    coupons: tuple[DemoCoupon, ...]
