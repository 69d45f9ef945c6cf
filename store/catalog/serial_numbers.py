"""Serial numbers as people type, paste and scan them (WAR-2).

A serial number has digits and Latin capitals, never an S (it would be read as a 5) and never a space; dashes, dots and
slashes may stand inside. What an input method did to it (full-width digits, long dashes, invisible signs) is mended
in silence; what may have been meant otherwise is refused with a suggestion, so that nobody registers a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.wording import register_labels

LENGTH_MIN = 3
LENGTH_MAX = 40
LOOK_ALIKES_MAX = 16
SHOWN_MAX = 60  # of what was typed, in the answer

_VALID = re.compile(r"[0-9A-RT-Z][0-9A-RT-Z./-]{2,39}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
# What stands before the number on a label: "S/N:", "序列号：".
_LABEL = re.compile(r"(?:S/?N|N/?S|SERIAL(?: NO\.?| NUMBER)?|序列号)\s*[:#\s]\s*")
_PAIRS = ("0O", "1I", "1L", "8B", "2Z", "6G")

register_labels(
    {
        "empty": N_("nothing was entered"),
        "too_short": N_("it is too short"),
        "too_long": N_("it is too long"),
        "has_space": N_("a serial number has no space"),
        "has_letter_s": N_("a serial number has no letter S, only the digit 5"),
        "bad_sign": N_("only digits, the letters A to Z except S, dashes, dots and slashes may stand in it"),
    }
)


class InvalidSerial(StoreError):
    """WAR-2. Facts: serial (as typed), reason, suggestion (or None)."""

    code = "invalid_serial"
    status = 422
    title = N_("This can't be a serial number.")
    detail = N_("“{serial}” can't be a serial number: {reason}.")


class MistypedSerial(InvalidSerial):
    """The same with something to suggest."""

    detail = N_("“{serial}” can't be a serial number: {reason}. Did you mean {suggestion}?")


def read_serial(text: str) -> str:
    """The serial number as it is kept; reading it again changes nothing. Raises InvalidSerial."""
    serial = _normalized(text)
    if _VALID.fullmatch(serial):
        return serial
    suggestion = _suggestion(serial)
    refusal = MistypedSerial if suggestion else InvalidSerial
    raise refusal(serial=text.strip()[:SHOWN_MAX], reason=_reason(serial), suggestion=suggestion)


def look_alikes(serial: str) -> list[str]:
    """What may have been meant: signs that look alike exchanged, everywhere first, then one at a time; at most 16."""
    text = _normalized(serial)
    found = dict.fromkeys(each for each in _exchanged(text) if each != text and _VALID.fullmatch(each))
    return list(found)[:LOOK_ALIKES_MAX]


def _normalized(text: str) -> str:
    compatible = unicodedata.normalize("NFKC", text).translate(_DASHES).upper()
    return "".join(sign for sign in compatible if unicodedata.category(sign) != "Cf").strip()


def _reason(serial: str) -> str:
    if not serial:
        return "empty"
    if len(serial) > LENGTH_MAX:
        return "too_long"
    if any(sign.isspace() for sign in serial):
        return "has_space"
    if not _VALID.fullmatch(serial.replace("S", "5").ljust(LENGTH_MIN, "0")):
        return "bad_sign"
    return "has_letter_s" if "S" in serial else "too_short"


def _suggestion(serial: str) -> str | None:
    mended = "".join(_LABEL.sub("", serial, count=1).split()).replace("S", "5")
    return mended if _VALID.fullmatch(mended) else None


def _exchanged(text: str) -> Iterator[str]:
    base = text.replace("S", "5")
    yield base
    ways = [(pair[side], pair[1 - side]) for pair in _PAIRS for side in (1, 0)]
    for seen, meant in ways:
        yield base.replace(seen, meant)
    for position, sign in enumerate(base):
        for seen, meant in ways:
            if sign == seen:
                yield f"{base[:position]}{meant}{base[position + 1 :]}"
