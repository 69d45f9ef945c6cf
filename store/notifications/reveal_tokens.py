"""Bodies of e-mails are kept without the tokens of their links; on leaving they become whole."""

from __future__ import annotations

from store.kernel import db
from store.notifications.account_link_address import reveal_account_link
from store.notifications.case_address import reveal_case
from store.notifications.payment_link_address import reveal
from store.notifications.return_address import reveal_return


def revealed(body: str, email: db.Row) -> str:
    """The body with the tokens of this e-mail's own payment link, case, return or link into an account in it."""
    body = reveal_case(reveal(body, email["payment_link_id"]), email["case_id"])
    body = reveal_return(body, email["rma_id"])
    return reveal_account_link(body, email["account_link_id"])
