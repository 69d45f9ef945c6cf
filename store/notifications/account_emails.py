"""E-mails about an account: links for a new password or a confirmed address, and what was changed (ACC-1, DOC-1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from store.customers import LIFETIMES, Account, AccountLink, find_link, get_account
from store.kernel.wording import status_label
from store.markets import Market, all_markets, local_date
from store.notifications import kinds
from store.notifications.account_link_address import marked_account_address
from store.notifications.letterhead import letterhead
from store.notifications.write_email import is_written, write_email


async def on_account_link_created(link_id: str) -> None:
    """Nothing is written for a link that was used or replaced meanwhile."""
    key = f"account_link.created:{link_id}"
    link = None if await is_written(key) else await find_link(UUID(link_id))
    if link is None:
        return
    account = await get_account(link.account_id)
    await write_email(
        key=key,
        kind=kinds.PASSWORD_RESET if link.kind == "password_reset" else kinds.EMAIL_VERIFICATION,
        recipient=link.email,
        locale=account.locale,
        account_link_id=link.id,
        context=link_context(account, link),
    )


async def on_password_changed(account_id: str, change_id: str) -> None:
    account = await get_account(UUID(account_id))
    await write_email(
        key=f"account.password_changed:{change_id}",
        kind=kinds.PASSWORD_CHANGED,
        recipient=account.email,
        locale=account.locale,
        context=account_context(account),
    )


async def on_email_changed(account_id: str, link_id: str, former: str) -> None:
    """To the address of before, so that its owner learns of a change that somebody else has made."""
    account = await get_account(UUID(account_id))
    await write_email(
        key=f"account.email_changed:{link_id}",
        kind=kinds.EMAIL_CHANGED,
        recipient=former,
        locale=account.locale,
        context={**account_context(account), "email": former},
    )


def link_context(account: Account, link: AccountLink) -> dict[str, Any]:
    return {
        **account_context(account),
        "email": link.email,
        "link_url": marked_account_address(link.kind),
        "hours": LIFETIMES[link.kind] // timedelta(hours=1),
        "expires_on": local_date(market_of(account), link.expires_at),
    }


def account_context(account: Account) -> dict[str, Any]:
    """What every e-mail about an account has: the greeting, which account, the seller and how to reach people."""
    return {
        "subject_facts": {},
        "name": account.name,
        "email": account.email,
        "account_kind": status_label(account.kind, account.locale),
        **letterhead(market_of(account), account.locale),
    }


def market_of(account: Account) -> Market:
    """An account belongs to no market: the seller that speaks its language first writes to it."""
    return min(all_markets(), key=lambda market: _rank(market, account.locale))


def _rank(market: Market, locale: str) -> int:
    return market.locales.index(locale) if locale in market.locales else len(market.locales)
