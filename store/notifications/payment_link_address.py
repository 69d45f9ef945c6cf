"""The address of a payment link: its token is put in only when the e-mail leaves (PAY-6).

The e-mail is kept in the database, which holds no token that pays; so its bodies carry a mark in the token's place.
"""

from __future__ import annotations

from uuid import UUID

from store.notifications.mail_settings import mail_settings
from store.payments.payment_links import link_token

MARK = "--payment-link-token--"


def marked_address() -> str:
    """The storefront's page that takes a payment: <storefront>/pay/<token>."""
    return f"{mail_settings().pages}/pay/{MARK}"


def reveal(body: str, link_id: UUID | None) -> str:
    """Put the token of this e-mail's own link in the mark's place."""
    return body if link_id is None else body.replace(MARK, link_token(link_id))
