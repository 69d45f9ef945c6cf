"""The search forgives accents and case, reads three languages, and finds parts of words (CAT-4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalog import list_products, type_ahead
from store.catalog.search_text import Query, fold, grams, search_text


@pytest.mark.requirement("CAT-4")
@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("cirrolo", "cirrolo-ceiling"),
        ("CIRRO", "cirrolo-ceiling"),
        ("rolo ceil", "cirrolo-ceiling"),
        ("plafond", "cirrolo-ceiling"),
        ("point d’accès", "cirrolo-ceiling"),
        ("point d'acces", "cirrolo-ceiling"),
        ("POINT DACCÈS", "cirrolo-ceiling"),
        ("ＣＩＲＲＯＬＯ", "cirrolo-ceiling"),
        ("吸顶", "cirrolo-ceiling"),
        ("接入点", "cirrolo-ceiling"),
        ("cirrolo吸顶", "cirrolo-ceiling"),
        ("顶", "cirrolo-ceiling"),
        ("CIR-CEIL-WHT", "cirrolo-ceiling"),
        ("wifi", "vendrel-home"),
        ("wi-fi", "vendrel-home"),
    ],
)
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_a_partial_name_in_any_language_finds_the_product(demo, typed, slug, locale):
    assert slug in [found.slug for found in await type_ahead("FR", locale, typed)]
    page = await list_products("FR", locale, search=typed, limit=100)
    assert slug in [item.slug for item in page.items]


@pytest.mark.requirement("CAT-4")
async def test_suggestions_show_where_the_serial_number_stands(demo):
    (found,) = await type_ahead("FR", "fr", "plafond cirrolo")
    (picture,) = found.serial_pictures
    assert picture.path.endswith(".svg")
    assert "numéro de série" in picture.alt
    assert found.picture is not None


async def test_names_that_begin_with_what_was_typed_come_first(save, make):
    await save(
        make("middle", names={"en": "Great desk lamp"}),
        make("inside", names={"en": "Rodesky"}),
        make("begins", names={"en": "Desk lamp"}),
    )
    assert [found.slug for found in await type_ahead("FR", "en", "desk")] == ["begins", "middle", "inside"]


async def test_refurbished_products_are_suggested_to_their_owners(save, make):
    await save(make("old", condition="refurbished"))
    assert [found.slug for found in await type_ahead("FR", "en", "phone")] == ["old"]
    assert (await list_products("FR", "en", search="phone")).items == ()


@pytest.mark.parametrize("typed", ["", "   ", "!?", "%", "_", "\\", "zzzz", "' or drop --", "\x00"])
async def test_nothing_to_find_finds_nothing(demo, typed):
    assert await type_ahead("FR", "en", typed) == []


async def test_every_typed_word_must_occur(demo):
    assert await type_ahead("FR", "en", "cirrolo router") == []


async def test_what_is_not_sold_in_the_market_is_not_suggested(save, make):
    await save(make("german", markets={"DE": "EUR"}), make("gone", active=False))
    assert await type_ahead("FR", "en", "phone") == []


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=40), st.text(max_size=10))
def test_every_word_of_a_text_is_found_by_its_parts(text, other):
    """What the index keeps holds every gram that a query for a part of the text asks for."""
    kept = search_text([text, other])
    for word in fold(text).split():
        for start in range(min(len(word), 4)):
            query = Query.parse(word[start:])
            assert set(query.grams) <= set(grams(kept))
            assert all(pattern.strip("%") in kept for pattern in query.patterns)
