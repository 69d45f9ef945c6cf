"""Tokens that can be made again from an id: links in e-mails, a guest's access to one order.

They are HMACs over a purpose and an id with the installation's secret, so nothing secret has to be stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

_secret = b""


def configure(secret: bytes) -> None:
    """Set the installation's secret once, where everything is composed."""
    global _secret  # noqa: PLW0603 - one secret per process
    _secret = secret


def make_token(purpose: str, subject: UUID) -> str:
    """e.g. make_token("order", id) → "order_Qk3…": 256 bits, URL-safe."""
    digest = keyed_hash(purpose, str(subject))
    return f"{purpose}_{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def check_token(token: str, purpose: str, subject: UUID) -> bool:
    return hmac.compare_digest(token.encode(), make_token(purpose, subject).encode())


def keyed_hash(purpose: str, text: str) -> bytes:
    """32 bytes that stand for a text; without the secret nobody finds it again by trying all texts."""
    if not _secret:
        msg = "the signing secret is not configured"
        raise RuntimeError(msg)
    return hmac.new(_secret, f"{purpose}:{text}".encode(), hashlib.sha256).digest()
