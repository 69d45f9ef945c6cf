"""Which language is answered in: explicit choice, account or order, browser, market (L10N-3)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.i18n import LOCALES, choose_locale, from_accept_language, normalize_locale

pytestmark = pytest.mark.requirement("L10N-3")
OURS = st.sampled_from([None, *LOCALES])


@given(OURS, OURS, OURS, OURS, st.lists(st.sampled_from(list(LOCALES))))
def test_the_first_that_is_there_decides(explicit, account, order, browser, market) -> None:
    wanted = [*(each for each in (explicit, account, order, browser) if each), *market, "en"][0]
    assert choose_locale(explicit, account, order, accept_language=browser, market_locales=market) == wanted


@given(st.text(max_size=60), st.lists(st.text(max_size=12)))
def test_whatever_is_asked_for_one_of_ours_is_answered_in(header, tags) -> None:
    assert choose_locale(*tags, accept_language=header, market_locales=tags) in LOCALES


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("fr-CA", "fr"),
        ("FR", "fr"),
        ("en_GB", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_Hans_CN", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("de", None),
        ("fra", None),
        ("frx-FR", None),
        ("", None),
        ("-", None),
        ("*", None),
        ("f" * 100_000, None),
        ("fr\r\nX-Evil: 1", None),
    ],
)
def test_tags_are_read_as_people_write_them(tag, locale) -> None:
    assert normalize_locale(tag) == locale


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de;q=0.9, zh;q=0.8, en;q=0.1", "zh-Hans"),
        ("en;q=0.2, fr;Q=0.3", "fr"),
        ("en;q=0.5, fr;q=0.5", "en"),
        ("en;q=0, fr;q=0.001", "fr"),
        ("en;q=0", None),
        ("fr;q=high, zh-TW;q=0.1", "zh-Hans"),
        ("fr;q=inf, en;q=0.1", "en"),
        ("fr;q=nan, en;q=0.1", "en"),
        ("fr;q=1.5, en;q=0.1", "en"),
        ("*", None),
        ("de, it", None),
        (";;,,q=", None),
        (",".join(["de"] * 10_000 + ["fr"]), None),
    ],
)
def test_the_browser_is_asked_by_its_weights(header, locale) -> None:
    assert from_accept_language(header) == locale


SPOKEN = re.compile(r"application/(problem\+)?json")


@pytest.mark.parametrize("locale", ["fr", "zh-Hans"])
async def test_every_answer_says_its_language_and_what_it_depends_on(client, keys, locale) -> None:
    """Every path that can be read, with names that nobody has: problems, lists and pages alike."""
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    read = [path for path, methods in paths.items() if "get" in methods]
    assert len(read) > 40
    wrong = []
    for path in read:
        url = re.sub(r"\{[^}]*\}", "01890a5d-ac96-774b-bcce-b302099a8057", path)
        answer = await client.get(url, headers={**keys.storefront, "X-Locale": locale})
        if not SPOKEN.match(answer.headers.get("content-type", "")):
            continue
        said = answer.headers.get("content-language"), "X-Locale" in answer.headers.get("vary", "")
        if said != (locale, True):
            wrong.append(f"{answer.status_code} {path}: {said}")
    assert not wrong, "\n".join(["", *wrong])
