"""Every kind of document in every language, as it was looked at and approved: its words, and how its pages look.

`pytest tests/documents/test_golden.py --update-golden` approves what is so now. Pages are kept as small grey images
(PGM, which image viewers open); a page may differ by what another machine's rounding does, not by what a reader sees.
"""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from documents.norm import broken_rules, embedded
from documents.pdf import fonts_of, standards_of
from documents.samples import Sample
from store.documents.legible import SAFE_SIGN
from store.kernel.i18n import LOCALES
from store.markets import load_markets

GOLDEN = Path(__file__).parents[1] / "golden" / "documents"
KINDS = (
    "invoice",
    "repair_invoice",
    "long_invoice",
    "credit_note",
    "order_summary",
    "packing_slip",
    "return_label",
)
SCALE = 0.14  # of 72 dots an inch: 83 by 117 for A4
MEAN_DIFFERENCE_MAX = 1.0
SIGN_DIFFERENCE_MAX = 70


@pytest.fixture(autouse=True, scope="module")
def _markets() -> None:
    load_markets()


@pytest.mark.requirement("DOC-3", "DOC-5", "REF-8", "RMA-14", "SHP-4", "L10N-1")
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_document_reads_and_looks_as_it_was_approved(pytestconfig, kind, locale):
    pdf = await Sample(locale=locale).make(kind)
    words, pages = read(pdf), images(pdf)
    text = GOLDEN / f"{kind}.{locale}.txt"
    shown = [GOLDEN / f"{kind}.{locale}.{number}.pgm" for number in range(1, len(pages) + 1)]
    if pytestconfig.getoption("--update-golden"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        text.write_text(words, "utf-8")
        for file, page in zip(shown, pages, strict=True):
            file.write_bytes(page)
    assert words == text.read_text("utf-8")
    for file, page in zip(shown, pages, strict=True):
        assert difference(file.read_bytes(), page) == ""
    assert SAFE_SIGN not in words
    assert all(fonts_of(pdf).values())


@pytest.mark.requirement("DOC-3", "REF-8")
@pytest.mark.parametrize("kind", ["invoice", "repair_invoice", "credit_note", "long_invoice"])
async def test_the_approved_documents_have_data_that_keep_the_rules(kind):
    pdf = await Sample(locale="fr").make(kind)
    assert broken_rules(embedded(pdf)) == []
    assert standards_of(pdf)["a"] == "3"


async def test_a_table_over_several_pages_repeats_its_head_and_carries_its_sum():
    pdf = await Sample(locale="fr").make("long_invoice")
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) == 3
    for page, has_before, has_after in zip(pages, (False, True, True), (True, True, False), strict=True):
        assert "Prix unitaire" in page
        assert ("À reporter" in page) == has_after
        assert ("Report " in page.replace("\u202f", " ").replace("\r\n", " ")) == has_before


def read(pdf: bytes) -> str:
    """The words as a reader's program finds them, line by line, a form feed between pages."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    return "\f\n".join(pages).replace("\u200b", "").rstrip() + "\n"


def images(pdf: bytes) -> list[bytes]:
    """Each page as a portable greymap."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            picture = page.render(scale=SCALE, grayscale=True)
            rows = bytes(picture.buffer)
            pixels = b"".join(rows[start : start + picture.width] for start in range(0, len(rows), picture.stride))
            found.append(b"P5 %d %d 255\n" % (picture.width, picture.height) + pixels)
    return found


def difference(approved: bytes, page: bytes) -> str:
    """ "" for what looks the same, or what differs."""
    head, _, before = approved.partition(b"\n")
    new_head, _, now = page.partition(b"\n")
    if head != new_head:
        return f"{head!r} became {new_head!r}"
    apart = [abs(one - other) for one, other in zip(before, now, strict=True)]
    mean, most = sum(apart) / len(apart), max(apart)
    return "" if mean <= MEAN_DIFFERENCE_MAX and most <= SIGN_DIFFERENCE_MAX else f"mean {mean:.2f}, at most {most}"
