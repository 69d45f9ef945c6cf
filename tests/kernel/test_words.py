"""Identifiers, languages, settings, machines: small laws of the kernel."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel import i18n, ids, signing
from store.kernel.errors import NotFound, StoreError, WrongState
from store.kernel.machine import Machine
from store.kernel.money import Money
from store.kernel.settings import BadSettings, Settings, load_settings
from store.kernel.wording import Country, long_date, problem, spoken


def test_ids_sort_by_creation():
    first = ids.new_id()
    assert first.version == 7
    assert ids.new_id().int >> 80 >= first.int >> 80


@given(st.integers(0, 6), st.sampled_from(ids.ALPHABET))
def test_a_wrong_sign_in_an_order_number_is_caught(position, sign):
    number = ids.new_number("FR").removeprefix("FR-").replace("-", "")
    wrong = number[:position] + sign + number[position + 1 :]
    assert (ids.check_sign(wrong[:7]) == wrong[7]) == (wrong == number)


def test_numbers_are_read_as_people_type_them():
    assert ids.normalize_number(" fr-ol2z 9qx2 ") == "FR-0122-9QX2"


def test_tokens_are_bound_to_purpose_and_subject():
    signing.configure(b"a secret of the installation")
    subject = ids.new_id()
    token = signing.make_token("order", subject)
    assert signing.check_token(token, "order", subject)
    assert not signing.check_token(token, "order", ids.new_id())
    assert not signing.check_token(token, "cart", subject)
    assert not signing.check_token("ordér", "order", subject)


@pytest.mark.requirement("L10N-3")
@pytest.mark.parametrize(
    ("explicit", "account", "header", "market", "expected"),
    [
        ("zh-CN", "fr", "en", ["fr"], "zh-Hans"),
        (None, "fr-CA", "en", ["en"], "fr"),
        (None, None, "de;q=0.9, zh;q=0.8, en;q=0.1", ["fr"], "zh-Hans"),
        (None, None, "de", ["fr", "en"], "fr"),
        ("klingon", None, None, ["zh-Hans"], "zh-Hans"),
        (None, None, "en;q=0, fr;q=x", [], "en"),
    ],
)
def test_the_locale_is_the_explicit_one_then_the_accounts_then_the_browsers_then_the_markets(
    explicit, account, header, market, expected
):
    assert i18n.choose_locale(explicit, account, accept_language=header, market_locales=market) == expected


def test_every_error_has_a_code_of_its_own_and_a_sentence():
    for code, error in StoreError.registry.items():
        assert error.title, code
        assert 400 <= error.status < 600


def test_a_problem_carries_facts_for_programs_and_a_sentence_for_people():
    class TooMuch(StoreError):
        code = "too_much_for_a_test"
        status = 409
        title = "Too much."
        detail = "{amount} is too much in {countries}."

    body = problem(TooMuch(amount=Money(1299, "EUR"), countries=[Country("FR"), Country("DE")]), "fr")
    assert body["amount"] == {"amount_minor": 1299, "currency": "EUR", "formatted": "12,99\u00a0€"}
    assert body["countries"] == ["FR", "DE"]
    assert "12,99\u00a0€" in body["detail"]
    assert "Allemagne" in body["detail"]
    del StoreError.registry["too_much_for_a_test"]


def test_braces_in_facts_stay_braces():
    assert "{code}" in i18n.translate("en", "{number} {other}", {"number": "{code}"})
    assert spoken("a{b}", "en") == "a{b}"
    assert problem(NotFound(), "en")["status"] == 404


@pytest.mark.requirement("L10N-4")
def test_the_first_of_a_month_is_an_ordinal_in_french_alone():
    first = date(2026, 10, 1)
    assert spoken(first, "fr") == "1er octobre 2026"
    assert long_date(first, "fr", "full") == "jeudi 1er octobre 2026"
    assert spoken(datetime(2026, 10, 1, 9, 1, tzinfo=UTC), "fr") == "1er octobre 2026, 09:01 UTC"
    assert [spoken(date(2026, 10, day), "fr") for day in (2, 11, 21, 31)] == [
        f"{day} octobre 2026" for day in (2, 11, 21, 31)
    ]
    assert spoken(first, "en") == "October 1, 2026"
    assert spoken(first, "zh-Hans") == "2026年10月1日"


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


def test_a_machine_refuses_steps_that_are_not_in_its_table():
    machine = Machine("light", {Light.RED: {Light.GREEN}, Light.GREEN: set()})
    machine.check(Light.RED, Light.GREEN)
    with pytest.raises(WrongState):
        machine.check(Light.GREEN, Light.RED)
    assert machine.sources(Light.GREEN) == ["red"]
    assert machine.final(Light.GREEN)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"STORE_PORT": "many"}, "STORE_PORT"),
        ({"STORE_PORT": "99999"}, "STORE_PORT"),
        ({"STORE_DATABASE_URL": "mysql://x"}, "STORE_DATABASE_URL"),
        ({"STORE_MOVABLE_CLOCK": "perhaps"}, "STORE_MOVABLE_CLOCK"),
        ({"STORE_ENV": "staging"}, "STORE_ENV"),
        ({"STORE_ENV": "production"}, "STORE_STRIPE_SECRET_KEY"),
        ({"STORE_ENV": "production", "STORE_MOVABLE_CLOCK": "true"}, "STORE_MOVABLE_CLOCK"),
        ({"STORE_ENV": "production", "STORE_DEMO_DATA": "yes"}, "STORE_DEMO_DATA"),
        ({"STORE_ENV": "production", "STORE_SIMULATOR_URL": "http://127.0.0.1:1"}, "STORE_SIMULATOR_URL"),
        ({"STORE_ENV": "production", "STORE_PUBLIC_URL": "http://shop.example.com"}, "STORE_PUBLIC_URL"),
    ],
)
@pytest.mark.requirement("ACC-7")
def test_settings_that_can_not_be_used_name_their_variable(environ, named):
    with pytest.raises(BadSettings) as refused:
        load_settings(environ)
    assert any(problem.startswith(named) for problem in refused.value.problems)


def test_nothing_set_is_the_demo():
    settings = load_settings({})
    assert settings.movable_clock
    assert settings.demo_data
    assert not settings.production


@pytest.mark.parametrize("count", ["-1", "11", "two"])
def test_an_impossible_count_of_proxies_is_named(count):
    with pytest.raises(BadSettings, match="STORE_TRUSTED_PROXIES"):
        load_settings({"STORE_TRUSTED_PROXIES": count})


def test_every_setting_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    missing = [field.name for field in fields(Settings) if f"`STORE_{field.name.upper()}`" not in page]
    assert missing == []
