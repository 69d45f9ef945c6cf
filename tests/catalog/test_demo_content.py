"""The demo catalogue is sound, speaks three languages properly, and has what demos and other tests lean on."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from store.catalog.demo import (
    LANGUAGES,
    MARKET_CURRENCY,
    MEDIA_DIR,
    WAREHOUSE_MARKETS,
    DemoCatalogue,
    DemoProduct,
    DemoVariant,
    load_demo_catalogue,
    problems_of,
)
from store.catalog.demo.check_catalogue import is_gtin
from store.catalog.demo.read_catalogue import DEMO_DIR, read_catalogue
from store.kernel.i18n import LOCALES

CATALOGUE = load_demo_catalogue()
VARIANTS = {variant.sku: variant for product in CATALOGUE.products for variant in product.variants}
HAN = "\u4e00-\u9fff"
NO_BREAK = "\u00a0\u202f"


# ------------------------------------------------------------------------------------------- what the checks refuse


def with_product(slug: str, /, **changes: object) -> DemoCatalogue:
    return replace(
        CATALOGUE,
        products=tuple(replace(p, **changes) if p.slug == slug else p for p in CATALOGUE.products),
    )


def with_variant(sku: str, /, **changes: object) -> DemoCatalogue:
    def changed(product: DemoProduct) -> DemoProduct:
        variants = tuple(replace(v, **changes) if v.sku == sku else v for v in product.variants)
        return replace(product, variants=variants)

    return replace(CATALOGUE, products=tuple(changed(product) for product in CATALOGUE.products))


def test_shipped_catalogue_has_no_problem():
    assert problems_of(CATALOGUE) == []


def test_languages_are_those_of_the_store():
    assert set(LANGUAGES) == set(LOCALES)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (with_product("aurelvo-one", slug="aurelvo-duo"), "product aurelvo-duo stands 2 times"),
        (with_variant("AUR-ONE-BLK", sku="AUR-ONE-WHT"), "SKU AUR-ONE-WHT stands 2 times"),
        (with_variant("AUR-ONE-BLK", sku="AUR ONE"), "a SKU is made of capitals"),
        (with_variant("AUR-ONE-BLK", barcode="2041000000970"), "wrong check digit"),
        (with_product("aurelvo-one", manufacturer="nobody"), "no manufacturer nobody"),
        (with_product("aurelvo-one", category="nowhere"), "no category nowhere"),
        (with_product("aurelvo-dock", accessory_for=("gone",)), "no device gone"),
        (with_product("aurelvo-dock", accessory_for=("aurelvo-cushions",)), "no device aurelvo-cushions"),
        (with_product("aurelvo-dock", accessory_for=()), "accessories name the devices"),
        (with_product("aurelvo-one", names={"en": "One", "fr": "Une"}), "aurelvo-one names: languages"),
        (with_product("aurelvo-one", names={"en": "One", "fr": " ", "zh-Hans": "一"}), "empty in fr"),
        (with_product("aurelvo-one", media=()), "no picture"),
        (with_product("aurelvo-one", warranty_months=0), "goods have a warranty"),
        (with_product("aurelvo-one", variants=()), "no variant"),
        (with_variant("AUR-ONE-BLK", prices=()), "prices in ()"),
        (with_variant("AUR-ONE-BLK", markets=("JP",)), "not among those of its product"),
        (with_variant("AUR-ONE-BLK", stock={"PAR": 5}), "sold from stock where no warehouse has any"),
        (with_variant("AUR-ONE-BLK", stock={"MOON": 5}), "warehouse MOON serves none"),
        (with_variant("AUR-ONE-BLK", release_in_days=3), "preorders, and only they"),
        (with_variant("AUR-AIR-BLK", stock={"PAR": 1}), "preorder, yet in stock"),
        (with_variant("SVC-SETUP-1U", stock={"PAR": 1}), "a service has no stock"),
        (with_variant("SVC-SETUP-1U", service=None), "services, and only they, have terms"),
    ],
)
def test_every_contradiction_is_named(broken, complaint):
    assert any(complaint in problem for problem in problems_of(broken)), problems_of(broken)


@pytest.mark.parametrize(
    ("file", "before", "after", "error"),
    [
        ("products/headsets.toml", "warranty_months = 24", "waranty_months = 24", msgspec.ValidationError),
        ("products/headsets.toml", "FR = 7990", "FR = 79.90", msgspec.ValidationError),
        ("products/headsets.toml", 'kind = "device"', 'kind = "gadget"', msgspec.ValidationError),
        ("products/headsets.toml", 'color = "sand"', 'color = "mauve"', LookupError),
        ("promotions.toml", "percent_ppm = 100_000", 'percent_ppm = "10"', msgspec.ValidationError),
    ],
)
def test_mistyped_file_is_refused_while_reading(tmp_path, file, before, after, error):
    copy = Path(shutil.copytree(DEMO_DIR, tmp_path / "demo"))
    text = (copy / file).read_text(encoding="utf-8")
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(error):
        read_catalogue(copy)


@pytest.mark.parametrize(
    ("barcode", "right"), [("4006381333931", True), ("4006381333932", False), ("400638133393", False), ("", False)]
)
def test_gtin_check_digit(barcode, right):
    assert is_gtin(barcode) is right


# -------------------------------------------------------------------------------------------------- how texts read


def texts() -> Iterator[tuple[str, str, str]]:
    """Everything that a shopper may read: (where, language, text)."""
    for product in CATALOGUE.products:
        parts = {"name": product.names, "description": product.descriptions}
        parts |= {f"alt of {media.path}": media.alt for media in product.media}
        for variant in product.variants:
            parts[variant.sku] = variant.names
            parts |= {f"{variant.sku} {option.axis}": option.axis_names for option in variant.options}
        for part, by_language in parts.items():
            yield from ((f"{product.slug} {part}", language, text) for language, text in by_language.items())
    for named in (*CATALOGUE.categories, *CATALOGUE.coupons):
        yield from ((repr(named), language, text) for language, text in named.names.items())


FAULTS = {
    "en": {
        r"['\"]": "straight quotation mark or apostrophe",
        r"[，。：；！？（）]": "full-width punctuation",
        r"\s[,.:;!?]": "space before punctuation",
    },
    "fr": {
        r"['\"]": "straight quotation mark or apostrophe",
        rf"[^{NO_BREAK}][:;!?»](?=\s|$)": "no no-break space before : ; ! ? »",
        rf"«[^{NO_BREAK}]": "no no-break space after «",
        rf"[^{NO_BREAK}][%€$¥](?![\w])": "no no-break space before the sign of a unit",
        r"\d (?:m|mm|cm|W|V|kg|°C|MHz|Gbit/s|heures?|mois|pouces|pages)\b": "number parted from its unit",
        r"\s[,.]": "space before punctuation",
        r"(?i)\b(?:tu|toi|tes)\b": "familiar address",
    },
    "zh-Hans": {
        rf"[{HAN}][,:;!?()]|[,:;!?()][{HAN}]|\.(?=$|[{HAN}])": "half-width punctuation",
        rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9%][{HAN}]": "no space between Chinese and Latin",
        r"\s[，。：；！？（）、]|[，。：；！？（）、]\s": "space beside full-width punctuation",
        r"['\"]": "straight quotation mark or apostrophe",
        r"你": "familiar address",
    },
}


def faults(language: str, text: str) -> list[str]:
    found = [fault for pattern, fault in FAULTS[language].items() if re.search(pattern, text)]
    return found + (["stray space"] if text != text.strip() or "  " in text else [])


@pytest.mark.parametrize(
    ("language", "wrong", "right"),
    [
        ("fr", "C'est tout", "C’est tout"),
        ("fr", "Simple : branchez !", "Simple\u00a0: branchez\u00a0!"),
        ("fr", "Le « Duo » est là", "Le «\u00a0Duo\u00a0» est là"),
        ("fr", "À 30 m, à 10 %", "À 30\u00a0m, à 10\u00a0%"),
        ("fr", "Tu l’oublieras", "Vous l’oublierez"),
        ("zh-Hans", "轻巧,耐用.", "轻巧，耐用。"),
        ("zh-Hans", "续航32小时", "续航 32 小时"),
        ("zh-Hans", "你的声音", "您的声音"),
        ("en", "It's light", "It’s light"),
    ],
)
def test_typographic_rules_tell_right_from_wrong(language, wrong, right):
    assert faults(language, wrong)
    assert faults(language, right) == []


def test_texts_follow_the_typography_of_their_language():
    assert [(where, fault, text) for where, language, text in texts() for fault in faults(language, text)] == []


def test_descriptions_are_two_or_three_sentences():
    for product in CATALOGUE.products:
        assert 2 <= product.descriptions["en"].count(". ") + 1 <= 4, product.slug
        for language, stop in (("en", "."), ("fr", "."), ("zh-Hans", "。")):
            assert product.descriptions[language].endswith(stop), (product.slug, language)
            assert len(product.descriptions[language]) >= (20 if language == "zh-Hans" else 80), product.slug


def test_languages_differ():
    for product in CATALOGUE.products:
        assert len(set(product.descriptions.values())) == 3, product.slug
        assert len(set(product.names.values())) == 3, product.slug
        assert re.search(f"[{HAN}]", product.names["zh-Hans"]), product.slug
        assert not re.search(f"[{HAN}]", product.names["en"] + product.names["fr"]), product.slug


# ------------------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("path", sorted(MEDIA_DIR.iterdir()), ids=lambda path: path.stem)
def test_picture_is_small_and_self_contained(path):
    content = path.read_text(encoding="utf-8")
    assert len(content.encode()) < 3_000
    root = ET.fromstring(content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert content.count("http") == 1  # the name of the format; nothing is fetched
    assert not re.search(r"<script|<image|<foreignObject|href|@import|\bon\w+=", content)


def test_every_picture_is_used():
    used = {media.path.rsplit("/", 1)[1] for product in CATALOGUE.products for media in product.media}
    assert used == {path.name for path in MEDIA_DIR.iterdir()}


def test_serial_number_in_the_pictures_is_a_possible_one():
    """WAR-2: no space and no letter S in a serial number, so none in the one we show."""
    for path in MEDIA_DIR.glob("serial-*.svg"):
        shown = [element.text for element in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")]
        assert shown[0] == "S/N"
        assert re.fullmatch(r"[0-9A-RT-Z]{8,}", shown[1])


# ------------------------------------------------------------------------------------- what demos and tests lean on


def product_of(sku: str) -> DemoProduct:
    return next(p for p in CATALOGUE.products if any(v.sku == sku for v in p.variants))


def on_hand(variant: DemoVariant) -> int:
    return sum(variant.stock.values())


def test_size_of_the_catalogue():
    assert len(CATALOGUE.products) >= 60
    assert len(VARIANTS) >= 130
    assert len(CATALOGUE.categories) == 12
    assert all(1 <= len(product.variants) <= 6 for product in CATALOGUE.products)


def test_prices_are_in_the_currency_of_the_market_and_differ_between_markets():
    for variant in VARIANTS.values():
        for price in variant.prices:
            assert price.currency == MARKET_CURRENCY[price.market]
        assert len({price.amount_minor for price in variant.prices}) == len(variant.prices), variant.sku


def test_stocked_variants_do_not_run_out_in_demos():
    scarce = {"AUR-ONE-SAND"}
    for variant in VARIANTS.values():
        if variant.sells == "stock" and variant.tracks_stock and variant.sku not in scarce:
            for market in variant.markets:
                served_by = [w for w, markets in WAREHOUSE_MARKETS.items() if market in markets]
                assert max(variant.stock.get(warehouse, 0) for warehouse in served_by) >= 200, variant.sku


def test_one_sku_has_exactly_ten():
    assert VARIANTS["AUR-ONE-SAND"].stock == {"PAR": 10}
    assert [v.sku for v in VARIANTS.values() if on_hand(v) == 10] == ["AUR-ONE-SAND"]


def test_every_way_of_being_available_is_shown():
    sells = Counter(variant.sells for variant in VARIANTS.values())
    assert set(sells) == {"stock", "backorder", "preorder", "unavailable"}
    backordered = [v for v in VARIANTS.values() if v.sells == "backorder"]
    assert any(v.inbound and not on_hand(v) for v in backordered)
    assert any(not v.inbound and not on_hand(v) for v in backordered)
    assert any(v.inbound and on_hand(v) for v in backordered)
    assert len({product_of(v.sku).slug for v in VARIANTS.values() if v.sells == "preorder"}) == 3


def test_refurbished_devices_and_a_refurbished_accessory():
    kinds = Counter(product.kind for product in CATALOGUE.products if product.condition == "refurbished")
    assert kinds == {"device": 4, "accessory": 1}


def test_services_come_for_one_and_for_several_units():
    services = [product for product in CATALOGUE.products if product.kind == "service"]
    assert len(services) == 3
    assert {v.service.units for product in services for v in product.variants if v.service} == {1, 5, 10}


def test_each_route_back_to_a_manufacturer_has_a_serialized_product():
    """RMA-5: the shipped examples of routes can all be walked with something from the catalogue."""
    routes = {maker.slug: (maker.rma_route, maker.rma_portal_url) for maker in CATALOGUE.manufacturers}
    assert routes["grandstream"] == ("manufacturer_confirms", "https://helpdesk.grandstream.com")
    assert routes["innovaphone"] == ("manufacturer_handles", "https://rma.innovaphone.com")
    assert routes["ubiquiti"] == ("manufacturer_handles", "https://rma.ui.com")
    assert routes["ruckus"] == ("manufacturer_handles", "https://support.ruckuswireless.com")
    assert routes["g-estore"] == ("manufacturer_handles", "https://g-estore.com")
    made = {p.manufacturer for p in CATALOGUE.products if any(v.serialized for v in p.variants) or p.kind == "service"}
    assert set(routes) - made == {"pinzelot"}  # It makes cables, which have no serial numbers.


def test_coupons():
    coupons = {coupon.code: coupon for coupon in CATALOGUE.coupons}
    assert (coupons["WELCOME10"].percent_ppm, coupons["WELCOME10"].market) == (100_000, None)
    five = coupons["FRAIS5"]
    assert (five.amount_minor, five.currency, five.market) == (500, "EUR", "FR")
    ended = coupons["SUMMER2024"].ends_on
    assert ended is not None
    assert ended.year == 2024
