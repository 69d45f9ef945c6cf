"""A label finds its return again whoever reads it, and whatever a sender is called."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.pdf import codes_of, fonts_of, letters, page_sizes, standards_of, text_of
from store.documents import NotALabel, ReturnLabel, make_label, packing_advice_html
from store.documents.return_label import (
    ACCESSORIES,
    KEEP_PROOF,
    LINE_SIGNS_MAX,
    PACKING,
    TRACKED_ANY,
    WARNING,
    YOUR_DUTY,
    advice_of,
)
from store.kernel.i18n import translate
from store.markets import get_market, load_markets

NUMBER = "RMA-7K3M-9QX2"
A4, LETTER = (210, 297), (216, 279)
INJECTION = '#image("/etc/passwd") *bold* $x$ #sys.inputs `raw` <label> @ref // \\ [x] \u202eevil'
ENGLISH = ("Return label", "Packing advice", "RMA number", "Serial number", "parcel", "Recipient", "Sender", "Product")


@pytest.fixture(scope="module", autouse=True)
def _markets():
    load_markets()


def label(market: str = "FR", locale: str = "fr", **facts) -> ReturnLabel:
    return ReturnLabel(
        **{
            "rma_number": NUMBER,
            "market": market,
            "locale": locale,
            "return_address": get_market(market).return_address.lines,
            "sender": ("Camille Moreau", "12 rue de Rivoli", "75001 PARIS"),
            "units": [("SN-0001-A", "Casque"), ("SN-0002-B", "耳机")],
            "issued_at": datetime(2026, 1, 2, 10, tzinfo=UTC),
            "customer_reference": "PO 4711/b",
            "carrier": get_market(market).return_carrier.names[locale],
            "checklist": ("USB-C", "Dock"),
            **facts,
        }
    )


@pytest.mark.requirement("RMA-14")
@pytest.mark.parametrize("number", [NUMBER, "FR-RMA-0000-0000", "R1", "X" * 40])
async def test_a_scanner_reads_the_rma_number_from_both_codes(number):
    pdf = await make_label(label(rma_number=number))
    assert codes_of(pdf) == {("QR Code", number), ("Code 128", number)}


@pytest.mark.requirement("RMA-14", "RMA-15")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_a_label_says_all_in_the_readers_language(locale):
    made = label(locale=locale)
    text = letters(text_of(await make_label(made)))
    for sentence in (WARNING, PACKING, ACCESSORIES, YOUR_DUTY, KEEP_PROOF):
        assert letters(translate(locale, sentence)) in text
    for fact in (NUMBER, "PO 4711/b", "SN-0001-A", "SN-0002-B", "耳机", "USB-C", *made.return_address, *made.sender):
        assert letters(fact) in text
    assert letters(made.carrier) in text


@pytest.mark.requirement("L10N-1", "RMA-14")
@pytest.mark.parametrize("locale", ["fr", "zh-Hans"])
async def test_no_english_stands_on_a_label_in_another_language(locale):
    text = text_of(await make_label(label(locale=locale)))
    assert [word for word in ENGLISH if word in text] == []


@pytest.mark.requirement("DOC-5")
@pytest.mark.parametrize(("market", "size"), [("FR", A4), ("DE", A4), ("CN", A4), ("US", LETTER)])
async def test_paper_is_that_of_the_market(market, size):
    pdf = await make_label(label(market=market, locale="en", carrier=""))
    assert page_sizes(pdf) == [size, size]


@pytest.mark.requirement("DOC-5")
@pytest.mark.parametrize(("locale", "language"), [("en", "en"), ("fr", "fr"), ("zh-Hans", "zh-CN")])
async def test_every_font_is_embedded_and_subset_and_the_file_is_for_archives_and_screen_readers(locale, language):
    pdf = await make_label(label(locale=locale, sender=("يوسف بن محمد", "Ελένη", "Łódź")))
    fonts = fonts_of(pdf)
    assert {name.split("+")[1].split("-")[0] for name in fonts} >= {"NotoSans", "NotoSansSC", "NotoSansArabic"}
    assert all(fonts.values())
    assert all(len(name.lstrip("/").partition("+")[0]) == 6 for name in fonts)
    assert standards_of(pdf) == {"a": "2", "level": "A", "ua": "1", "language": language}
    assert len(pdf) < 120_000


async def test_the_same_label_is_the_same_bytes_from_any_thread():
    made = await asyncio.gather(*(make_label(label()) for _ in range(40)))
    assert set(made) == {made[0]}
    assert await make_label(label(issued_at=datetime(2026, 1, 3, tzinfo=UTC))) != made[0]


@pytest.mark.parametrize("field", ["sender", "return_address", "customer_reference", "units", "checklist", "carrier"])
async def test_what_a_person_typed_is_text_and_never_markup(field):
    typed = {"units": [(INJECTION, INJECTION)], "customer_reference": INJECTION, "carrier": INJECTION}
    pdf = await make_label(label(**{field: typed.get(field, (INJECTION,))}))
    text = letters(text_of(pdf))
    assert letters(INJECTION.replace("\u202e", "")) in text
    assert "root:" not in text


async def test_what_no_font_has_becomes_one_safe_sign_and_is_logged(caplog):
    text = text_of(await make_label(label(sender=("Ana 👩‍👩‍👧‍👦🏽 B", "네이버", "ok"))))
    assert "Ana □ B □ ok" in text
    assert "U+1F469" in caplog.text


async def test_a_label_stays_one_page_however_long_its_texts_are():
    long = await make_label(
        label(sender=["x" * 500, "word " * 100, "汉" * 500] * 9, customer_reference="r" * 500, carrier="c" * 500)
    )
    assert codes_of(long) >= {("QR Code", NUMBER), ("Code 128", NUMBER)}
    assert len(page_sizes(long)) == 2
    assert "x" * (LINE_SIGNS_MAX + 1) not in letters(text_of(long))


async def test_fifty_units_go_over_as_many_pages_as_they_need():
    units = [(f"SERIAL-{number:03}", "A product with a name " * 9) for number in range(50)]
    text = text_of(await make_label(label(units=units)))
    assert all(serial in text for serial, _ in units)


@pytest.mark.parametrize("number", ["", "x" * 41, "RMA 中", "RMA\n1", "é"])
async def test_a_number_that_no_scanner_would_read_is_refused(number):
    with pytest.raises(NotALabel):
        await make_label(label(rma_number=number))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=6), st.text(max_size=40), st.sampled_from(["en", "fr", "zh-Hans"]))
def test_no_text_breaks_a_label(sender, name, locale):
    made = replace(label(locale=locale), sender=sender, units=[(name, name)], customer_reference=name, carrier=name)
    assert asyncio.run(make_label(made)).startswith(b"%PDF-1.7")


@pytest.mark.requirement("RMA-13", "RMA-15")
@pytest.mark.parametrize(("locale", "language"), [("en", "en"), ("fr", "fr"), ("zh-Hans", "zh-Hans-CN")])
def test_the_advice_page_stands_alone_and_escapes_what_was_typed(locale, language):
    page = packing_advice_html(
        label(locale=locale, units=[("<script>", "<b>&</b>")], customer_reference="<i>", carrier=""), ("<u>dock</u>",)
    )
    assert f'<html lang="{language}">' in page
    for advice in (
        *advice_of(label(locale=locale, carrier="")),
        translate(locale, WARNING),
        translate(locale, TRACKED_ANY),
    ):
        assert advice.replace("'", "&#39;") in page
    for typed in ("<script>", "<b>", "<i>", "<u>"):
        assert typed not in page
    assert "&lt;u&gt;dock&lt;/u&gt;" in page
    for elsewhere in ("http:", "https:", "src=", "@import", "url(", "<link"):
        assert elsewhere not in page


@pytest.mark.requirement("RMA-15")
def test_the_recommended_carrier_is_named_where_there_is_one():
    assert any("La Poste" in text for text in advice_of(label()))
    assert not any("{" in text for text in advice_of(label(carrier="")))
