"""Read the TOML files of the demo catalogue.

The structs below are the file format, word for word: an unknown, missing or wrongly typed field of an entry is refused
by name while reading. What a file leaves to its context (prices' currencies, names of options, the picture of where
the serial number stands) is filled in here, so that nobody after this module needs to know the files.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from store.catalog.demo.shapes import (
    LANGUAGES,
    MARKET_CURRENCY,
    Condition,
    DemoCatalogue,
    DemoCategory,
    DemoCoupon,
    DemoInbound,
    DemoManufacturer,
    DemoMedia,
    DemoOption,
    DemoPrice,
    DemoProduct,
    DemoServiceTerms,
    DemoVariant,
    Kind,
    RmaRoute,
    Sells,
    TaxClass,
    Texts,
)

DEMO_DIR = Path(__file__).parent
MEDIA_DIR = DEMO_DIR / "media"

BETWEEN_OPTIONS = {"en": ", ", "fr": ", ", "zh-Hans": "，"}

Entry = TypeVar("Entry", bound=msgspec.Struct)


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class RmaEntry(_Entry):
    route: RmaRoute
    portal_url: str | None = None


class ManufacturerEntry(_Entry):
    slug: str
    name: str
    rma: RmaEntry


class ManufacturersFile(_Entry):
    manufacturer: list[ManufacturerEntry]


class OptionEntry(_Entry):
    names: dict[str, str]
    values: dict[str, dict[str, str]]


class VariantEntry(_Entry):
    sku: str
    options: dict[str, str]
    serialized: bool
    weight_grams: int
    barcode: str
    prices: dict[str, int]
    compare_at: dict[str, int] = {}
    markets: tuple[str, ...] | None = None
    sells: Sells = "stock"
    stock: dict[str, int] = {}
    inbound: tuple[DemoInbound, ...] = ()
    release_in_days: int | None = None
    service: DemoServiceTerms | None = None


class ProductEntry(_Entry):
    slug: str
    manufacturer: str
    kind: Kind
    condition: Condition
    warranty_months: int
    tax_class: TaxClass
    category: str
    names: dict[str, str]
    descriptions: dict[str, str]
    media: tuple[DemoMedia, ...]
    variant: list[VariantEntry]
    accessory_for: tuple[str, ...] = ()
    markets: tuple[str, ...] = tuple(MARKET_CURRENCY)


class SerialLocationEntry(_Entry):
    path: str
    alt: dict[str, str]


class ProductsFile(_Entry):
    category: DemoCategory
    product: list[ProductEntry]
    serial_location: SerialLocationEntry | None = None


class CouponEntry(_Entry):
    code: str
    names: dict[str, str]
    market: str | None = None
    percent_ppm: int | None = None
    amount_minor: int | None = None
    minimum_minor: int = 0
    starts_on: date | None = None
    ends_on: date | None = None


class PromotionsFile(_Entry):
    coupon: list[CouponEntry]


def read_catalogue(folder: Path = DEMO_DIR) -> DemoCatalogue:
    """Read without judging: `check_catalogue.problems_of` tells whether the content is sound.

    Raises msgspec.ValidationError, with the file's name, where a file doesn't have the shape described above.
    """
    makers = _read(folder / "manufacturers.toml", ManufacturersFile).manufacturer
    axes = _read_options(folder / "options.toml")
    families = [_read(path, ProductsFile) for path in (folder / "products").glob("*.toml")]
    families.sort(key=lambda family: (family.category.position, family.category.slug))
    coupons = _read(folder / "promotions.toml", PromotionsFile).coupon
    return DemoCatalogue(
        manufacturers=tuple(
            DemoManufacturer(slug=m.slug, name=m.name, rma_route=m.rma.route, rma_portal_url=m.rma.portal_url)
            for m in makers
        ),
        categories=tuple(family.category for family in families),
        products=tuple(_product(entry, family, axes) for family in families for entry in family.product),
        coupons=tuple(_coupon(entry) for entry in coupons),
    )


def _read(path: Path, shape: type[Entry]) -> Entry:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        error.add_note(f"in {path.name}")
        raise


def _read_options(path: Path) -> dict[str, OptionEntry]:
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, OptionEntry])


def _product(entry: ProductEntry, family: ProductsFile, axes: dict[str, OptionEntry]) -> DemoProduct:
    media = entry.media
    if family.serial_location and any(variant.serialized for variant in entry.variant):
        location = family.serial_location
        media = (*media, DemoMedia(kind="serial_location", path=location.path, alt=location.alt))
    return DemoProduct(
        slug=entry.slug,
        manufacturer=entry.manufacturer,
        kind=entry.kind,
        condition=entry.condition,
        warranty_months=entry.warranty_months,
        tax_class=entry.tax_class,
        category=entry.category,
        names=entry.names,
        descriptions=entry.descriptions,
        media=media,
        accessory_for=entry.accessory_for,
        markets=entry.markets,
        variants=tuple(_variant(variant, entry, axes) for variant in entry.variant),
    )


def _variant(entry: VariantEntry, product: ProductEntry, axes: dict[str, OptionEntry]) -> DemoVariant:
    options = tuple(_option(entry.sku, axis, value, axes) for axis, value in entry.options.items())
    return DemoVariant(
        sku=entry.sku,
        names=_joined(options),
        options=options,
        serialized=entry.serialized,
        weight_grams=entry.weight_grams,
        barcode=entry.barcode,
        markets=entry.markets or product.markets,
        prices=tuple(
            DemoPrice(
                market=market,
                currency=MARKET_CURRENCY.get(market, ""),
                amount_minor=amount_minor,
                compare_at_minor=entry.compare_at.get(market),
            )
            for market, amount_minor in entry.prices.items()
        ),
        sells=entry.sells,
        tracks_stock=product.kind != "service",
        stock=entry.stock,
        inbound=entry.inbound,
        release_in_days=entry.release_in_days,
        service=entry.service,
    )


def _option(sku: str, axis: str, value: str, axes: dict[str, OptionEntry]) -> DemoOption:
    if axis not in axes or value not in axes[axis].values:
        message = f"{sku}: options.toml knows no {axis} = {value!r}"
        raise LookupError(message)
    return DemoOption(axis=axis, value=value, axis_names=axes[axis].names, value_names=axes[axis].values[value])


def _joined(options: tuple[DemoOption, ...]) -> Texts:
    return {
        language: BETWEEN_OPTIONS[language].join(option.value_names.get(language, "") for option in options)
        for language in LANGUAGES
    }


def _coupon(entry: CouponEntry) -> DemoCoupon:
    currency = MARKET_CURRENCY.get(entry.market or "")
    return DemoCoupon(
        code=entry.code,
        names=entry.names,
        market=entry.market,
        percent_ppm=entry.percent_ppm,
        amount_minor=entry.amount_minor,
        currency=currency if entry.amount_minor is not None else None,
        minimum_minor=entry.minimum_minor,
        starts_on=entry.starts_on,
        ends_on=entry.ends_on,
    )
