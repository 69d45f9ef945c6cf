"""What every e-mail about a return has, and how they speak of its items (RMA-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel import db
from store.kernel.i18n import DEFAULT_LOCALE, normalize_locale, pick
from store.kernel.money import Money
from store.markets import get_market
from store.notifications.letterhead import letterhead
from store.notifications.return_address import marked_return_address
from store.notifications.write_email import write_email
from store.rma.find_returns import WholeReturn


async def write_about(key: str, kind: str, whole: WholeReturn, **facts: Any) -> None:
    """To the return's own address, in its thread."""
    rma = whole.rma
    await write_email(
        key=key,
        kind=kind,
        recipient=rma["email"],
        locale=return_locale(whole),
        rma_id=rma["id"],
        context=return_context(whole, **facts),
    )


def return_context(whole: WholeReturn, **facts: Any) -> dict[str, Any]:
    rma, locale = whole.rma, return_locale(whole)
    address = rma["return_address"] or {}
    return {
        "subject_facts": {"number": rma["number"]},
        "number": rma["number"],
        "name": address.get("name") or address.get("company") or "",
        "customer_reference": rma["customer_reference"],
        "url": marked_return_address(rma["id"]),
        **letterhead(get_market(rma["market"]), locale),
        **facts,
    }


def return_locale(whole: WholeReturn) -> str:
    """The return's, never the caller's (L10N-3)."""
    return normalize_locale(whole.rma["locale"]) or DEFAULT_LOCALE


def return_money(whole: WholeReturn, amount_minor: int) -> Money:
    return Money(amount_minor, whole.rma["currency"])


def given_up(whole: WholeReturn) -> dict[str, Any]:
    """Of a return that comes to nothing: its items, and whether a repair of them had been invoiced."""
    return {
        "items": [described_item(unit, whole) for unit in whole.units],
        "invoiced": any(unit["repair_order_id"] for unit in whole.units),
    }


def described_item(unit: Mapping[str, Any] | db.Row, whole: WholeReturn) -> dict[str, Any]:
    return {
        "name": pick(unit["names"], return_locale(whole)),
        "sku": unit["sku"],
        "quantity": 1,
        "amount": None,
        "serials": [unit["serial"]] if unit["serial"] else [],
    }
