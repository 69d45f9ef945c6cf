"""Post boxes are recognised in every language and spelling, and ordinary streets are left alone (CRT-5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.markets import InvalidAddress, PostBoxRefused, get_market, is_post_box, normalize_address

POST_BOXES = [
    "PO Box 123",
    "P.O. Box 123",
    "P. O. Box 123",
    "p.o.box 7",
    "po box",
    "PO BOX A",
    "POBOX 12",
    "POBox12",
    "P O Box 12",
    "P  O   B o x 12",
    "P-O-Box 12",
    "P.O.B. 12",
    "POB 12",
    "P.O.B 4711",
    "PO Bx 12",
    "P.0. B0x 12",
    "PO-Box #12",
    "Suite 4, PO Box 12",
    "12 Main St, P.O. Box 99",
    "Ｐ．Ｏ．　Ｂｏｘ　１２",
    "P\u200b.O\u200b. B\u00adox 12",
    "(PO Box 12)",
    "Post Office Box 12",
    "post  office  box 12",
    "Postal Box 12",
    "Post Box 12",
    "Postbox 12",
    "POST-BOX 12",
    "GPO Box 2890",
    "P.O. Drawer 12",
    "Locked Bag 40",
    "Private Bag 12",
    "Box 123",
    "box #9",
    "BP 123",
    "B.P. 123",
    "B P 123",
    "bp123",
    "BP n° 12",
    "BP No. 12",
    "ZI Nord - BP 40012",
    "12 rue de la Paix, BP 7",
    "12 rue de la Paix BP 7",
    "Boîte postale 12",
    "boite postale 12",
    "BOÎTE POSTALE",
    "Boi\u0302te postale 3",
    "boîtes postales 3 et 4",
    "Bte postale 9",
    "CS 12345",
    "CS 40 001",
    "C.S. 70001",
    "12 avenue Foch CS 12345",
    "TSA 12345",
    "Case postale 12",
    "Postfach 12 34 56",
    "Postfach",
    "POSTFACH 1234",
    "Packstation 145",
    "DHL Packstation 12",
    "PACK-STATION 12",
    "Postfiliale 502",
    "Postbus 123",
    "Casella postale 5",
    "Apartado de Correos 12",
    "Apartado postal 12",
    "Caixa Postal 12",
    "邮政信箱 100号",
    "北京市2861信箱",
    "郵政信箱12號",
    "信箱",
    "第12号信箱",
    "信箱 12",
    "邮 政 信 箱 12",
    "邮政信箱１２３",
    "北京100088信箱分箱5",
    "上海邮政专用信箱8号",
    "P.O.信箱 12",
    "兰州市123邮箱",
    "兰州市一二三号邮箱",
    "邮箱第12号",
    "邮政邮箱 8",
    "私書箱12号",
    "사서함 12호",
    "а/я 123",
    "Абонентский ящик 7",
]

STREETS = [
    "12 Boxer Street",
    "Post Street 12",
    "100 Post St",
    "1 Post Office Square",
    "12 Old Post Office Road",
    "Post Office Lane 4",
    "3 Post Box Lane",
    "12 Postbox Cottages",
    "Postal Way 7",
    "Box Hill Road 12",
    "12 Boxwood Drive",
    "Apt 5, 12 Box Street",
    "BPM Avenue 12",
    "12 rue du BP Jean",
    "Rue du BP Jean",
    "12 Rue Bernard Palissy",
    "Station BP, route de Lyon",
    "Bâtiment B P 12",
    "Bât. B, P 3",
    "Immeuble B, porte 12",
    "Tour CS 12",
    "CS 12 Building",
    "CSX Avenue 12345",
    "12 rue de la Boîte",
    "Place de la Poste 5",
    "12 rue de la Poste",
    "4 rue de la Boîte Postale",
    "Poststraße 5",
    "Alte Poststr. 12",
    "Postplatz 1",
    "Postfachweg 3",
    "Packstationstraße 4",
    "Boxhagener Straße 12",
    "Packhofstraße 12",
    "Am Postgut 2",
    "Pfarrgasse 12",
    "Pfälzer Str. 3",
    "Via Po 12",
    "Via Po B12",
    "Corso Po 3",
    "1 Poboda Street",
    "Depot Box Factory 12",
    "Hypo Boxenstopp 3",
    "12 Poets Boxing Club Road",
    "12 Main St Bldg BP 4",
    "Suite B P12",
    "Lot B P12",
    "5 B, P 12",
    "12B P3 rue Foch",
    "Apt B, Pine St 12",
    "10 Downing Street",
    "1600 Pennsylvania Avenue NW",
    "RR 2 Box 12",
    "信箱路12号",
    "信箱街3号",
    "绿色信箱巷5号",
    "信箱北路8号",
    "信箱村12号",
    "邮政路12号",
    "邮电局宿舍3号楼",
    "邮箱厂路9号",
    "中山路100号邮政大厦",
    "科技园南区 1栋 B座 P12",
    "丰巢智能柜旁 12号",
    "建国路88号",
    "",
    "   ",
    "12",
]

ANY_COUNTRY = ["FR", "DE", "US", "CN", "BE", "NL", ""]


@pytest.mark.requirement("CRT-5")
@pytest.mark.parametrize("country", ANY_COUNTRY)
@pytest.mark.parametrize("line", POST_BOXES)
def test_a_post_box_is_recognised_whatever_the_language_and_country(line, country):
    assert is_post_box(line, country)


@pytest.mark.requirement("CRT-5")
@pytest.mark.parametrize("country", ANY_COUNTRY)
@pytest.mark.parametrize("line", STREETS)
def test_an_ordinary_street_is_not_a_post_box(line, country):
    assert not is_post_box(line, country)


def test_a_german_abbreviation_counts_in_german_countries_only():
    assert is_post_box("Pf 10 01 23", "DE")
    assert not is_post_box("Bldg Pf 12", "US")


def test_budapest_is_not_a_post_box():
    assert not is_post_box("Bp. 1051", "HU")


WORDS = st.sampled_from(
    [
        "PO Box",
        "P.O. Box",
        "Post Office Box",
        "BP",
        "B.P.",
        "Boîte postale",
        "Postfach",
        "Packstation",
        "邮政信箱",
        "信箱",
    ]
)
BLANK = st.text(st.sampled_from(" \t\u00a0\u3000\u2009"), min_size=1, max_size=4)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@given(WORDS, st.integers(1, 99_999), BLANK, BLANK, st.sampled_from([str, str.upper, str.lower, full_width]))
def test_spelling_does_not_hide_a_post_box(word, number, before, between, spelled):
    assert is_post_box(spelled(before + word + between + str(number)), "FR")


@given(st.text(max_size=200), st.sampled_from(ANY_COUNTRY))
def test_no_text_breaks_the_recognition(line, country):
    assert is_post_box(line, country) in {True, False}


NAMES = st.from_regex(r"[A-Z][a-z]{2,9}", fullmatch=True).filter(lambda name: "box" not in name.lower())


@given(st.integers(1, 9999), NAMES)
def test_a_numbered_street_of_any_name_is_not_a_post_box(number, name):
    assert not is_post_box(f"{number} rue {name}", "FR")
    assert not is_post_box(f"{number} {name} Street", "US")


FRENCH = {"name": "Zoé", "postcode": "75001", "city": "Paris", "country": "FR"}


@pytest.mark.requirement("CRT-5")
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"line1": "BP 123"}, "line1"),
        ({"line1": "12 rue X", "line2": "boîte postale 7"}, "line2"),
        ({"line1": "12 rue X", "company": "Postfach 12"}, "company"),
        ({"line1": "P.O.", "line2": "Box 12 B"}, "line1"),
        ({"line1": "邮政信箱 7"}, "line1"),
    ],
)
def test_an_address_with_a_post_box_is_refused_by_field(fields, named):
    with pytest.raises(PostBoxRefused) as caught:
        normalize_address({**FRENCH, **fields}, get_market("FR"))
    assert caught.value.facts["field"] == named
    assert caught.value.facts["errors"][0]["code"] == "post_box"


def test_a_post_box_among_other_mistakes_is_listed_with_them():
    with pytest.raises(InvalidAddress) as caught:
        normalize_address({**FRENCH, "line1": "BP 12", "postcode": "x"}, get_market("FR"))
    assert {error["field"]: error["code"] for error in caught.value.facts["errors"]} == {
        "line1": "post_box",
        "postcode": "invalid_postcode",
    }


def test_a_billing_address_may_be_a_post_box():
    assert normalize_address({**FRENCH, "line1": "BP 123"}).line1 == "BP 123"
