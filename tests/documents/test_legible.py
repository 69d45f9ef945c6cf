"""What a person typed is printed as far as fonts go, and steers nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import fonts
from store.documents.fonts import font_set, known_signs
from store.documents.legible import SAFE_SIGN, legible


@pytest.mark.requirement("DOC-5")
def test_the_fonts_have_what_our_languages_are_written_with():
    for sign in "éèêëàâçùûüîïôœÆŒ«»’“”–—…€£¥№×·²½\u00a0\u202fßñłőşžαωЖяẹệاپגーア中国龘，。：；！？（）「」〇":
        assert (ord(sign) in known_signs()) is (sign != "ג"), sign
    assert not set(map(ord, "😀한")) & known_signs()


def test_a_missing_font_stops_everything_instead_of_printing_nothing(monkeypatch):
    monkeypatch.setitem(fonts.FONTS, "Noto Sans Atlantis", ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"))
    font_set.cache_clear()
    try:
        with pytest.raises(RuntimeError, match="Noto Sans Atlantis"):
            font_set()
    finally:
        font_set.cache_clear()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Rue de l’Été", "Rue de l’Été"),
        ("e\u0301te\u0301", "été"),
        ("a\u202eb\u2066c\u200fd\ufeff", "abcd"),
        ("a\tb\x00c\x1bd", "a bcd"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩‍👩‍👧‍👦🏽", SAFE_SIGN),
        ("1 😀 2", f"1 {SAFE_SIGN} 2"),
        ("❤️", SAFE_SIGN),
        ("\ue000\uffff", SAFE_SIGN),
        ("a\u2003b", "a\u2003b"),
    ],
)
def test_each_sign_is_kept_left_out_or_replaced(typed, shown):
    assert legible(typed) == shown


@given(st.text(max_size=200))
def test_legible_text_stays_as_it_is_and_always_has_a_place_to_break(text):
    shown = legible(text)
    assert legible(shown) == shown
    assert not re.search(r"[^\s\u200b\u2e80-\uffef]{29}", shown)
    assert all(ord(sign) in known_signs() for sign in shown if sign not in "\n\u200b\u200c")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_data_keeps_its_shape(data):
    def shape(value):
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    assert shape(legible(data)) == shape(data)
