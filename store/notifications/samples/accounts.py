"""Samples of e-mails about an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from store.customers import Account, AccountLink
from store.notifications import kinds
from store.notifications.account_emails import account_context, link_context
from store.notifications.samples.goods import NAMES
from store.notifications.samples.shop import at, in_days


def _account(locale: str) -> Account:
    return Account(
        id=UUID(int=600),
        kind="customer",
        email="customer@example.com",
        name=NAMES[locale],
        locale=locale,
        partner_id=None,
        refund_limits={},
        created_at=at(in_days(0)),
        disabled_at=None,
        email_verified_at=None,
    )


def _link(kind: Any) -> Callable[[str], Mapping[str, Any]]:
    def context(locale: str) -> Mapping[str, Any]:
        link = AccountLink(
            id=UUID(int=601),
            account_id=UUID(int=600),
            kind=kind,
            email="customer@example.com",
            expires_at=at(in_days(7)),
        )
        return link_context(_account(locale), link)

    return context


def _changed(locale: str) -> Mapping[str, Any]:
    return account_context(_account(locale))


SAMPLES = {
    (kinds.PASSWORD_RESET, ""): _link("password_reset"),
    (kinds.PASSWORD_CHANGED, ""): _changed,
    (kinds.EMAIL_VERIFICATION, ""): _link("email_verification"),
    (kinds.EMAIL_CHANGED, ""): _changed,
}
