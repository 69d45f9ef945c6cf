"""Refresh tokens (cr_…): the family's id and a secret, each derived from the one before.

`cr_<id><secret>`, both together in base64url. The next secret is an HMAC of the whole token with the installation's
secret: whoever sends the same token twice is given the same next one, and the database needs to keep two hashes for a
family, whatever its age. A copy of the database makes no token, nor does the installation's secret without one.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from uuid import UUID

from store.kernel import signing

PREFIX = "cr_"
ID_BYTES = 16
SECRET_BYTES = 24
LENGTH = len(PREFIX) + (ID_BYTES + SECRET_BYTES) // 3 * 4 + 2  # 40 bytes need 54 signs


def first_refresh_token(family_id: UUID) -> str:
    return _token(family_id, secrets.token_bytes(SECRET_BYTES))


def next_refresh_token(token: str, family_id: UUID) -> str:
    """What follows on this token: always the same."""
    return _token(family_id, signing.keyed_hash("refresh_token", token)[:SECRET_BYTES])


def family_of(token: str) -> UUID | None:
    """The family that a token says it is of; None for what can't be one."""
    if len(token) != LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:ID_BYTES]) if len(raw) == ID_BYTES + SECRET_BYTES else None


def _token(family_id: UUID, secret: bytes) -> str:
    return PREFIX + base64.urlsafe_b64encode(family_id.bytes + secret).decode().rstrip("=")
