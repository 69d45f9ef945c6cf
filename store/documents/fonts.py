"""The fonts of all documents, and which signs they have (DOC-5).

They come from packages (Noto, SIL Open Font License), never from the machine, so that a document looks the same
wherever it is made. Typst subsets and embeds what a document uses.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst

# Family → (package, file). The first family that has a sign sets it. Han comes in one weight only.
FONTS = {
    "Noto Sans": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    "Noto Sans SC": ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    "Noto Sans Arabic": ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
}


@cache
def font_set() -> typst.Fonts:
    """Read once, shared by all compilers. Raises RuntimeError without a font: typst would leave its text out."""
    folders = sorted({str(path.parent) for path in _paths()})
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if missing := set(FONTS) - set(fonts.families()):
        msg = f"fonts are missing: {', '.join(sorted(missing))}"
        raise RuntimeError(msg)
    return fonts


@cache
def known_signs() -> frozenset[int]:
    """The code points that at least one font has: 40,000 of them, read in a few milliseconds."""
    return frozenset(sign for path in _paths() for sign in _signs_of(path.read_bytes()))


def _paths() -> list[Path]:
    return [Path(str(files(package).joinpath(name))) for package, name in FONTS.values()]


def _signs_of(font: bytes) -> Iterator[int]:
    """The code points of a font's character map, formats 4 and 12 (OpenType 1.9, `cmap`)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    directory = (struct.unpack_from(">4sLLL", font, 12 + 16 * position) for position in range(tables))
    (start,) = (offset for tag, _, offset, _ in directory if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    for position in range(count):
        platform, _, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * position)
        if platform not in {0, 3}:
            continue
        at = start + offset
        (kind,) = struct.unpack_from(">H", font, at)
        if kind == 12:
            yield from _signs_of_format_12(font, at)
        elif kind == 4:
            yield from _signs_of_format_4(font, at)


def _signs_of_format_12(font: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">L", font, at + 12)
    for first, last, _ in struct.iter_unpack(">LLL", font[at + 16 : at + 16 + 12 * groups]):
        yield from range(first, last + 1)


def _signs_of_format_4(font: bytes, at: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    segments = doubled // 2
    ends, starts = at + 14, at + 16 + doubled
    for end, start, delta, reach in zip(
        struct.unpack_from(f">{segments}H", font, ends),
        struct.unpack_from(f">{segments}H", font, starts),
        struct.unpack_from(f">{segments}H", font, starts + doubled),
        range(segments),
        strict=True,
    ):
        place = starts + 2 * doubled + 2 * reach
        (shift,) = struct.unpack_from(">H", font, place)
        for sign in range(start, min(end, 0xFFFE) + 1):
            glyph = sign if not shift else struct.unpack_from(">H", font, place + shift + 2 * (sign - start))[0]
            if glyph and (glyph + delta) & 0xFFFF:
                yield sign
