"""Check that the demo catalogue is sound, and say everything that isn't.

Each rule is a generator of sentences that name the product or SKU; a sound catalogue yields none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from store.catalog.demo.read_catalogue import MEDIA_DIR
from store.catalog.demo.shapes import (
    LANGUAGES,
    MARKET_CURRENCY,
    WAREHOUSE_MARKETS,
    DemoCatalogue,
    DemoCoupon,
    DemoManufacturer,
    DemoProduct,
    DemoVariant,
    Texts,
)

MEDIA_PREFIX = "/media/demo/"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SKU = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


class DemoContentInvalid(ValueError):
    """The demo catalogue contradicts itself; `problems` has one sentence for each contradiction."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def problems_of(catalogue: DemoCatalogue) -> list[str]:
    return [
        *_repeated(catalogue),
        *_dangling(catalogue),
        *(problem for maker in catalogue.manufacturers for problem in _route(maker)),
        *(p for category in catalogue.categories for p in _texts(f"category {category.slug}", category.names)),
        *(problem for product in catalogue.products for problem in _product(product)),
        *(problem for coupon in catalogue.coupons for problem in _coupon(coupon)),
    ]


def _repeated(catalogue: DemoCatalogue) -> Iterator[str]:
    variants = [variant for product in catalogue.products for variant in product.variants]
    identifiers: dict[str, Iterable[str]] = {
        "manufacturer": (maker.slug for maker in catalogue.manufacturers),
        "category": (category.slug for category in catalogue.categories),
        "product": (product.slug for product in catalogue.products),
        "SKU": (variant.sku for variant in variants),
        "barcode": (variant.barcode for variant in variants),
        "coupon": (coupon.code for coupon in catalogue.coupons),
    }
    for what, values in identifiers.items():
        yield from (f"{what} {value} stands {count} times" for value, count in Counter(values).items() if count > 1)


def _dangling(catalogue: DemoCatalogue) -> Iterator[str]:
    """Names that point to nothing: makers, categories, and the devices of an accessory."""
    makers = {maker.slug for maker in catalogue.manufacturers}
    categories = {category.slug for category in catalogue.categories}
    devices = {product.slug for product in catalogue.products if product.kind == "device"}
    for product in catalogue.products:
        if product.manufacturer not in makers:
            yield f"{product.slug}: no manufacturer {product.manufacturer}"
        if product.category not in categories:
            yield f"{product.slug}: no category {product.category}"
        yield from (f"{product.slug}: no device {slug}" for slug in product.accessory_for if slug not in devices)


def _route(maker: DemoManufacturer) -> Iterator[str]:
    if (maker.rma_portal_url is None) != (maker.rma_route == "store_confirms"):
        yield f"{maker.slug}: a portal goes with the routes that lead to the manufacturer, and only with them"


def _product(product: DemoProduct) -> Iterator[str]:
    slug = product.slug
    if not SLUG.fullmatch(slug):
        yield f"{slug}: not a slug"
    if (product.warranty_months > 0) == (product.kind == "service"):
        yield f"{slug}: goods have a warranty, services none"
    if bool(product.accessory_for) != (product.kind == "accessory"):
        yield f"{slug}: accessories name the devices they belong to, other products don't"
    if not product.variants:
        yield f"{slug}: no variant"
    if len({tuple(option.axis for option in variant.options) for variant in product.variants}) > 1:
        yield f"{slug}: variants differ along different options"
    if len({tuple(option.value for option in variant.options) for variant in product.variants}) < len(product.variants):
        yield f"{slug}: two variants have the same options"
    yield from _texts(f"{slug} names", product.names)
    yield from _texts(f"{slug} descriptions", product.descriptions)
    yield from _media(product)
    for variant in product.variants:
        yield from _variant(variant, product)


def _media(product: DemoProduct) -> Iterator[str]:
    kinds = Counter(media.kind for media in product.media)
    if not kinds["picture"]:
        yield f"{product.slug}: no picture"
    if any(variant.serialized for variant in product.variants) and not kinds["serial_location"]:
        yield f"{product.slug}: no picture of where the serial number stands"
    for media in product.media:
        name = media.path.removeprefix(MEDIA_PREFIX)
        if name == media.path or "/" in name or not (MEDIA_DIR / name).is_file():
            yield f"{product.slug}: no file for {media.path}"
        yield from _texts(f"{product.slug} alt of {name}", media.alt)


def _variant(variant: DemoVariant, product: DemoProduct) -> Iterator[str]:
    sku = variant.sku
    if not SKU.fullmatch(sku):
        yield f"{sku}: a SKU is made of capitals, digits and hyphens"
    if not is_gtin(variant.barcode):
        yield f"{sku}: barcode {variant.barcode} has a wrong check digit"
    if (variant.weight_grams > 0) == (product.kind == "service"):
        yield f"{sku}: goods weigh something, services nothing"
    if not set(variant.markets) <= set(product.markets) <= set(MARKET_CURRENCY) or not variant.markets:
        yield f"{sku}: markets {variant.markets} are not among those of its product"
    for option in variant.options:
        yield from _texts(f"{sku} {option.axis}", option.axis_names)
        yield from _texts(f"{sku} {option.axis} {option.value}", option.value_names)
    yield from _prices(variant)
    yield from _supply(variant)
    if (variant.service is not None) != (product.kind == "service"):
        yield f"{sku}: services, and only they, have terms"
    if variant.service is not None and (variant.service.units < 1 or variant.service.extends_warranty_months < 0):
        yield f"{sku}: a service covers at least one unit and doesn't shorten a warranty"
    if variant.service is not None and variant.service.months is not None and variant.service.months < 1:
        yield f"{sku}: a service that runs for a time runs for a month at least"


def _prices(variant: DemoVariant) -> Iterator[str]:
    priced = tuple(price.market for price in variant.prices)
    if set(priced) != set(variant.markets):
        yield f"{variant.sku}: prices in {priced}, sold in {variant.markets}"
    for price in variant.prices:
        if price.amount_minor <= 0:
            yield f"{variant.sku}: price in {price.market} is not above zero"
        if price.compare_at_minor is not None and price.compare_at_minor <= price.amount_minor:
            yield f"{variant.sku}: former price in {price.market} is not above today's"


def _supply(variant: DemoVariant) -> Iterator[str]:
    """Stock, deliveries under way and release day agree with the way the variant is sold (CAT-5)."""
    sku = variant.sku
    for warehouse in [*variant.stock, *(delivery.warehouse for delivery in variant.inbound)]:
        if not set(WAREHOUSE_MARKETS.get(warehouse, ())) & set(variant.markets):
            yield f"{sku}: warehouse {warehouse} serves none of its markets"
    if any(quantity < 0 for quantity in variant.stock.values()):
        yield f"{sku}: negative stock"
    if any(delivery.quantity < 1 or delivery.expected_in_days < 1 for delivery in variant.inbound):
        yield f"{sku}: a delivery under way brings at least one unit, tomorrow at the earliest"
    if (variant.release_in_days is not None) != (variant.sells == "preorder"):
        yield f"{sku}: preorders, and only they, have a release day"
    if variant.sells in {"preorder", "unavailable"} and any(variant.stock.values()):
        yield f"{sku}: {variant.sells}, yet in stock"
    if not variant.tracks_stock and (variant.sells != "stock" or variant.stock or variant.inbound):
        yield f"{sku}: a service has no stock to speak of"
    if variant.tracks_stock and variant.sells == "stock":
        served = {market for warehouse in variant.stock for market in WAREHOUSE_MARKETS.get(warehouse, ())}
        if not set(variant.markets) <= served:
            yield f"{sku}: sold from stock where no warehouse has any"


def _coupon(coupon: DemoCoupon) -> Iterator[str]:
    code = coupon.code
    if code != code.upper():
        yield f"coupon {code}: codes are written in capitals"
    if coupon.market is not None and coupon.market not in MARKET_CURRENCY:
        yield f"coupon {code}: no market {coupon.market}"
    if (coupon.percent_ppm is None) == (coupon.amount_minor is None):
        yield f"coupon {code}: either a percentage or an amount"
    if coupon.percent_ppm is not None and not 0 < coupon.percent_ppm <= 1_000_000:
        yield f"coupon {code}: the percentage lies between 0 and 100"
    if coupon.amount_minor is not None and (coupon.amount_minor <= 0 or coupon.market is None):
        yield f"coupon {code}: an amount is above zero and belongs to one market"
    if coupon.starts_on and coupon.ends_on and coupon.ends_on < coupon.starts_on:
        yield f"coupon {code}: ends before it starts"
    yield from _texts(f"coupon {code}", coupon.names)


def _texts(where: str, texts: Texts) -> Iterator[str]:
    if set(texts) != set(LANGUAGES):
        yield f"{where}: languages {sorted(texts)}"
    yield from (f"{where}: empty in {language}" for language, text in texts.items() if not text.strip())


def is_gtin(barcode: str) -> bool:
    """Thirteen digits of which the last is the GTIN check digit (GS1 General Specifications, 7.9)."""
    if not re.fullmatch(r"[0-9]{13}", barcode):
        return False
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(barcode[:12]))
    return (10 - weighted % 10) % 10 == int(barcode[12])
