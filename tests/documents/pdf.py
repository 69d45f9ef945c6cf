"""What is in a PDF, as a reader, a scanner and an archive see it."""

from __future__ import annotations

import io
import unicodedata

import pypdf
import pypdfium2
import zxingcpp


def text_of(pdf: bytes) -> str:
    """All words in reading order, one space between them; compatibility forms of letters told as the letters."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return unicodedata.normalize("NFKC", " ".join(" ".join(pages).split()))


def letters(text: str) -> str:
    """A text without what lines and typesetting do to it: no spaces, one form of each letter."""
    return "".join(unicodedata.normalize("NFKC", text).replace("\u200b", "").split())


def page_sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in millimetres."""
    return [
        (round(float(page.mediabox.width) / 72 * 25.4), round(float(page.mediabox.height) / 72 * 25.4))
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    ]


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Name → whether the font itself is in the file."""
    found = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for reference in page["/Resources"]["/Font"].values():
            font = reference.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            found[font["/BaseFont"]] = any(key.startswith("/FontFile") for key in inner["/FontDescriptor"].get_object())
    return found


def codes_of(pdf: bytes) -> set[tuple[str, str]]:
    """(kind, text) of every code that a scanner finds on the first page."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=3, grayscale=True)
        pixels = memoryview(bytes(picture.buffer)).cast("B", shape=(picture.height, picture.stride))
        return {(str(found.format), found.text) for found in zxingcpp.read_barcodes(pixels)}


def standards_of(pdf: bytes) -> dict[str, str]:
    """What the file says that it is: PDF/A part and conformance, PDF/UA part, language."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    return {
        name: metadata.partition(f"<{tag}>")[2].partition("<")[0]
        for name, tag in (("a", "pdfaid:part"), ("level", "pdfaid:conformance"), ("ua", "pdfuaid:part"))
    } | {"language": str(reader.trailer["/Root"]["/Lang"])}
