"""The journals of money moving between customers, providers and us (PAY-13). Debit positive, credit negative."""

from __future__ import annotations

from store.kernel import db
from store.kernel.money import Money
from store.ledger import Account, post
from store.ledger.accounts import clearing, disputed


def holder(provider: str) -> str:
    """The account where this provider's money lies: ours for transfers, the provider's clearing otherwise."""
    return Account.BANK if provider in {"wire", "purchase_order"} else clearing(provider)


async def book_capture(capture: db.Row, *, from_unallocated: bool = False) -> None:
    amount = Money(capture["amount_minor"], capture["currency"])
    source = Account.UNALLOCATED if from_unallocated else holder(capture["provider"])
    await post(
        "capture", capture["id"], [(source, amount), (Account.RECEIVABLE, -amount)], order_id=capture["order_id"]
    )


async def book_fee(capture: db.Row, fee: Money) -> None:
    await post(
        "fee",
        capture["id"],
        [(Account.PROVIDER_FEES, fee), (holder(capture["provider"]), -fee)],
        order_id=capture["order_id"],
    )


async def book_refund(refund: db.Row) -> None:
    amount = Money(refund["amount_minor"], refund["currency"])
    source = Account.BANK if refund["origin"] == "manual" else holder(refund["provider"])
    await post("refund", refund["id"], [(Account.RECEIVABLE, amount), (source, -amount)], order_id=refund["order_id"])


async def book_refund_reversal(refund: db.Row) -> None:
    """A refund that had succeeded came back."""
    amount = Money(refund["amount_minor"], refund["currency"])
    source = Account.BANK if refund["origin"] == "manual" else holder(refund["provider"])
    await post(
        "refund_failure", refund["id"], [(source, amount), (Account.RECEIVABLE, -amount)], order_id=refund["order_id"]
    )


async def book_dispute(dispute: db.Row) -> None:
    amount = Money(dispute["amount_minor"], dispute["currency"])
    provider = dispute["provider"]
    await post(
        "dispute",
        dispute["id"],
        [(disputed(provider), amount), (holder(provider), -amount)],
        order_id=dispute["order_id"],
    )


async def book_dispute_end(dispute: db.Row, *, won: bool) -> None:
    amount = Money(dispute["amount_minor"], dispute["currency"])
    provider = dispute["provider"]
    target = holder(provider) if won else Account.CHARGEBACK_LOSS
    await post(
        "dispute_end",
        dispute["id"],
        [(target, amount), (disputed(provider), -amount)],
        order_id=dispute["order_id"],
    )
