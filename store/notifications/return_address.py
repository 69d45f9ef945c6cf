"""Where a return is followed, and where its label is: tokens are put in only when the e-mail leaves (RMA-13, RMA-16).

The e-mail is kept in the database, which holds no token; so its bodies carry a mark in the token's place.
"""

from __future__ import annotations

from uuid import UUID

from store.kernel import signing
from store.notifications.mail_settings import mail_settings

MARK = "--return-token--"


def marked_return_address(rma_id: UUID) -> str:
    """The storefront's page of one return: <storefront>/returns/<id>?token=<token>."""
    return f"{mail_settings().pages}/returns/{rma_id}?token={MARK}"


def marked_label_address(rma_id: UUID, locale: str) -> str:
    """The label as PDF, which every browser opens."""
    return f"{mail_settings().ours}/api/v1/return-links/{rma_id}/label.pdf?token={MARK}&locale={locale}"


def marked_advice_address(rma_id: UUID, locale: str) -> str:
    """The packing advice as a page."""
    return f"{mail_settings().ours}/api/v1/return-links/{rma_id}/packing-advice?token={MARK}&locale={locale}"


def reveal_return(body: str, rma_id: UUID | None) -> str:
    """Put the token of this e-mail's own return in the mark's place."""
    return body if rma_id is None else body.replace(MARK, signing.make_token("rma", rma_id))
