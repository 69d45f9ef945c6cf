"""Whatever a buyer is called and wherever they live, the invoice is made, and says it as text."""

from __future__ import annotations

import pytest

from documents.norm import broken_rules, embedded, texts
from documents.pdf import fonts_of, letters, page_sizes, text_of
from documents.samples import Sample
from store.markets import load_markets

TYPED = {
    "emoji": "Ana 👩‍👩‍👧‍👦🏽",
    "right to left": "يوسف بن محمد",
    "override": "\u202egnitirw",
    "html": "<script>alert(1)</script> &amp;",
    "typst": '#image("/etc/passwd") *bold* $x$ #sys.inputs',
    "xml": "]]><!-- <a b='c'>",
    "long": "x" * 500,
    "long words": "très longue adresse " * 25,
    "han": "深圳市南山区科技园" * 20,
}


@pytest.fixture(autouse=True, scope="module")
def _markets() -> None:
    load_markets()


@pytest.mark.requirement("DOC-3", "DOC-5")
@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED.keys())
async def test_what_a_buyer_typed_is_text_on_paper_and_in_the_data(typed):
    sample = Sample(locale="fr")
    row = sample.invoice_row()
    row["buyer"] |= {"name": typed, "address": [typed, typed, "75001 PARIS"]}
    row["buyer"]["postal"] = {"name": typed, "line1": typed, "city": typed, "country": "FR"}
    row["lines"][0]["names"] = {"en": typed}
    row |= {"customer_reference": typed, "purchase_order_number": typed, "ship_to": [typed] * 4}
    pdf = await sample.invoice(row)
    assert await sample.invoice(row) == pdf
    said = letters(text_of(pdf))
    assert "root:" not in said
    assert letters(row["number"]) in said
    assert all(fonts_of(pdf).values())
    assert set(page_sizes(pdf)) == {(210, 297)}
    xml = embedded(pdf)
    assert broken_rules(xml) == []
    assert texts(xml, "BuyerTradeParty/Name") == [typed.strip()]
