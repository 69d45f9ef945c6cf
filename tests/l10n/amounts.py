"""Amounts of money that stand in a text otherwise than the reader's language writes them (L10N-4)."""

from __future__ import annotations

import re

NUMBER = {
    "en": r"\d{1,3}(?:,\d{3})*\.\d{2,4}",
    "fr": r"\d{1,3}(?:\u202f\d{3})*,\d{2,4}",
    "zh-Hans": r"\d{1,3}(?:,\d{3})*\.\d{2,4}",
}
WRITTEN = {
    "en": rf"[-\u2212]?(?:CN)?[$€¥]{NUMBER['en']}",
    "fr": rf"[-\u2212]?{NUMBER['fr']}\u00a0(?:€|\$US|CNY)",
    "zh-Hans": rf"[-\u2212]?(?:US)?[$€¥]{NUMBER['zh-Hans']}",
}
# A sign or code of a currency, or a number with cents, that is left when all written amounts are taken out.
LEFT = re.compile(r"[€$¥]|\b(?:EUR|USD|CNY)\b|(?<![\d.,])\d+[.,]\d{2}(?![\d.,])")
# "40 €" in the law's words: a whole sum that nobody has to reckon with.
WHOLE = re.compile(r"(?<![\d.,])\d{1,3}(?:[\u202f,.]\d{3})*[\u00a0 ]?€|€\d+(?![\d.,])")


def unformatted(text: str, locale: str) -> list[str]:
    """What looks like money and isn't written as the language writes it, with some signs around it."""
    rest = WHOLE.sub("…", re.sub(WRITTEN[locale], "…", text))
    return [rest[max(found.start() - 20, 0) : found.end() + 20] for found in LEFT.finditer(rest)]
