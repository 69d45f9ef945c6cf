"""The journals of money moving between customers, providers and us (PAY-13). Debit positive, credit negative."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.ledger import Account, post
from store.ledger.accounts import clearing, disputed

BANK_PROVIDERS = frozenset({"wire", "purchase_order"})


def holder(provider: str) -> str:
    """The account where this provider's money lies: ours for transfers, the provider's clearing otherwise."""
    return Account.BANK if provider in BANK_PROVIDERS else clearing(provider)


async def book_capture(capture: db.Row) -> None:
    """Transfers were booked when the bank told of them, as receipts that a charge now explains."""
    amount = Money(capture["amount_minor"], capture["currency"])
    by_bank = capture["provider"] in BANK_PROVIDERS
    source = Account.UNALLOCATED if by_bank else holder(capture["provider"])
    await post(
        "capture", capture["id"], [(source, amount), (Account.RECEIVABLE, -amount)], order_id=capture["order_id"]
    )


async def book_receipt(line_id: UUID, amount: Money) -> None:
    """Money arrived at the bank; what for is another matter."""
    await post("bank_receipt", line_id, [(Account.BANK, amount), (Account.UNALLOCATED, -amount)])


async def book_receipt_dismissed(line_id: UUID, amount: Money) -> None:
    """The receipt was none of ours, or was booked already (a provider's payout)."""
    await post("bank_receipt_dismissed", line_id, [(Account.UNALLOCATED, amount), (Account.BANK, -amount)])


async def book_payout(provider: str, source_id: str, amount: Money) -> None:
    """The provider paid out to our bank; `amount` is positive, negative for a payout that came back."""
    await post("payout", source_id, [(Account.BANK, amount), (clearing(provider), -amount)])


async def book_provider_fee(provider: str, source_id: str, fee: Money, *, order_id: UUID | None = None) -> None:
    """A fee that belongs to no capture: of a dispute, a refund, or of the account."""
    await post("provider_fee", source_id, [(Account.PROVIDER_FEES, fee), (clearing(provider), -fee)], order_id=order_id)


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
