"""Certificate numbers: drawn at random, so that nobody guesses one, and read as people type them (CER-3)."""

from __future__ import annotations

import secrets
import unicodedata

from store.kernel.ids import ALPHABET, check_sign

PREFIX = "CERT"
GROUP, GROUPS = 4, 4
BODY_LENGTH = GROUP * GROUPS - 1  # 15 signs out of 31 are 74 bits; the last sign is a check sign
TYPED_LENGTH_MAX = 64
_LOOK_ALIKES = str.maketrans("OILZ", "0112")


def new_certificate_number() -> str:
    """e.g. CERT-7K3M-9QX2-4WTN-P5HA."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return _written(body + check_sign(body))


def read_certificate_number(text: str) -> str | None:
    """The number as it is kept, from what a person typed; None for what can't be one, as its check sign is wrong.

    Forgiven are case, spaces, dashes of all kinds, full-width signs, a missing prefix, and O, I, L, Z for 0, 1, 1, 2.
    """
    if len(text) > TYPED_LENGTH_MAX:
        return None
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())
    code = signs.removeprefix(PREFIX) if len(signs) > BODY_LENGTH + 1 else signs
    code = code.translate(_LOOK_ALIKES)
    if len(code) != BODY_LENGTH + 1 or not set(code) <= set(ALPHABET) or check_sign(code[:-1]) != code[-1]:
        return None
    return _written(code)


def _written(code: str) -> str:
    return "-".join([PREFIX, *(code[start : start + GROUP] for start in range(0, len(code), GROUP))])
