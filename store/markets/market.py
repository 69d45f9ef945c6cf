"""What a market is: data read from one TOML file, checked once, then frozen (MKT-1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel.core import get_global

from store.kernel.i18n import LOCALES, pick
from store.markets.legal_entity import LegalEntity
from store.markets.support_hours import SupportHours

# The codes that a market may accept; what they mean and how they read belongs to payments.
PAYMENT_METHODS = ("card", "apple_pay", "google_pay", "paypal", "wire", "purchase_order")

TAX_CLASSES = ("standard", "reduced", "zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPolicy:
    """The figures that the rules of the shop leave to a market; the defaults are the shipped ones."""

    refund_days: int = 30  # REF-1
    handling_days: int = 1  # SHP-2, working days
    backorder_days: tuple[int, int] = (14, 21)  # CRT-2, when no delivery date is known
    ships_soon_days: int = 5  # PAY-5: what ships within so many days is authorised at placement
    hold_reminder_days: tuple[int, ...] = (2, 5)  # PAY-6, days after the hold began
    hold_cancel_days: int = 10  # PAY-6
    payment_action_minutes: int = 60  # PAY-7
    payment_link_days: int = 10  # PAY-6
    cart_days: int = 30
    wire_prepayment: bool = False  # PAY-10
    wire_expiry_days: int = 14  # PAY-10
    purchase_order_net_days: int = 30  # PAY-11
    cancellation_same_day: bool = True  # ORD-4
    agent_refund_limit_minor: int = 50_000  # REF-9, above it a second person approves
    restocking_fee_ppm: int = 150_000  # RMA-2, 15 % of the goods
    restocking_fee_min_minor: int = 0
    restocking_fee_max_minor: int | None = None
    restocking_fee_cap_ppm: int = 500_000  # whatever the minimum: never more than this share of the goods
    wrong_order_days: int = 30  # RMA-2, from dispatch
    wrong_delivery_days: int = 30  # RMA-3, from dispatch
    fault_report_days: int = 30  # RMA-4: how long a confirmed fault opens a return
    rma_expiry_days: int = 30  # RMA-18
    repair_quote_days: int = 30  # RMA-8
    repair_flat_minor: int | None = None  # RMA-8, one price for every repair
    repair_share_ppm: int = 400_000  # RMA-8, else this share of the current price
    repair_min_minor: int = 0
    warranty_months: int = 12  # WAR-4
    late_registration_days: int = 30  # WAR-11, who registers later is told what was missed
    replacement_warranty_months: int = 3  # RMA-18, when the rest of the replaced unit's is shorter
    form_units_max: int = 50  # WAR-7

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            numbers = value if isinstance(value, tuple) else (value,)
            if any(number is not None and number < 0 for number in numbers):
                msg = f"policy.{name} is negative"
                raise ValueError(msg)
        if self.backorder_days[0] > self.backorder_days[1]:
            msg = "policy.backorder_days: the first figure is the earlier one"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """An address of the seller's own, already in the shape it is printed in."""

    lines: tuple[str, ...]
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A way of sending goods. Prices are in the market's currency and in its tax mode."""

    code: str
    names: Mapping[str, str]
    price_minor: int
    transit_days: int
    carrier: str
    tracking_url: str  # with {tracking_number}
    free_from_minor: int | None = None
    countries: tuple[str, ...] = ()  # none named: every country of the market
    included_grams: int = 2_000
    extra_kilogram_minor: int = 0  # for each begun kilogram above included_grams
    max_grams: int | None = None

    def __post_init__(self) -> None:
        if "{tracking_number}" not in self.tracking_url:
            msg = "tracking_url needs {tracking_number}"
            raise ValueError(msg)
        if min(self.price_minor, self.transit_days, self.extra_kilogram_minor, self.included_grams) < 0:
            msg = f"shipping method {self.code}: a figure is negative"
            raise ValueError(msg)

    def name(self, locale: str) -> str:
        return pick(self.names, locale)

    def tracking_link(self, tracking_number: str) -> str:
        """The carrier's page about a parcel (SHP-4)."""
        return self.tracking_url.replace("{tracking_number}", quote(tracking_number, safe=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCarrier:
    """Who we recommend to customers that send something back (RMA-15)."""

    carrier: str
    names: Mapping[str, str]  # of the service, e.g. the national rate
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailPlace:
    """A marketplace or retailer and where its buyers ask for refunds (REF-4, ORD-8)."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRules:
    """Rates in percent by destination country, or by state of a table file (MKT-2, MKT-3).

    `name` is vat or sales_tax. A class that a country does not name has its standard rate; zero is always 0.
    """

    mode: Literal["inclusive", "exclusive"]
    name: Literal["vat", "sales_tax"]
    countries: Mapping[str, Mapping[Literal["standard", "reduced", "zero"], Decimal]] = field(default_factory=dict)
    regions: Mapping[str, Decimal] = field(default_factory=dict)
    regions_without_shipping_tax: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        every = [rate for rates in self.countries.values() for rate in rates.values()]
        for rate in [*every, *self.regions.values()]:
            if not 0 <= rate <= 100 or rate * 10_000 != int(rate * 10_000):
                msg = f"{rate} is not a tax rate in percent with at most four decimals"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """A market. Compared and hashed by identity, so that it can be the key of a cache."""

    code: str
    names: Mapping[str, str]
    countries: tuple[str, ...]  # the shipping addresses it accepts; the first is home
    currency: str
    time_zone: str
    locales: tuple[str, ...]  # the first is the default
    tax: TaxRules
    legal_entity: LegalEntity
    shipping_methods: tuple[ShippingMethod, ...]
    payment_methods: tuple[str, ...]
    support: SupportHours
    holiday_country: str
    order_prefix: str
    return_address: PostalAddress
    return_carrier: ReturnCarrier
    holiday_subdivision: str | None = None
    policy: MarketPolicy = MarketPolicy()
    retail_places: Mapping[str, RetailPlace] = field(default_factory=dict)  # channel → place
    excluded_regions: tuple[str, ...] = ()  # of the home country: not delivered to
    excluded_postcodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # country → prefixes
    phone_required: bool = False  # carriers of the market don't deliver without
    enabled: bool = True

    def __post_init__(self) -> None:
        problems = [message for wrong, message in self._checks() if wrong]
        if problems:
            raise ValueError("; ".join(problems))

    def _checks(self) -> list[tuple[bool, str]]:
        methods = [method.code for method in self.shipping_methods]
        strays = {country for method in self.shipping_methods for country in method.countries} - set(self.countries)
        territories = phonenumbers.SUPPORTED_REGIONS
        unpayable = set(self.payment_methods) - set(PAYMENT_METHODS)
        untaxed = set(self.countries) - set(self.tax.countries) if not self.tax.regions else set()
        no_standard = [country for country, rates in self.tax.countries.items() if "standard" not in rates]
        return [
            (not re.fullmatch(r"[A-Z][A-Z0-9_]{1,15}", self.code), "code: two or more capital letters"),
            (not self.countries, "countries: at least one"),
            (bool(set(self.countries) - territories), f"countries: unknown in {self.countries}"),
            (self.currency not in get_global("all_currencies"), f"currency: {self.currency} is unknown"),
            (not _zone_exists(self.time_zone), f"time_zone: {self.time_zone} is unknown"),
            (not self.locales or bool(set(self.locales) - set(LOCALES)), f"locales: some of {', '.join(LOCALES)}"),
            (not self.shipping_methods, "shipping_methods: at least one"),
            (len(set(methods)) < len(methods), "shipping_methods: a code stands twice"),
            (bool(strays), f"shipping_methods: countries outside the market: {sorted(strays)}"),
            (bool(unpayable), f"payment_methods: some of {', '.join(PAYMENT_METHODS)}"),
            (not self.payment_methods, "payment_methods: at least one"),
            (bool(untaxed), f"tax.countries: no rates for {sorted(untaxed)}"),
            (bool(no_standard), f"tax.countries: no standard rate in {no_standard}"),
            (not re.fullmatch(r"[A-Z]{2,4}", self.order_prefix), "order_prefix: two to four capital letters"),
        ]

    @property
    def tax_mode(self) -> Literal["inclusive", "exclusive"]:
        return self.tax.mode

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def default_locale(self) -> str:
        return self.locales[0]

    @property
    def home_country(self) -> str:
        return self.countries[0]

    def name(self, locale: str) -> str:
        return pick(self.names, locale)

    def retail_place(self, channel: str) -> RetailPlace | None:
        """Where an order of that channel was bought, or None for our own shop (REF-4)."""
        return self.retail_places.get(channel)


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
