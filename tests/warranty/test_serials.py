"""Serial numbers as people type, paste and scan them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalog.serial_numbers import LOOK_ALIKES_MAX, InvalidSerial, look_alikes, read_serial
from store.kernel.wording import problem

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRTUVWXYZ"
serials = st.builds("{}{}".format, st.sampled_from(SIGNS), st.text(alphabet=f"{SIGNS}./-", min_size=2, max_size=39))
FULL_WIDTH = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in f"{SIGNS}{SIGNS.lower()}./-"})


def refusal(text: str) -> InvalidSerial:
    with pytest.raises(InvalidSerial) as refused:
        read_serial(text)
    return refused.value


@pytest.mark.requirement("WAR-2")
@given(serials)
def test_what_an_input_method_did_to_a_serial_is_mended(serial):
    assert read_serial(serial) == serial
    assert read_serial(f"\u3000{serial.lower()}\t\n") == serial
    assert read_serial(serial.translate(FULL_WIDTH)) == serial
    assert read_serial(serial.replace("-", "—")) == serial
    assert read_serial("\u200b".join(serial)) == serial


@pytest.mark.requirement("WAR-2")
@given(st.text(max_size=60))
def test_every_text_is_read_for_good_or_refused_with_a_suggestion_that_can_be_read(text):
    try:
        serial = read_serial(text)
    except InvalidSerial as refused:
        suggestion = refused.facts["suggestion"]
        assert suggestion is None or read_serial(suggestion) == suggestion
    else:
        assert read_serial(serial) == serial
        assert "S" not in serial
        assert " " not in serial


@pytest.mark.requirement("WAR-2")
@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("", "empty", None),
        (" \u3000", "empty", None),
        ("A1", "too_short", None),
        ("A" * 41, "too_long", None),
        ("HD 10 01", "has_space", "HD1001"),
        ("HDS001", "has_letter_s", "HD5001"),
        ("hds 001", "has_space", "HD5001"),
        ("ＨＤＳ００１", "has_letter_s", "HD5001"),
        ("S/N: HD1001", "has_space", "HD1001"),
        ("序列号：HD1001", "bad_sign", "HD1001"),
        ("*HD1001*", "bad_sign", None),
        ("-HD1001", "bad_sign", None),
        ("НD1001", "bad_sign", None),  # the first letter is Cyrillic
        ("HD_1001", "bad_sign", None),
        ("HD1001\0", "bad_sign", None),
    ],
)
def test_a_refused_serial_says_why_and_what_may_be_meant(text, reason, suggestion):
    facts = refusal(text).facts
    assert (facts["reason"], facts["suggestion"]) == (reason, suggestion)


@pytest.mark.requirement("WAR-2", "L10N-2")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
def test_the_refusal_names_what_was_typed_and_what_is_meant(locale):
    said = problem(refusal("hds001"), locale)
    assert (said["status"], said["code"], said["suggestion"]) == (422, "invalid_serial", "HD5001")
    assert "hds001" in said["detail"]
    assert "HD5001" in said["detail"]
    assert "{" not in said["detail"]
    assert "has letter" not in said["detail"]


@pytest.mark.requirement("WAR-2")
def test_what_was_typed_is_not_echoed_without_end():
    assert len(refusal("A" * 100_000).facts["serial"]) <= 60


@pytest.mark.requirement("WAR-2")
@given(serials)
def test_look_alikes_are_serials_other_than_what_was_typed(serial):
    found = look_alikes(serial)
    assert len(found) == len(set(found)) <= LOOK_ALIKES_MAX
    assert serial not in found
    assert all(read_serial(each) == each and len(each) == len(serial) for each in found)


@pytest.mark.requirement("WAR-2")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("HDO1001", "HD01001"),
        ("HDOO", "HD00"),
        ("HDI001", "HD1001"),
        ("HB1001", "H81001"),
        ("HDS", "HD5"),
        ("Z001", "2001"),
    ],
)
def test_the_signs_that_are_mixed_up_are_exchanged(typed, meant):
    assert meant in look_alikes(typed)


@pytest.mark.requirement("WAR-2")
def test_a_serial_without_doubtful_signs_has_no_look_alikes():
    assert look_alikes("7734-CD") == []
