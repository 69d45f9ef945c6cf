"""Lists are read page by page with a cursor (keyset), never with an offset."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from store.web.edge.fields import invalid


def encode_cursor(*values: Any) -> str:
    """An opaque text for `next_cursor` from the sort values of the last row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values, enc_hook=str)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """The sort values again, each of the type named; None for no cursor. Raises Invalid."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values: tuple[Any, ...] = msgspec.json.decode(raw, type=tuple[types])  # type: ignore[valid-type]
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise invalid({"field": "cursor", "code": "wrong_value"}) from None
    return values
