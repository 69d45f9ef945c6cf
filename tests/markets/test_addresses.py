"""Addresses are read, checked and printed in each country's own form (CRT-4, CRT-5)."""

from __future__ import annotations

import msgspec
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.errors import StoreError
from store.kernel.wording import problem
from store.markets import (
    Address,
    CountryNotSupported,
    InvalidAddress,
    address_messages,
    all_markets,
    format_address,
    get_market,
    normalize_address,
)
from store.markets.countries import country_form, form_exists

PARIS = {
    "name": "Zoé Lefèvre",
    "line1": "12 rue de l'Exemple",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "01 99 00 12 34",
}
AUSTIN = {
    "name": "Ann Lee",
    "line1": "1 Main St",
    "line2": "Apt 5",
    "postcode": "78701",
    "city": "Austin",
    "region": "Texas",
    "country": "US",
}
SHENZHEN = {
    "name": "王伟",
    "company": "示例公司",
    "line1": "科技路1号",
    "district": "南山区",
    "postcode": "518000",
    "city": "深圳",
    "region": "广东",
    "country": "CN",
    "phone": "138 0013 8000",
}
BERLIN = {"name": "Jan Weiß", "line1": "Beispielstr. 1", "postcode": "10115", "city": "Berlin", "country": "DE"}


def refused(raw, market="FR"):
    with pytest.raises(InvalidAddress) as caught:
        normalize_address(raw, get_market(market) if market else None)
    return {error["field"]: error["code"] for error in caught.value.facts["errors"]}


@pytest.mark.requirement("CRT-5")
def test_a_french_address_is_brought_to_its_form():
    address = normalize_address(
        {**PARIS, "country": "fr", "postcode": " 75 001 ", "city": "  Paris\u00a0 "}, get_market("FR")
    )
    assert (address.country, address.postcode, address.city, address.region) == ("FR", "75001", "Paris", "")
    assert address.phone == "+33199001234"
    assert format_address(address, "fr") == ["Zoé Lefèvre", "12 rue de l'Exemple", "75001 PARIS", "France"]


@pytest.mark.requirement("CRT-5")
def test_an_american_address_is_brought_to_its_form():
    address = normalize_address(AUSTIN, get_market("US"))
    assert address.region == "TX"
    assert format_address(address, "zh-Hans") == ["Ann Lee", "1 Main St", "Apt 5", "AUSTIN, TX 78701", "美国"]
    assert normalize_address({**AUSTIN, "region": "tx", "postcode": "78701-1234"}, get_market("US")).region == "TX"


@pytest.mark.requirement("CRT-5")
def test_a_chinese_address_goes_from_large_to_small():
    address = normalize_address(SHENZHEN, get_market("CN"))
    assert (address.region, address.city, address.district, address.phone) == (
        "广东省",
        "深圳市",
        "南山区",
        "+8613800138000",
    )
    assert format_address(address, "zh-Hans") == [
        "中国",
        "518000",
        "广东省深圳市南山区",
        "科技路1号",
        "示例公司",
        "王伟",
    ]


def test_a_chinese_address_in_latin_script_goes_from_small_to_large():
    raw = {
        **SHENZHEN,
        "name": "Wang Wei",
        "company": "",
        "line1": "1 Keji Road",
        "district": "Nanshan",
        "city": "Shenzhen",
        "region": "Guangdong",
    }
    address = normalize_address(raw, get_market("CN"))
    assert (address.region, address.city) == ("广东省", "深圳市")
    assert format_address(address, "en") == [
        "Wang Wei",
        "1 Keji Road",
        "Nanshan",
        "Shenzhen",
        "GUANGDONG, 518000",
        "China",
    ]


@pytest.mark.parametrize("city", ["北京市", "北京", "Beijing"])
@pytest.mark.parametrize("region", ["", "北京", "北京市"])
def test_a_municipality_is_its_own_province_and_written_once(region, city):
    raw = {**SHENZHEN, "region": region, "city": city, "district": "朝阳区", "postcode": "100020"}
    address = normalize_address(raw, get_market("CN"))
    assert (address.region, address.city) == ("北京市", "北京市")
    assert format_address(address, "zh-Hans", origin="CN")[1] == "北京市朝阳区"


def test_a_chinese_city_that_the_data_does_not_know_is_kept_as_written():
    address = normalize_address(
        {**SHENZHEN, "city": "雄安新区", "region": "河北省", "postcode": "071700"}, get_market("CN")
    )
    assert address.city == "雄安新区"


def test_full_width_digits_are_digits():
    assert normalize_address({**SHENZHEN, "postcode": "５１８０００"}, get_market("CN")).postcode == "518000"


def test_a_prefix_of_the_country_is_not_part_of_the_postcode():
    raw = {**PARIS, "country": "LU", "postcode": "L-1234", "city": "Luxembourg", "phone": ""}
    address = normalize_address(raw, get_market("FR"))
    assert address.postcode == "1234"
    assert format_address(address, "en")[2] == "L-1234 Luxembourg"


def test_the_country_is_left_out_at_home():
    address = normalize_address(BERLIN, get_market("DE"))
    assert format_address(address, "en", origin="DE") == ["Jan Weiß", "Beispielstr. 1", "10115 Berlin"]
    assert format_address(address, "fr", origin="FR")[-1] == "Allemagne"


@pytest.mark.parametrize(
    ("market", "raw", "errors"),
    [
        ("FR", {}, {"country": "required"}),
        ("FR", {"country": "France"}, {"country": "unknown_country"}),
        ("FR", {"country": "ZZ"}, {"country": "unknown_country"}),
        (
            "FR",
            {"country": "FR"},
            {"name": "required", "line1": "required", "city": "required", "postcode": "required"},
        ),
        ("FR", {**PARIS, "postcode": "7500"}, {"postcode": "invalid_postcode"}),
        ("FR", {**PARIS, "postcode": "97100"}, {"postcode": "not_delivered"}),
        ("FR", {**PARIS, "phone": "12"}, {"phone": "invalid_phone"}),
        ("FR", {**PARIS, "phone": "call me"}, {"phone": "invalid_phone"}),
        ("FR", {**PARIS, "line1": "x" * 121}, {"line1": "too_long"}),
        ("FR", {**PARIS, "line1": 12}, {"line1": "not_text"}),
        ("FR", {**PARIS, "planet": "Earth"}, {"planet": "unknown_field"}),
        ("DE", {**BERLIN, "postcode": "78266"}, {"postcode": "not_delivered"}),
        ("US", {**AUSTIN, "region": ""}, {"region": "required"}),
        ("US", {**AUSTIN, "region": "Bavaria"}, {"region": "unknown_region"}),
        ("US", {**AUSTIN, "region": "CA"}, {"postcode": "postcode_not_in_region"}),
        ("US", {**AUSTIN, "postcode": "ABCDE"}, {"postcode": "invalid_postcode"}),
        ("US", {**AUSTIN, "region": "PR", "postcode": "00901"}, {"region": "not_delivered"}),
        ("US", {**AUSTIN, "region": "AE", "postcode": "09012"}, {"region": "not_delivered"}),
        ("CN", {**SHENZHEN, "phone": ""}, {"phone": "required"}),
        ("CN", {**SHENZHEN, "region": "香港", "postcode": "999077"}, {"region": "not_delivered"}),
        ("CN", {**SHENZHEN, "region": "Texas"}, {"region": "unknown_region"}),
        ("CN", {**SHENZHEN, "postcode": "51800"}, {"postcode": "invalid_postcode"}),
    ],
)
def test_every_wrong_field_is_named_at_once(market, raw, errors):
    assert refused(raw, market) == errors


def test_a_firm_needs_no_person_s_name():
    address = normalize_address({**PARIS, "name": "", "company": "Exemple SAS"}, get_market("FR"))
    assert format_address(address, "fr")[0] == "Exemple SAS"


def test_messages_of_errors_are_marked_and_translatable():
    with pytest.raises(InvalidAddress) as caught:
        normalize_address({"country": "FR"}, get_market("FR"))
    assert address_messages(caught.value, "en")[0]["message"] == "This field is required."
    assert problem(caught.value, "en")["status"] == 422


@pytest.mark.requirement("CRT-4")
def test_an_unsupported_country_is_refused_with_those_that_are():
    with pytest.raises(CountryNotSupported) as caught:
        normalize_address({**AUSTIN}, get_market("FR"))
    body = problem(caught.value, "en")
    assert (body["status"], body["code"], body["supported"]) == (422, "country_not_supported", ["FR", "MC", "BE", "LU"])


def test_without_a_market_every_country_is_known():
    raw = {
        "name": "花子",
        "line1": "丸の内1-1",
        "region": "東京都",
        "city": "千代田区",
        "postcode": "100-0005",
        "country": "JP",
    }
    assert format_address(normalize_address(raw), "en")


@pytest.mark.parametrize("raw", [PARIS, AUSTIN, SHENZHEN, BERLIN])
def test_an_address_is_json_and_normal_forms_stay(raw):
    market = next(market for market in all_markets() if market.home_country == raw["country"])
    address = normalize_address(raw, market)
    assert msgspec.json.decode(msgspec.json.encode(address), type=Address) == address
    assert normalize_address(address, market) == address
    assert normalize_address(msgspec.to_builtins(address), market) == address
    assert hash(address) == hash(normalize_address(address, market))


FIELDS = st.sampled_from([*Address.__struct_fields__, "other"])


@given(
    st.dictionaries(FIELDS, st.one_of(st.text(max_size=130), st.none(), st.integers()), max_size=10),
    st.sampled_from(["FR", "DE", "US", "CN", "BE", "JP"]),
    st.sampled_from([None, *all_markets()]),
)
def test_whatever_is_sent_is_an_address_or_a_refusal(raw, country, market):
    try:
        address = normalize_address({**raw, "country": country}, market)
    except StoreError as error:
        assert error.status == 422
        return
    assert normalize_address(address, market) == address
    assert all(line.strip() == line and line for line in format_address(address, "en"))


def test_the_form_of_every_country_can_be_read():
    known = [country for country in sorted(phonenumbers.SUPPORTED_REGIONS) if form_exists(country)]
    assert len(known) > 230
    for country in known:
        form = country_form(country)
        values = dict.fromkeys((*Address.__struct_fields__, "street"), "X")
        assert form.lines(values, native=True)
        assert form.lines(values, native=False)
