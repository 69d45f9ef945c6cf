"""The double-entry ledger: every movement of money posts one balanced, append-only journal (PAY-13).

Entries are signed, debit positive and credit negative. A journal is known by (kind, source id), so that posting the
same fact twice writes nothing. The database refuses a journal that does not sum to zero per currency.
"""

from store.ledger.accounts import Account
from store.ledger.check import TrialBalance, check
from store.ledger.post import Entry, order_balance, post

__all__ = ["Account", "Entry", "TrialBalance", "check", "order_balance", "post"]
