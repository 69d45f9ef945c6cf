"""The chart of accounts."""

from __future__ import annotations

from enum import StrEnum


class Account(StrEnum):
    """Accounts by their nature; those that exist per provider are made with `clearing`, `disputed` and `fees`."""

    RECEIVABLE = "receivable"  # what an order's customer owes; a credit balance is money taken before the goods left
    BANK = "bank"
    UNALLOCATED = "unallocated_receipts"  # bank receipts that no order explains yet
    REVENUE_GOODS = "revenue_goods"
    REVENUE_SHIPPING = "revenue_shipping"
    RETURNS = "returns_and_allowances"
    FEES_EARNED = "return_fees"
    TAX_PAYABLE = "tax_payable"
    PROVIDER_FEES = "provider_fees"
    CHARGEBACK_LOSS = "chargeback_loss"
    MANUAL_REFUNDS = "manual_refunds_payable"


def clearing(provider: str) -> str:
    """What a provider holds for us between the customer's payment and its payout."""
    return f"clearing:{provider}"


def disputed(provider: str) -> str:
    """What a provider has withdrawn while a dispute is open."""
    return f"disputed:{provider}"
