"""The addresses of links into an account: their token is put in only when the e-mail leaves (ACC-1).

The e-mail is kept in the database, which holds no token that opens an account; so its bodies carry a mark in the
token's place.
"""

from __future__ import annotations

from typing import get_args
from uuid import UUID

from store.customers import LinkKind, link_token
from store.notifications.mail_settings import mail_settings

PAGES: dict[LinkKind, str] = {"password_reset": "password-reset", "email_verification": "email-verification"}
_MARKS: dict[LinkKind, str] = {kind: f"--{kind}-token--" for kind in get_args(LinkKind)}


def marked_account_address(kind: LinkKind) -> str:
    """The storefront's page behind a link: <storefront>/password-reset?token=<token>."""
    return f"{mail_settings().pages}/{PAGES[kind]}?token={_MARKS[kind]}"


def reveal_account_link(body: str, link_id: UUID | None) -> str:
    """Put the token of this e-mail's own link in the mark's place."""
    if link_id is None:
        return body
    for kind, mark in _MARKS.items():
        body = body.replace(mark, link_token(kind, link_id)) if mark in body else body
    return body
