"""The journals of refunds (PAY-13): what the customer no longer owes. Money that moves is booked by payments."""

from __future__ import annotations

from collections.abc import Sequence

from store.kernel import db
from store.kernel.money import Money
from store.ledger import Account, post
from store.refunds.choose_lines import Part
from store.refunds.issue_credit_note import deducted_tax


async def book_grant(refund: db.Row, parts: Sequence[Part]) -> None:
    """Goods that had left: revenue and tax are taken back, the fee is earned, and the receivable gets less.

    Units cancelled before they left were never booked as sold: capture and refund meet on the receivable without us.
    What the dashboard gave back before was booked when it was seen: set off against goods that were sold, only the
    rest is booked; against units never sold, that booking is undone.
    """
    sold = [part for part in parts if part.sold]
    gross = sum(part.total_minor for part in sold)
    tax = sum(part.tax_minor for part in sold)
    fee, fee_tax = refund["fee_minor"], refund["fee_tax_minor"]
    if not sold:
        fee = fee_tax = 0
    deducted = refund["deducted_minor"]
    tax_set_off = deducted_tax(refund)
    receivable = gross - fee - deducted
    taxes = tax - fee_tax - tax_set_off
    currency = refund["currency"]
    await post(
        "credit_note",
        refund["id"],
        [
            (Account.RETURNS, Money(receivable - taxes + (fee - fee_tax), currency)),
            (Account.TAX_PAYABLE, Money(taxes, currency)),
            (Account.FEES_EARNED, Money(-(fee - fee_tax), currency)),
            (Account.RECEIVABLE, Money(-receivable, currency)),
        ],
        order_id=refund["order_id"],
    )


async def book_foreign(refund: db.Row) -> None:
    """A refund made in the provider's dashboard: an allowance, whatever it was for (REF-10)."""
    amount, tax = refund["amount_minor"], refund["tax_minor"]
    currency = refund["currency"]
    await post(
        "credit_note",
        refund["id"],
        [
            (Account.RETURNS, Money(amount - tax, currency)),
            (Account.TAX_PAYABLE, Money(tax, currency)),
            (Account.RECEIVABLE, Money(-amount, currency)),
        ],
        order_id=refund["order_id"],
    )
