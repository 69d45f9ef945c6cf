"""Recognising post boxes in any of the languages people write them in, without refusing ordinary streets (CRT-5).

A line is brought to one form first: full-width signs to ASCII, accents and invisible signs dropped, lower case, dots
and dashes as spaces. Words that can mean nothing else are enough by themselves; abbreviations need their number.
"""

from __future__ import annotations

import re
import unicodedata

GAP = r"\s*"
NUMBER = r"\s*(?:n|no|nr|num|numero|nummer|number)?\s*[#°º]?\s*\d"

# Words that follow "post box" in the name of a street or place, and words before an abbreviation that make it a part of
# a building or the name of a street.
PLACE_AFTER = (
    r"(?!\s+(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|court|ct|close|place|pl|square|sq|hill|row|alley|"
    r"cottages?|house|corner|trail|terrace)\b)"
)
BEFORE_ABBREVIATION = re.compile(
    r"(?:^|[\s,])(?:lot|bat|batiment|bldg|building|block|bloc|bl|immeuble|imm|escalier|esc|entree|entrance|hall|tour|tower|aile|"
    r"wing|etage|floor|porte|door|appt?|appartement|apt|apartment|unit|suite|ste|room|rue|avenue|av|ave|boulevard|bd|via|"
    r"viale|corso|piazza|place|chemin|quai|allee|impasse|route|highway|hwy|station)\s*$"
)

UNMISTAKABLE = [
    re.compile(pattern)
    for pattern in (
        # English: PO Box in every spelling, also with zeros for Os.
        rf"(?<![a-z0-9])p{GAP}[o0]{GAP}(?:b{GAP}[o0]{GAP}x(?:es)?|bx)(?![a-z]){PLACE_AFTER}",
        rf"(?<![a-z])g{GAP}p{GAP}o{GAP}box(?![a-z])",
        rf"\bpost(?:al)? office {GAP}box(?:es)?(?![a-z]){PLACE_AFTER}",
        rf"\bpost(?:al)?{GAP}box(?:es)?(?![a-z]){PLACE_AFTER}",
        rf"(?<![a-z0-9])p{GAP}o{GAP}drawer\b",
        r"\b(?:locked|private|mail) bag\s*(?:no\s*)?\d",
        r"^box\s*#?\s*\d+$",
        # French
        rf"(?<!rue de la )(?<!place de la )(?<!chemin de la )\bbo[iî]tes?{GAP}postales?\b",
        r"\bbte postale\b",
        r"\bcase postale\b",
        # German, Austrian, Swiss
        r"\bpost(?:fach|faecher|facher)(?![a-z])",
        rf"\bpack{GAP}station(?![a-z])",
        r"\bpostfiliale(?![a-z])",
        # Elsewhere; й has lost its breve here, as é its accent.
        r"\bpostbus\s*\d",
        r"\bantwoordnummer\s*\d",
        r"\bcasella postale\b",
        r"\bapartado (?:de correos|postal)\b",
        r"\bcaixa postal\b",
        r"\bskrytka pocztowa\b",
        r"\bpostboks\s*\d",
        r"\bа/я\s*№?\s*\d",
        r"\bабонентскии ящик\b",
        r"私書箱",
        r"사서함",
    )
]

ABBREVIATIONS = [
    re.compile(pattern)
    for pattern in (
        rf"(?<![a-z0-9])p\s?o\s?b(?![a-z]){NUMBER}",
        rf"(?<![a-z0-9'])b\s?p(?![a-z]){NUMBER}",
        r"(?<![a-z0-9'])c\s?s\s*\d{2}\s?\d{3}(?!\d)",  # course spéciale: five digits
        r"(?<![a-z0-9'])t\s?s\s?a\s*\d{2}\s?\d{3}(?!\d)",  # tri service arrivée: five digits
    )
]
GERMAN_ABBREVIATION = re.compile(r"(?<![a-z0-9])pf\s*\d")
GERMAN_COUNTRIES = {"DE", "AT", "CH", "LI"}

# 信箱 is a post box wherever it isn't the beginning of the name of a street, a place or a firm.
PLACE_SUFFIX = (
    r"(?!(?:[东南西北中]|[一二三四五六七八九十])?"
    r"(?:路|街|巷|弄|道|胡同|里|村|镇|乡|桥|坊|大厦|大楼|楼|广场|小区|厂|公司))"
)
CHINESE = [
    re.compile(rf"信箱{PLACE_SUFFIX}"),
    re.compile(r"(?:邮政|郵政|专用|專用|邮局|郵局)(?:邮箱|郵箱)"),
    re.compile(r"(?:\d|[〇零一二三四五六七八九十百千])号?(?:分)?(?:邮箱|郵箱)"),
    re.compile(rf"(?:邮箱|郵箱){GAP}(?:第)?\d"),
]


def is_post_box(line: str, country: str = "") -> bool:
    """Whether an address line names a post box or a parcel station, in any language, whatever the country.

    The country only decides abbreviations that mean something else elsewhere (Pf in German, Bp for Budapest).
    """
    if not line:
        return False
    text = _plain(line)
    if any(pattern.search(text) for pattern in UNMISTAKABLE):
        return True
    if any(_is_abbreviated(pattern, text) for pattern in ABBREVIATIONS) and country != "HU":
        return True
    if country in GERMAN_COUNTRIES and GERMAN_ABBREVIATION.search(text):
        return True
    compact = re.sub(r"\s+", "", text)
    return any(pattern.search(compact) for pattern in CHINESE)


def _is_abbreviated(pattern: re.Pattern[str], text: str) -> bool:
    return any(not BEFORE_ABBREVIATION.search(text[: found.start()]) for found in pattern.finditer(text))


def _plain(line: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", line))
    kept = "".join(
        sign for sign in decomposed if unicodedata.category(sign) not in {"Mn", "Cf"} or "\u0e00" <= sign <= "\u0e7f"
    )
    spaced = re.sub(r"[.·•_\-‐‑‒–—:;()\[\]\"“”*|]+", " ", unicodedata.normalize("NFC", kept).casefold())
    return re.sub(r"\s+", " ", spaced).strip()
