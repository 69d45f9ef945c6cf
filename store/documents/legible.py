"""Make any text printable: what a person typed must neither break a document nor vanish from it (DOC-5)."""

from __future__ import annotations

import logging
import re
import unicodedata
from typing import Any

from store.documents.fonts import known_signs

logger = logging.getLogger(__name__)

SAFE_SIGN = "□"
# Words without a place to break get one, or they would run over the edge of the page. Shown, it is nothing.
ZERO_WIDTH_SPACE = "\u200b"
ZERO_WIDTH_NON_JOINER = "\u200c"
_LONG_WORD = re.compile(r"[^\s\u2e80-\uffef]{29,}")
_PIECE = 24
_ROW_OF_SAFE_SIGNS = re.compile(f"{SAFE_SIGN}{{2,}}")


def legible(value: Any, *, marks: bool = True) -> Any:
    """The same JSON with every text as our fonts can set it; what they lack becomes one □ in its place, and is logged.

    `marks=False` gives up accents that stand apart from their letter as well, for combinations that no font joins.
    """
    if isinstance(value, str):
        return _legible(value, marks=marks)
    if isinstance(value, dict):
        return {key: legible(item, marks=marks) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [legible(item, marks=marks) for item in value]
    return value


def _legible(text: str, *, marks: bool) -> str:
    if text.isascii() and text.isprintable() and not _LONG_WORD.search(text):
        return text
    known = known_signs()
    signs = [_sign(sign, known, marks=marks) for sign in unicodedata.normalize("NFC", text)]
    missing = [sign for sign, shown in zip(unicodedata.normalize("NFC", text), signs, strict=True) if shown is None]
    if missing:
        logger.warning("no font has %s", " ".join(f"U+{ord(sign):04X}" for sign in dict.fromkeys(missing)))
    shown = "".join(SAFE_SIGN if sign is None else sign for sign in signs)
    shown = _ROW_OF_SAFE_SIGNS.sub(SAFE_SIGN, shown)
    return _LONG_WORD.sub(_with_places_to_break, shown)


def _sign(sign: str, known: frozenset[int], *, marks: bool) -> str | None:
    """What stands for a sign; "" for what only steers others, None for what can't be shown."""
    category = unicodedata.category(sign)
    if sign == "\n":
        return sign
    if category in {"Zs", "Zl", "Zp"} or (category == "Cc" and sign.isspace()):
        return sign if ord(sign) in known else " "
    # Overrides of the direction could make a document say what its text doesn't. Of what is not seen only the
    # non-joiner is writing: Persian words need it.
    if sign == ZERO_WIDTH_NON_JOINER:
        return sign
    if category in {"Cc", "Cf"} or (category == "Mn" and 0xFE00 <= ord(sign) <= 0xFE0F):
        return ""
    if category[0] == "M" and not marks:
        return ""
    if category in {"Co", "Cn", "Cs"}:
        return None
    return sign if ord(sign) in known else None


def _with_places_to_break(found: re.Match[str]) -> str:
    word = found[0]
    return ZERO_WIDTH_SPACE.join(word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
