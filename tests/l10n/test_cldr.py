"""Amounts, numbers, dates, lists and plural forms as CLDR writes them, in every language (L10N-4)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.i18n import LOCALES, translate_plural
from store.kernel.money import Money
from store.kernel.wording import Country, spoken, spoken_facts

NARROW, WIDE = "\u202f", "\u00a0"
pytestmark = pytest.mark.requirement("L10N-4")


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french", "chinese"),
    [
        (129_900, "EUR", "€1,299.00", f"1{NARROW}299,00{WIDE}€", "€1,299.00"),
        (129_900, "USD", "$1,299.00", f"1{NARROW}299,00{WIDE}$US", "US$1,299.00"),
        (129_900, "CNY", "CN¥1,299.00", f"1{NARROW}299,00{WIDE}CNY", "¥1,299.00"),
        (1_299, "JPY", "¥1,299", f"1{NARROW}299{WIDE}JPY", "JP¥1,299"),
        (1_299_005, "KWD", "KWD1,299.005", f"1{NARROW}299,005{WIDE}KWD", "KWD1,299.005"),
        (-500, "EUR", "-€5.00", f"-5,00{WIDE}€", "-€5.00"),
        (0, "JPY", "¥0", f"0{WIDE}JPY", "JP¥0"),
        (
            999_999_999_999,
            "EUR",
            "€9,999,999,999.99",
            f"9{NARROW}999{NARROW}999{NARROW}999,99{WIDE}€",
            "€9,999,999,999.99",
        ),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(
    minor: int, currency: str, english: str, french: str, chinese: str
) -> None:
    amount = Money(minor, currency)
    assert [amount.format(locale) for locale in ("en", "fr", "zh-Hans")] == [english, french, chinese]


@given(
    st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "USD", "CNY", "JPY", "KWD"]), st.sampled_from(list(LOCALES))
)
def test_no_digit_of_an_amount_is_lost(minor: int, currency: str, locale: str) -> None:
    written = "".join(sign for sign in Money(minor, currency).format(locale) if sign.isdigit())
    assert int(written) == abs(minor)


@pytest.mark.parametrize(
    ("fact", "english", "french", "chinese"),
    [
        (date(2026, 7, 5), "July 5, 2026", "5 juillet 2026", "2026年7月5日"),
        (
            datetime(2026, 7, 5, 16, 30, tzinfo=UTC),
            f"July 5, 2026, 4:30{NARROW}PM UTC",
            "5 juillet 2026, 16:30 UTC",
            "2026年7月5日 16:30 UTC",
        ),
        (1_048_576, "1,048,576", f"1{NARROW}048{NARROW}576", "1,048,576"),
        (7, "7", "7", "7"),
        (Country("DE"), "Germany", "Allemagne", "德国"),
        (
            [Country("FR"), Country("DE"), Country("CN")],
            "France, Germany, and China",
            "France, Allemagne et Chine",
            "法国、德国和中国",
        ),
        ("order", "order", "commande", "订单"),
    ],
)
def test_facts_are_spoken_as_the_language_writes_them(fact: Any, english: str, french: str, chinese: str) -> None:
    assert [spoken(fact, locale) for locale in ("en", "fr", "zh-Hans")] == [english, french, chinese]


def test_numbers_for_programs_stay_numbers() -> None:
    assert spoken_facts({"most": 12_000, "urgent": True}, "fr") == {"most": f"12{NARROW}000", "urgent": True}


DEVICES = ("{count} device can still be registered.", "{count} devices can still be registered.")


@pytest.mark.parametrize(
    ("locale", "count", "text"),
    [
        ("en", 0, "0 devices can still be registered."),
        ("en", 1, "1 device can still be registered."),
        ("en", 2, "2 devices can still be registered."),
        ("fr", 0, "0 appareil peut encore être enregistré."),
        ("fr", 1, "1 appareil peut encore être enregistré."),
        ("fr", 2, "2 appareils peuvent encore être enregistrés."),
        ("fr", 12_000, f"12{NARROW}000 appareils peuvent encore être enregistrés."),
        ("zh-Hans", 0, "还可注册0台设备。"),
        ("zh-Hans", 1, "还可注册1台设备。"),
        ("zh-Hans", 12_000, "还可注册12,000台设备。"),
    ],
)
def test_a_count_takes_the_form_of_its_language(locale: str, count: int, text: str) -> None:
    assert translate_plural(locale, *DEVICES, count) == text
