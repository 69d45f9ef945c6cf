"""The picture at the head of every e-mail: carried by the message itself, many programs load nothing from outside."""

from __future__ import annotations

import base64
from pathlib import Path

SHIPPED = Path(__file__).parent / "templates" / "logo.png"
LOGO_ID = "logo@mail.store"
MAX_BYTES = 64 * 1024
_MAGIC = b"\x89PNG\r\n\x1a\n"


class BadLogo(ValueError):
    """STORE_MAIL_LOGO can't be used."""


def read_logo(path: str) -> bytes:
    """The operator's PNG (shown at 40 by 40 pixels), or the shipped one. Raises BadLogo."""
    try:
        content = (Path(path).expanduser() if path else SHIPPED).read_bytes()
    except OSError as error:
        msg = f"STORE_MAIL_LOGO={path!r}: {error.strerror}"
        raise BadLogo(msg) from error
    if not content.startswith(_MAGIC) or len(content) > MAX_BYTES:
        msg = f"STORE_MAIL_LOGO={path!r}: must be a PNG of at most {MAX_BYTES // 1024} KB"
        raise BadLogo(msg)
    return content


def with_logo_inside(html: str, logo: bytes) -> str:
    """The e-mail's HTML for a browser, which has no message to take the picture from."""
    return html.replace(f"cid:{LOGO_ID}", f"data:image/png;base64,{base64.b64encode(logo).decode()}")
