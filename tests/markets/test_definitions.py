"""Markets are data: the shipped files are sound, and a wrong file is refused by file and key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from store.kernel.i18n import LOCALES
from store.kernel.wording import problem
from store.markets import (
    CountryNotSupported,
    MarketDefinitionError,
    MarketPolicy,
    UnknownMarket,
    all_markets,
    get_market,
    is_working_day,
    load_markets,
    market_for_country,
    read_markets,
)
from store.markets.registry import DEFINITIONS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEFINITIONS, tmp_path / "definitions")
    return tmp_path / "definitions"


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    load_markets()


def edit(folder: Path, name: str, before: str, after: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.requirement("MKT-1")
@pytest.mark.parametrize(
    ("code", "currency", "time_zone", "locale", "mode"),
    [
        ("FR", "EUR", "Europe/Paris", "fr", "inclusive"),
        ("DE", "EUR", "Europe/Berlin", "en", "inclusive"),
        ("US", "USD", "America/New_York", "en", "exclusive"),
        ("CN", "CNY", "Asia/Shanghai", "zh-Hans", "inclusive"),
    ],
)
def test_shipped_markets_have_all_that_a_market_needs(code, currency, time_zone, locale, mode):
    market = get_market(code)
    assert (market.currency, market.time_zone, market.default_locale, market.tax_mode) == (
        currency,
        time_zone,
        locale,
        mode,
    )
    assert market.home_country == code
    assert {method.code for method in market.shipping_methods} == {"standard", "two_day", "express"}
    assert market.return_carrier.carrier
    assert "ebay" in market.retail_places or code == "CN"


def test_everything_a_person_reads_is_there_in_every_language():
    for market in all_markets():
        texts = [market.names, market.return_carrier.names, *(method.names for method in market.shipping_methods)]
        for names in texts:
            assert set(names) == set(LOCALES)


def test_only_the_united_states_add_tax_to_the_price():
    assert [market.code for market in all_markets() if market.tax_mode == "exclusive"] == ["US"]


def test_policy_defaults_are_the_catalogue_s_figures():
    policy = MarketPolicy()
    assert (policy.refund_days, policy.handling_days, policy.backorder_days) == (30, 1, (14, 21))
    assert (policy.hold_reminder_days, policy.hold_cancel_days, policy.payment_action_minutes) == ((2, 5), 10, 60)
    assert (policy.form_units_max, policy.warranty_months) == (50, 12)


def test_policy_can_be_changed_for_a_test_but_not_in_place():
    policy = MarketPolicy()
    assert replace(policy, refund_days=14).refund_days == 14
    for field in fields(policy):
        with pytest.raises(AttributeError):
            setattr(policy, field.name, 0)


def test_an_unknown_market_is_answered_with_those_that_exist():
    with pytest.raises(UnknownMarket) as caught:
        get_market("JP")
    body = problem(caught.value, "en")
    assert body["status"] == 404
    assert body["markets"] == ["CN", "DE", "FR", "US"]


def test_a_country_finds_the_market_that_serves_it():
    assert market_for_country("mc").code == "FR"
    assert market_for_country("AT").code == "DE"
    with pytest.raises(CountryNotSupported) as caught:
        market_for_country("BR")
    assert caught.value.facts["supported"] == ["AT", "BE", "CN", "DE", "FR", "LU", "MC", "NL", "US"]


def test_an_operator_adds_a_market_by_adding_a_file(tmp_path, restored):
    text = (DEFINITIONS / "FR.toml").read_text(encoding="utf-8")
    for before, after in (
        ('code = "FR"', 'code = "JP"'),
        ('countries = ["FR", "MC", "BE", "LU"]', 'countries = ["JP"]'),
        ('currency = "EUR"', 'currency = "JPY"'),
        ('order_prefix = "FR"', 'order_prefix = "JP"'),
        ('holiday_country = "FR"', 'holiday_country = "JP"'),
        ("Europe/Paris", "Asia/Tokyo"),
        ('FR = { standard = "20", reduced = "5.5" }', "JP = { standard = 10, reduced = 8.0 }"),
        ('countries = ["FR", "MC"]\n', ""),
        ('EXEMPLE-FR"', 'REI-JP"'),
    ):
        text = text.replace(before, after)
    (tmp_path / "JP.toml").write_text(text, encoding="utf-8")
    load_markets(tmp_path)
    assert [market.code for market in all_markets()] == ["CN", "DE", "FR", "JP", "US"]
    assert not is_working_day(get_market("JP"), date(2026, 2, 11))


def test_an_operator_takes_a_market_away(folder, restored):
    edit(folder, "CN.toml", 'code = "CN"', 'code = "CN"\nenabled = false')
    assert [market.code for market in load_markets(folder)] == ["DE", "FR", "US"]


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("FR.toml", 'currency = "EUR"', 'currency = "EURO"', "currency: EURO"),
        ("FR.toml", 'currency = "EUR"', "", "currency"),
        ("FR.toml", "Europe/Paris", "Europe/Lutetia", "time_zone: Europe/Lutetia"),
        ("FR.toml", '"fr", "en"]', '"fr", "de"]', "locales"),
        ("FR.toml", 'order_prefix = "FR"', 'order_prefix = "FR-"', "order_prefix"),
        ("FR.toml", 'order_prefix = "FR"', 'order_prefix = "DE"', "order_prefix DE is taken"),
        ("FR.toml", 'mode = "inclusive"', 'mode = "included"', "$.tax.mode"),
        ("FR.toml", 'BE = { standard = "21", reduced = "6" }', "", "tax.countries: no rates for ['BE']"),
        ("FR.toml", 'BE = { standard = "21", reduced', "BE = { reduced", "no standard rate in ['BE']"),
        ("FR.toml", 'BE = { standard = "21"', 'BE = { standard = "210"', "210 is not a tax rate"),
        ("FR.toml", "price_minor = 590", "price_minor = 5.90", "$.shipping_methods[0].price_minor"),
        ("FR.toml", "price_minor = 590", "price_minor = -1", "negative"),
        ("FR.toml", "transit_days = 3", "transit_day = 3", "transit_days"),
        ("FR.toml", "max_grams = 30000", "max_gram = 30000", "unknown keys: shipping_methods.0.max_gram"),
        ("FR.toml", "code={tracking_number}", "code=", "tracking_url needs"),
        ("FR.toml", 'code = "two_day"', 'code = "standard"', "a code stands twice"),
        ("FR.toml", 'countries = ["FR", "MC"]', 'countries = ["FR", "IT"]', "['IT']"),
        ("FR.toml", "agent_refund_limit_minor", "agent_limit", "unknown keys: policy.agent_limit"),
        ("FR.toml", "[policy]", "[policy]\nbackorder_days = [21, 14]", "backorder_days"),
        ("FR.toml", "[policy]", "[policy]\nrefund_days = -1", "policy.refund_days"),
        ("FR.toml", '"wire"', '"cheque"', "payment_methods"),
        ("FR.toml", 'holiday_country = "FR"', 'holiday_country = "XX"', "holiday_country"),
        ("FR.toml", "opens = 09:00:00", "opens = 19:00:00", "opens must come before closes"),
        ("FR.toml", '"tuesday"', '"mardi"', "$.support.hours[0].days[1]"),
        ("FR.toml", 'names = { en = "France"', "names = { en = ", "FR.toml"),
        ("US.toml", "us_sales_tax.toml", "nowhere.toml", "nowhere.toml"),
        ("DE.toml", 'code = "BEISPIEL-DE"', 'code = "EXEMPLE-FR"', "legal_entity EXEMPLE-FR differs"),
    ],
)
def test_a_wrong_definition_is_refused_by_file_and_key(folder, name, before, after, said):
    edit(folder, name, before, after)
    with pytest.raises(MarketDefinitionError) as caught:
        read_markets([folder])
    assert said in str(caught.value)
    assert ".toml" in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(MarketDefinitionError):
        read_markets([tmp_path / "nothing"])


def test_tracking_links_carry_the_number_safely():
    method = get_market("FR").shipping_methods[0]
    assert method.tracking_link("6A 1/2").endswith("code=6A%201%2F2")
