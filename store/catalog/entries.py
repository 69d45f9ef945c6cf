"""What is handed in to be kept in the catalogue: by the seed, by imports, by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Texts = Mapping[str, str]  # {"en": …, "fr": …, "zh-Hans": …}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManufacturerEntry:
    """`rma_route` is how its defective products go back (RMA-5)."""

    slug: str
    name: str
    rma_route: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEntry:
    slug: str
    names: Texts
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    market: str
    currency: str
    amount_minor: int
    compare_at_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantEntry:
    """`options` are [{"axis", "value", "axis_names", "value_names"}]; `service` is what a certificate stands for."""

    sku: str
    prices: tuple[PriceEntry, ...]
    names: Texts = field(default_factory=dict)
    options: tuple[Mapping[str, Any], ...] = ()
    barcode: str | None = None
    serialized: bool = False
    weight_grams: int = 0
    sells: str = "stock"
    release_on: date | None = None
    service: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEntry:
    """A product and all its variants. `media` are [{"kind", "path", "alt"}]; `accessory_for` are slugs of devices."""

    slug: str
    manufacturer: str
    kind: str
    category: str
    names: Texts
    variants: tuple[VariantEntry, ...]
    condition: str = "new"
    warranty_months: int = 12
    tax_class: str = "standard"
    descriptions: Texts = field(default_factory=dict)
    media: tuple[Mapping[str, Any], ...] = ()
    accessory_for: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEntry:
    """`minimum_minor` and `amount_minor` are in `currency`, which they need."""

    code: str
    names: Texts
    market: str | None = None
    percent_ppm: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    minimum_minor: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
