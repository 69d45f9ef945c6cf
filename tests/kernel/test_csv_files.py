"""CSV files as people send them, and as the store writes them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel.csv_files import (
    CsvBadQuotes,
    CsvCellTooLong,
    CsvEmpty,
    CsvIsWorkbook,
    CsvLimits,
    CsvRefused,
    CsvTooLarge,
    CsvTooManyRows,
    CsvTooWide,
    CsvUnknownEncoding,
    read_csv,
    write_csv,
)

FRENCH = "numéro;prénom;ville\nA1;Zoé;Besançon\nA2;Chloë née Lefèvre;Sète – l’Étang\n"
CHINESE = "序列号;名;城市\nA1;伟;北京\nA2;秀英;乌鲁木齐\n"


def read(content: bytes | str, **limits):
    header, rows = read_csv(content.encode() if isinstance(content, str) else content, limits=CsvLimits(**limits))
    return header, list(rows)


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_french_files_read_the_same_in_every_encoding_that_excel_writes(encoding):
    header, rows = read(FRENCH.encode(encoding))
    assert header == ["numéro", "prénom", "ville"]
    assert rows == [(2, ["A1", "Zoé", "Besançon"]), (3, ["A2", "Chloë née Lefèvre", "Sète – l’Étang"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_files_read_the_same_in_every_encoding_that_excel_writes(encoding):
    assert read(CHINESE.encode(encoding)) == read(CHINESE)
    rare = CHINESE.replace("秀英", "朱镕基")  # beyond GB 2312
    assert read(rare.encode(encoding))[1][1] == (3, ["A2", "朱镕基", "乌鲁木齐"])


def test_an_accent_in_an_english_table_is_no_chinese():
    assert read("serial,name\nA1,Créée\nA2,Zoé Ü\n".encode("cp1252"))[1][0] == (2, ["A1", "Créée"])


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize(
    "content", [b"serial;name\nA1;\x81\x8d\x9d", b"\xff\xfea", b"serial;name\nA1;\x00", b"a;\xe9\x81b"]
)
def test_unknown_letters_are_refused_and_never_guessed(content):
    with pytest.raises(CsvUnknownEncoding):
        read(content)


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("hint", ["", "sep={}\n", '"sep={}"\r\n'])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_separators_are_found(separator, hint, line_end):
    text = hint.format(separator) + line_end.join([f"a{separator}b", f'" 1 "{separator}"2{separator}3"', ""])
    assert read(text) == (["a", "b"], [(2, ["1", f"2{separator}3"])])


def test_rows_have_the_numbers_that_the_spreadsheet_shows():
    text = 'a;b\n;;\n"1\nand more";2\n\n3;4\n'
    assert read(text) == (["a", "b"], [(3, ["1\nand more", "2"]), (5, ["3", "4"])])
    _, rows = read_csv(text.encode(), first_row=5)
    assert list(rows) == [(5, ["3", "4"])]


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize(
    ("content", "refusal", "facts"),
    [
        ("", CsvEmpty, {}),
        (" \r\n", CsvEmpty, {}),
        (";;\n1;2", CsvEmpty, {}),
        (b"PK\x03\x04rest", CsvIsWorkbook, {}),
        (b"\xd0\xcf\x11\xe0rest", CsvIsWorkbook, {}),
        ("a\n" + "b" * 1_100_000, CsvTooLarge, {"megabytes": 1}),
        ("a\n1\n2\n3\n4\n5\n6", CsvTooManyRows, {"most": 5}),
        ("a" + "\n" * 1000, CsvTooManyRows, {"most": 5}),
        ("a\n" + ";" * 50, CsvTooWide, {"row": 2, "most": 10}),
        (";" * 50 + "\na", CsvTooWide, {"row": 1, "most": 10}),
        ("a\n1\n" + "b" * 101, CsvCellTooLong, {"row": 3, "most": 100}),
        ('a\n1\n"' + "b;\n" * 300_000, CsvCellTooLong, {"row": 3, "most": 100}),
        ('a\n1\n"b', CsvBadQuotes, {"row": 3}),
        ('a\n"b"c"', CsvBadQuotes, {"row": 2}),
    ],
)
def test_bombs_and_strangers_are_refused_by_name(content, refusal, facts):
    with pytest.raises(refusal) as refused:
        read(content, megabytes=1, rows=5, columns=10, cell=100)
    assert refused.value.facts == facts
    assert isinstance(refused.value, CsvRefused)


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "'=1",
    "＝1",
    "=1;=2",
    '="a"',
    "%0",
]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
def test_no_formula_leaves_the_store_and_the_text_comes_back_as_it_was(text, locale):
    content = write_csv([["a", "b"], [text, "x"]], locale=locale)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";,"[locale != "fr"]))
    assert rows[1][0].startswith("'")
    assert read(content)[1] == [(2, [text.strip(), "x"])]


@pytest.mark.parametrize(
    "text",
    [
        "a,=cmd|' /C calc'!A0,b",
        "a;=1",
        "a\t=1",
        "two\n=2 lines",
        "a, +1",
        'a,"=1',
        "a,;\r\n'=1",
        "a,\n\n@b",
        "-a,-b;-c",
    ],
)
@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("splits", [";", ",", "\t"])
def test_no_formula_comes_out_in_a_spreadsheet_that_splits_at_other_signs(text, locale, splits):
    content = write_csv([["a", "b"], ["first", text, "x"]], locale=locale)
    lines = content.decode("utf-8-sig").replace("\r", "\n").split("\n")
    seen = [cell for line in lines for cell in line.split(splits)]
    assert not [cell for cell in seen if cell.lstrip(' "').startswith(("=", "+", "-", "@"))]
    assert read(content)[1] == [(2, ["first", text, "x"])]


@given(st.text("a;,\t\r\n =+-'\"", max_size=30))
def test_signs_within_a_cell_come_back_as_they_were(text):
    for locale in ("en", "fr"):
        assert [cells for _, cells in read_csv(write_csv([["a", "b"], [text, "x"]], locale=locale))[1]] == [
            [text.strip(), "x"]
        ]


def test_numbers_stay_numbers_and_nothing_is_nothing():
    assert write_csv([[-5, Decimal("-1.50"), "-5", None, True]], locale="fr") == "\ufeff-5;-1.50;'-5;;True\r\n".encode()


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40), min_size=1))
def test_what_is_written_is_read_and_begins_like_no_formula(texts):
    for locale in ("en", "fr"):
        content = write_csv([["head", "end"], *([text, "end"] for text in texts)], locale=locale)
        _, rows = read_csv(content)
        assert [cells for _, cells in rows] == [[text.strip(), "end"] for text in texts]
        written = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";,"[locale == "en"])
        assert all(not cells[0].strip().startswith(tuple("=+-@＝＋－＠")) for cells in written)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    try:
        header, rows = read_csv(content)
        list(rows)
    except CsvRefused:
        return
    assert any(header)
