"""How a product looks to a shop: names in its language, prices in its market, and when it can leave."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from store.catalog import Media, Suggestion
from store.inventory import Availability, Offer, OfferedVariant, OfferPage
from store.kernel.wording import long_date
from store.web.edge.schemas import Labelled, MoneyOut, Out, Page, labelled, money_out
from store.web.storefront import labels as _labels  # noqa: F401 - registers them

# More than so many units are not told apart.
QUANTITY_SHOWN = 20
_BEST_FIRST = [Availability.IN_STOCK, Availability.PREORDER, Availability.BACKORDER, Availability.UNAVAILABLE]


class NamedOut(Out):
    slug: str
    name: str


class MediaOut(Out):
    """`kind` is picture, serial_location (where the serial number stands) or manual."""

    kind: str
    url: str
    alt: str


class OptionOut(Out):
    axis: str
    axis_name: str
    value: str
    value_name: str


class VariantOut(Out):
    """A SKU. `available_quantity` is what can leave now, up to 20; null: without limit.

    `expected_on` is when units beyond that are there; `expected_is_estimate` when no delivery is announced.
    """

    sku: str
    name: str
    options: list[OptionOut]
    price: MoneyOut
    compare_at: MoneyOut | None
    barcode: str | None
    serialized: bool
    weight_grams: int
    availability: Labelled
    available_quantity: int | None
    expected_on: date | None
    expected_on_text: str | None
    expected_is_estimate: bool
    release_on: date | None
    service: dict[str, Any] | None


class ProductOut(Out):
    slug: str
    name: str
    description: str
    kind: Labelled
    condition: Labelled
    category: NamedOut
    manufacturer: NamedOut
    warranty_months: int
    media: list[MediaOut]
    price_from: MoneyOut
    availability: Labelled
    variants: list[VariantOut]


class SuggestionOut(Out):
    slug: str
    name: str
    manufacturer_name: str
    condition: Labelled
    picture: MediaOut | None
    serial_pictures: list[MediaOut]


def page_out(page: OfferPage, locale: str) -> Page[ProductOut]:
    return Page(items=[product_out(offer, locale) for offer in page.items], next_cursor=page.next_cursor)


def product_out(offer: Offer, locale: str) -> ProductOut:
    product = offer.product
    best = min((offered.outlook.availability for offered in offer.variants), key=_BEST_FIRST.index)
    cheapest = min(offered.variant.price.amount_minor for offered in offer.variants)
    return ProductOut(
        slug=product.slug,
        name=product.name,
        description=product.description,
        kind=labelled(product.kind, locale),
        condition=labelled(product.condition, locale),
        category=NamedOut(slug=product.category, name=product.category_name),
        manufacturer=NamedOut(slug=product.manufacturer, name=product.manufacturer_name),
        warranty_months=product.warranty_months,
        media=[media_out(media) for media in product.media],
        price_from=next(
            money_out(offered.variant.price, locale)
            for offered in offer.variants
            if offered.variant.price.amount_minor == cheapest
        ),
        availability=labelled(best, locale),
        variants=[_variant_out(offered, locale) for offered in offer.variants],
    )


def _variant_out(offered: OfferedVariant, locale: str) -> VariantOut:
    variant, told = offered.variant, offered.outlook
    return VariantOut(
        sku=variant.sku,
        name=variant.name,
        options=[
            OptionOut(axis=each.axis, axis_name=each.axis_name, value=each.value, value_name=each.value_name)
            for each in variant.options
        ],
        price=money_out(variant.price, locale),
        compare_at=money_out(variant.compare_at, locale) if variant.compare_at else None,
        barcode=variant.barcode,
        serialized=variant.serialized,
        weight_grams=variant.weight_grams,
        availability=labelled(told.availability, locale),
        available_quantity=None if told.free is None else min(told.free, QUANTITY_SHOWN),
        expected_on=told.expected_on,
        expected_on_text=_day(told.expected_on, locale),
        expected_is_estimate=told.estimated,
        release_on=variant.release_on,
        service=variant.service,
    )


def suggestion_out(suggestion: Suggestion, locale: str) -> SuggestionOut:
    return SuggestionOut(
        slug=suggestion.slug,
        name=suggestion.name,
        manufacturer_name=suggestion.manufacturer_name,
        condition=labelled(suggestion.condition, locale),
        picture=media_out(suggestion.picture) if suggestion.picture else None,
        serial_pictures=[media_out(media) for media in suggestion.serial_pictures],
    )


def media_out(media: Media) -> MediaOut:
    return MediaOut(kind=media.kind, url=quote(media.path, safe="/:%?&=#"), alt=media.alt)


def _day(day: date | None, locale: str) -> str | None:
    return None if day is None else long_date(day, locale)
