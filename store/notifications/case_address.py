"""The page of a support case: the token that opens it is put in only when the e-mail leaves (SUP-1).

The e-mail is kept in the database, which holds no token; so its bodies carry a mark in the token's place.
"""

from __future__ import annotations

from uuid import UUID

from store.notifications.mail_settings import mail_settings
from store.support import case_token

MARK = "--support-case-token--"


def marked_case_address(number: str) -> str:
    """The storefront's page of one case: <storefront>/support/cases/<number>?token=<token>."""
    return f"{mail_settings().pages}/support/cases/{number}?token={MARK}"


def reveal_case(body: str, case_id: UUID | None) -> str:
    """Put the token of this e-mail's own case in the mark's place."""
    return body if case_id is None else body.replace(MARK, case_token(case_id))
