"""How names are made findable: accents, case and punctuation folded away, words cut into grams for the index (CAT-4).

Plain arrays under a GIN index do the work, so that no extension of PostgreSQL is needed and two Chinese signs, too
short for trigrams, are found as fast as a long French word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_GRAM = 3
MOST_WORDS = 10
LONGEST_QUERY = 200

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_JOINED = re.compile(f"[^\\W_{_HAN}]+(?:[-‐‑'’.][^\\W_{_HAN}]+)+")
_UNDECOMPOSED = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})


def fold(text: str) -> str:
    """The words in lower case without accents, a space between them: "Téléphone DECT" → "telephone dect"."""
    return " ".join(_WORD.findall(_plain(text)))


def search_text(texts: Iterable[str]) -> str:
    """What the search compares with: one folded text a line; "Wi-Fi" is kept as "wi fi" and as "wifi" too."""
    lines: dict[str, None] = {}
    for text in texts:
        compact = ["".join(_WORD.findall(joined)) for joined in _JOINED.findall(_plain(text))]
        lines[" ".join([fold(text), *compact])] = None
    return "\n".join(lines)


def grams(folded: str) -> list[str]:
    """Every piece of one to three signs of every word, sorted: what a text is indexed by."""
    pieces = {
        word[start : start + length]
        for word in set(folded.split())
        for length in range(1, LONGEST_GRAM + 1)
        for start in range(len(word) - length + 1)
    }
    return sorted(pieces)


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed: `folded` as one text, `grams` that a hit must have, `patterns` that must match its text."""

    folded: str
    grams: list[str]
    patterns: list[str]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Every word must occur, whole or as a part, in any order; without words nothing is found."""
        words = fold(text[:LONGEST_QUERY]).split()[:MOST_WORDS]
        pieces = {
            word[start : start + LONGEST_GRAM]
            for word in words
            for start in range(max(1, len(word) - LONGEST_GRAM + 1))
        }
        return cls(" ".join(words), sorted(pieces), [f"%{word}%" for word in dict.fromkeys(words)])

    def __bool__(self) -> bool:
        return bool(self.patterns)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold().translate(_UNDECOMPOSED)
