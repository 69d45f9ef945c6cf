"""Find English that was left in a French or Chinese text: for e-mails, documents, answers, whatever people read.

French is searched for English words that are no French ones; Chinese for any Latin word that is neither a known name nor
a code. Names that stand in the text by right (products, people, streets, carriers) are given by the caller.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache

from store.kernel.i18n import LOCALES, LOCALES_DIR

# Common in English, and no words of French.
ENGLISH = frozenset(
    re.findall(
        r"[a-z]+",
        """
    about account accounts after again all already also amount and any are arrived ask asked back bank be because been
    before being below between billing bought but by can cancel canceled cancelled cannot cart case change changed
    charged check choose closed confirm confirmed could country customer day days delivered delivery device devices
    did does done due each either email empty end ended expired failed field file first follow for found free from
    full get give given goes goods had has have hello help here his how if invoice invoiced invoices is it item items
    its keep known last leaves left letter level limit line lines made make many may method mind missing money more most
    must name needed needs new next not nothing now number of old once one only open order ordered orders other our
    out owner paid parcel parcels pay payment payments please posted price product products purchase put quantity
    reached read received refund refunded refunds refused registered repair repaired replaced return returned returns
    right same see send sent serial shipment shipments shipped shipping should sign sold some soon state status
    still stock street such tax thank thanks that the their them then there these they this time to too
    track tracking transfer unit units until up used value wait waiting warehouse warranty was way we were what when
    where which who will with within without wrong yet you your yours
    """,
    )
) - {"case", "letter", "line", "lines", "level", "mind", "name", "stock", "price", "free", "put", "due", "second"}
# Letters that stand for something by themselves, whatever the language. ASCII, so that a Chinese character ends a word.
_LINKS = re.compile(r"https?://[!-~]+|[\w.+-]+@[\w.-]+|\{\w+\}", re.ASCII)
_CODES = re.compile(
    r"\b\w*[0-9_]\w*(?:[-./]\w+)*"  # what has a digit or an underscore in it
    r"|\b[A-Z][A-Z0-9]*(?:[-/.][A-Z0-9]+)*\b",  # what is all capitals
    re.ASCII,
)
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:['’][a-z]+)?")


def english_left(text: str, locale: str, names: Iterable[str] = ()) -> list[str]:
    """The English words in a text of `locale` ("fr", "zh-Hans"); none of an English text.

    `names` may stand in any text.
    """
    if locale == "en":
        return []
    plain = _LINKS.sub(" ", text)
    for name in sorted({*names, *_shared(locale)}, key=len, reverse=True):
        plain = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", " ", plain)
    words = _LATIN.findall(_CODES.sub(" ", plain))
    if locale == "fr":
        return [word for word in words if word.lower() in ENGLISH or re.search(r"['’](?:s|t|re|ve|ll)$", word)]
    return words


@cache
def _shared(locale: str) -> tuple[str, ...]:
    """Words that all languages share, from the glossary."""
    texts = tomllib.loads((LOCALES_DIR / f"glossary.{LOCALES[locale]}.toml").read_text("utf-8"))["texts"]
    return (*texts["same"], *texts.get("latin", ()))
