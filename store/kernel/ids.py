"""Identifiers: time-ordered UUIDs for rows, unguessable tokens for links, checksummed numbers for people."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from uuid import UUID

# Crockford's alphabet without Z: no I, L, O, U, and a prime number of signs, which the check sign needs.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): sorts by creation, so that B-tree inserts stay local."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=value | 0x7 << 76 | 0x2 << 62)


def new_token(prefix: str) -> str:
    """A secret of 192 bits with a prefix that tells what it is."""
    return f"{prefix}_{secrets.token_urlsafe(24)}"


def hash_token(token: str) -> bytes:
    """What the database keeps of a high-entropy token: SHA-256 is enough, as there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


def new_number(prefix: str) -> str:
    """A number for people, e.g. FR-7K3M-9QX2: random (not guessable in sequence), the last sign is a check sign."""
    number = secrets.randbelow(len(ALPHABET) ** 7)  # drawn once, as each draw is a system call
    body = ""
    for _ in range(7):
        number, sign = divmod(number, len(ALPHABET))
        body += ALPHABET[sign]
    code = body + check_sign(body)
    return f"{prefix}-{code[:4]}-{code[4:]}"


def check_sign(body: str) -> str:
    """Catches any single wrong sign and any swap of neighbours (weighted sum modulo 31, a prime)."""
    return ALPHABET[sum((position + 1) * ALPHABET.index(sign) for position, sign in enumerate(body)) % 31]


def normalize_number(text: str) -> str:
    """A number as a person typed it: case, spaces and look-alikes (O, I, L, Z) forgiven."""
    compact = "".join(text.upper().split()).replace("–", "-").replace("—", "-")
    prefix, _, rest = compact.partition("-")
    digits = rest.replace("-", "").translate(str.maketrans("OILZ", "0112"))
    return f"{prefix}-{digits[:4]}-{digits[4:]}" if len(digits) == 8 else compact
